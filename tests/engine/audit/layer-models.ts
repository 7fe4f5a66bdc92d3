import * as tf from "@tensorflow/tfjs";
import { fill } from "./inputs";

type Symbolic = tf.SymbolicTensor;

/** A small model around one kind of layer. */
export interface LayerCase {
  readonly name: string;
  /** The constructors in tf.layers that it exercises. */
  readonly kinds: readonly string[];
  /** Shapes of its inputs, without the batch axis. */
  readonly inputs: readonly number[][];
  readonly build: (...inputs: Symbolic[]) => Symbolic;
}

const { layers } = tf;
const image = [5, 6, 2];
const series = [4, 3];
const volume = [3, 4, 3, 2];

function one(name: string, kinds: string[], shape: number[], layer: () => tf.layers.Layer): LayerCase {
  return { name, kinds, inputs: [shape], build: (x) => layer().apply(x) as Symbolic };
}

function merge(kind: "add" | "average" | "maximum" | "minimum" | "multiply"): LayerCase {
  const build = (a: Symbolic, b: Symbolic): Symbolic => layers[kind]().apply([a, b]) as Symbolic;
  return {
    name: kind,
    kinds: [kind],
    inputs: [
      [4, 3],
      [4, 3],
    ],
    build,
  };
}

const activations = [
  "elu",
  "gelu",
  "gelu_new",
  "hardSigmoid",
  "linear",
  "logSoftmax",
  "mish",
  "relu",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "swish",
  "tanh",
] as const;

export const layerCases: readonly LayerCase[] = [
  ...activations.map((name) =>
    one(`activation ${name}`, ["activation", "input", "inputLayer", "Layer"], [5], () =>
      layers.activation({ activation: name as "relu" }),
    ),
  ),
  one("elu", ["elu"], [5], () => layers.elu()),
  one("reLU", ["reLU"], [5], () => layers.reLU()),
  one("reLU with a ceiling", ["reLU"], [5], () => layers.reLU({ maxValue: 0.6 })),
  one("leakyReLU", ["leakyReLU"], [5], () => layers.leakyReLU({ alpha: 0.2 })),
  one("prelu", ["prelu"], [4, 3], () => layers.prelu({ sharedAxes: [1] })),
  one("softmax", ["softmax"], [4, 3], () => layers.softmax({ axis: 2 })),
  one("thresholdedReLU", ["thresholdedReLU"], [5], () => layers.thresholdedReLU({ theta: 0.3 })),
  one("dense", ["dense"], [5], () => layers.dense({ units: 4, activation: "tanh" })),
  one("dense linear", ["dense"], [5], () => layers.dense({ units: 4 })),
  one("dense without bias on a series", ["dense"], series, () => layers.dense({ units: 4, useBias: false })),
  one("conv1d", ["conv1d"], series, () => layers.conv1d({ filters: 3, kernelSize: 2, padding: "same" })),
  one("conv1d dilated", ["conv1d"], [7, 2], () =>
    layers.conv1d({ filters: 3, kernelSize: 3, dilationRate: 2, activation: "tanh" }),
  ),
  one("conv2d", ["conv2d"], image, () =>
    layers.conv2d({ filters: 3, kernelSize: 3, padding: "same", activation: "sigmoid" }),
  ),
  one("conv2d linear", ["conv2d"], image, () => layers.conv2d({ filters: 3, kernelSize: 3, strides: 2 })),
  one("conv2d dilated", ["conv2d"], image, () =>
    layers.conv2d({ filters: 3, kernelSize: 2, dilationRate: 2, padding: "same" }),
  ),
  one("conv2dTranspose", ["conv2dTranspose"], image, () =>
    layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2, padding: "same" }),
  ),
  one("conv3d", ["conv3d"], volume, () => layers.conv3d({ filters: 2, kernelSize: 2, padding: "same" })),
  one("conv3dTranspose", ["conv3dTranspose"], volume, () =>
    layers.conv3dTranspose({ filters: 2, kernelSize: 2, strides: 2 }),
  ),
  one("depthwiseConv2d", ["depthwiseConv2d"], image, () =>
    layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: "same" }),
  ),
  one("depthwiseConv2d dilated", ["depthwiseConv2d"], image, () =>
    layers.depthwiseConv2d({ kernelSize: 2, dilationRate: 2, padding: "valid" }),
  ),
  one("separableConv2d", ["separableConv2d"], image, () =>
    layers.separableConv2d({ filters: 3, kernelSize: 3, depthMultiplier: 2, padding: "same" }),
  ),
  one("cropping2D", ["cropping2D"], image, () =>
    layers.cropping2D({
      cropping: [
        [1, 0],
        [2, 1],
      ],
    }),
  ),
  one("zeroPadding2d", ["zeroPadding2d"], image, () => layers.zeroPadding2d({ padding: [1, 2] })),
  one("upSampling2d nearest", ["upSampling2d"], image, () => layers.upSampling2d({ size: [2, 3] })),
  one("upSampling2d bilinear", ["upSampling2d"], image, () =>
    layers.upSampling2d({ size: [2, 2], interpolation: "bilinear" }),
  ),
  ...(["averagePooling1d", "avgPool1d", "avgPooling1d", "maxPooling1d", "maxPool1d"] as const).map((kind) =>
    one(kind, [kind], [7, 2], () => layers[kind]({ poolSize: 3, strides: 2, padding: "same" })),
  ),
  ...(["averagePooling2d", "avgPool2d", "avgPooling2d", "maxPooling2d", "maxPool2d"] as const).map((kind) =>
    one(kind, [kind], image, () => layers[kind]({ poolSize: [3, 2], strides: [2, 2], padding: "same" })),
  ),
  ...(["averagePooling3d", "avgPool3d", "avgPooling3d", "maxPooling3d"] as const).map((kind) =>
    one(kind, [kind], volume, () =>
      layers[kind]({ poolSize: [2, 3, 2], strides: [2, 2, 2], padding: "same" }),
    ),
  ),
  one("globalAveragePooling1d", ["globalAveragePooling1d"], series, () => layers.globalAveragePooling1d({})),
  one("globalAveragePooling2d", ["globalAveragePooling2d"], image, () => layers.globalAveragePooling2d({})),
  ...(["globalMaxPooling1d", "globalMaxPool1d"] as const).map((kind) =>
    one(kind, [kind], series, () => layers[kind]({})),
  ),
  ...(["globalMaxPooling2d", "globalMaxPool2d"] as const).map((kind) =>
    one(kind, [kind], image, () => layers[kind]({})),
  ),
  ...[true, false].flatMap((scale) =>
    [true, false].map((center) =>
      one(`batchNormalization scale ${scale} center ${center}`, ["batchNormalization"], image, () =>
        layers.batchNormalization({ scale, center }),
      ),
    ),
  ),
  one("batchNormalization of vectors", ["batchNormalization"], [5], () => layers.batchNormalization()),
  one("batchNormalization axis 1", ["batchNormalization"], image, () =>
    layers.batchNormalization({ axis: 1 }),
  ),
  one("layerNormalization", ["layerNormalization"], series, () => layers.layerNormalization({ axis: -1 })),
  one("layerNormalization of two axes", ["layerNormalization"], series, () =>
    layers.layerNormalization({ axis: [1, 2], scale: false }),
  ),
  one("simpleRNN", ["simpleRNN", "RNN"], series, () => layers.simpleRNN({ units: 3 })),
  one("gru", ["gru"], series, () => layers.gru({ units: 3, returnSequences: true })),
  one("lstm", ["lstm"], series, () => layers.lstm({ units: 3, recurrentActivation: "sigmoid" })),
  one("lstm hard sigmoid", ["lstm"], series, () => layers.lstm({ units: 3, goBackwards: true })),
  one(
    "rnn of stacked cells",
    ["rnn", "RNNCell", "stackedRNNCells", "lstmCell", "gruCell", "simpleRNNCell"],
    series,
    () =>
      layers.rnn({
        cell: layers.stackedRNNCells({
          cells: [
            layers.lstmCell({ units: 3 }),
            layers.gruCell({ units: 2 }),
            layers.simpleRNNCell({ units: 2 }),
          ],
        }) as unknown as Parameters<typeof layers.rnn>[0]["cell"],
      }),
  ),
  one("convLstm2d", ["convLstm2d", "convLstm2dCell"], [2, 4, 4, 2], () =>
    layers.convLstm2d({ filters: 2, kernelSize: 2, padding: "same" } as Parameters<
      typeof layers.convLstm2d
    >[0]),
  ),
  one("bidirectional", ["bidirectional"], series, () =>
    layers.bidirectional({ layer: layers.lstm({ units: 2 }) as tf.RNN, mergeMode: "concat" }),
  ),
  one("timeDistributed", ["timeDistributed"], [3, 4, 4, 2], () =>
    layers.timeDistributed({ layer: layers.conv2d({ filters: 2, kernelSize: 2, activation: "tanh" }) }),
  ),
  merge("add"),
  merge("average"),
  merge("maximum"),
  merge("minimum"),
  merge("multiply"),
  {
    name: "concatenate",
    kinds: ["concatenate"],
    inputs: [series, [4, 2]],
    build: (a, b) => layers.concatenate({ axis: 2 }).apply([a, b]) as Symbolic,
  },
  {
    name: "dot",
    kinds: ["dot"],
    inputs: [series, [5, 3]],
    build: (a, b) => layers.dot({ axes: [2, 2] }).apply([a, b]) as Symbolic,
  },
  {
    name: "dot normalised",
    kinds: ["dot"],
    inputs: [[4], [4]],
    build: (a, b) => layers.dot({ axes: 1, normalize: true }).apply([a, b]) as Symbolic,
  },
  one("flatten", ["flatten"], image, () => layers.flatten()),
  one("reshape", ["reshape"], image, () => layers.reshape({ targetShape: [10, 6] })),
  one("permute", ["permute"], series, () => layers.permute({ dims: [2, 1] })),
  one("repeatVector", ["repeatVector"], [5], () => layers.repeatVector({ n: 3 })),
  {
    name: "masking",
    kinds: ["masking"],
    inputs: [series],
    build: (x) =>
      layers.lstm({ units: 2 }).apply(layers.masking({ maskValue: 0 }).apply(x) as Symbolic) as Symbolic,
  },
  one("dropout", ["dropout"], [5], () => layers.dropout({ rate: 0.5 })),
  one("spatialDropout1d", ["spatialDropout1d"], series, () => layers.spatialDropout1d({ rate: 0.5 })),
  one("alphaDropout", ["alphaDropout"], [5], () => layers.alphaDropout({ rate: 0.5 })),
  one("gaussianDropout", ["gaussianDropout"], [5], () => layers.gaussianDropout({ rate: 0.5 })),
  one("gaussianNoise", ["gaussianNoise"], [5], () => layers.gaussianNoise({ stddev: 1 })),
  one("rescaling", ["rescaling"], image, () => layers.rescaling({ scale: 0.5, offset: 1 })),
  one("centerCrop", ["centerCrop"], image, () => layers.centerCrop({ height: 3, width: 4 })),
];

/** Layers that tfjs runs on a tensor but not inside a model: there they take the list of inputs for an image. */
export const lonelyLayers: readonly { name: string; layer: () => tf.layers.Layer }[] = [
  { name: "resizing", layer: () => layers.resizing({ height: 7, width: 4 }) },
  {
    name: "resizing nearest",
    layer: () => layers.resizing({ height: 7, width: 4, interpolation: "nearest" }),
  },
  { name: "centerCrop larger", layer: () => layers.centerCrop({ height: 8, width: 4 }) },
];

/** A model of one layer, or of a few, with weights that are the same each time. */
export function buildModel({ name, inputs, build }: LayerCase): tf.LayersModel {
  const ends = inputs.map((shape) => tf.input({ shape }));
  const model = tf.model({ inputs: ends, outputs: build(...ends) });
  const weights = model.weights.map((weight, i) => {
    const [low, high] = weight.name.includes("variance") ? [0.5, 2] : [-0.6, 0.6];
    const shape = weight.shape as number[];
    return tf.tensor(fill(`${name}:weight ${i}`, shape, low, high), shape);
  });
  model.setWeights(weights);
  tf.dispose(weights);
  return model;
}
