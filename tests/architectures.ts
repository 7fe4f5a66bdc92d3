/** Well-known architectures in miniature, with the layer that Grad-CAM takes of each when none is named, and why. */
import * as tf from "@tensorflow/tfjs";
import { normals } from "./models";

type Symbolic = tf.SymbolicTensor;
type Layer = tf.layers.Layer;

/** One architecture. */
export interface Architecture {
  readonly name: string;
  /** Makes it, with weights of the tests' seed. */
  readonly make: () => tf.LayersModel;
  /** Options that a target takes, of which there is no predicted one for dense outputs. */
  readonly options?: { readonly target?: number | readonly number[]; readonly output?: number };
  /** The layer taken. */
  readonly layer: string;
  /** Shape of its map. */
  readonly map: readonly number[];
  readonly why: string;
  /** Whether the result says that other ways lead around the layer. */
  readonly bypassed?: true;
}

const L = tf.layers;
const chain = (from: Symbolic, ...layers: Layer[]): Symbolic =>
  layers.reduce((value, layer) => layer.apply(value) as Symbolic, from);
const of = (inputs: Symbolic | Symbolic[], outputs: Symbolic | Symbolic[]): tf.LayersModel =>
  tf.model({ inputs, outputs });
const image = (size = 8, channels = 2): Symbolic => tf.input({ shape: [size, size, channels] });
const conv = (name: string, filters = 3, options: object = {}): Layer =>
  L.conv2d({ filters, kernelSize: 3, padding: "same", activation: "relu", name, ...options });
const point = (name: string, filters = 3, options: object = {}): Layer =>
  conv(name, filters, { kernelSize: 1, ...options });
const pool = (name: string): Layer => L.maxPooling2d({ poolSize: 2, name });
const mean = (name = "avg_pool"): Layer => L.globalAveragePooling2d({ name });
const classes = (name = "predictions"): Layer => L.dense({ units: 3, activation: "softmax", name });
const relu = (name: string): Layer => L.reLU({ name });
const norm = (name: string): Layer => L.batchNormalization({ name });
const add = (name: string, ...values: Symbolic[]): Symbolic => L.add({ name }).apply(values) as Symbolic;
const concat = (name: string, ...values: Symbolic[]): Symbolic =>
  L.concatenate({ name }).apply(values) as Symbolic;
const multiply = (name: string, ...values: Symbolic[]): Symbolic =>
  L.multiply({ name }).apply(values) as Symbolic;

/** Squeeze and excite: each channel times a factor made of the means of all. */
function excited(name: string, value: Symbolic, channels: number): Symbolic {
  const squeezed = chain(
    value,
    mean(`${name}_squeeze`),
    L.dense({ units: 2, activation: "relu", name: `${name}_reduce` }),
    L.dense({ units: channels, activation: "sigmoid", name: `${name}_expand` }),
    L.reshape({ targetShape: [1, 1, channels], name: `${name}_gate` }),
  );
  return multiply(`${name}_excite`, value, squeezed);
}

/** A token of the class, in front of the others. */
class ClassToken extends L.Layer {
  static readonly className = "ClassToken";
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [shape[0]!, shape[1]! + 1, shape[2]!];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat() as [tf.Tensor3D];
    return tf.concat([tf.zerosLike(x.slice([0, 0, 0], [-1, 1, -1])), x], 1);
  }
}

/** Dot-product attention of a sequence to itself, each position to those up to it where it is causal. */
class Attention extends L.Layer {
  static readonly className = "Attention";
  readonly #causal: boolean;
  constructor({ causal = false, ...config }: { name: string; causal?: boolean }) {
    super(config);
    this.#causal = causal;
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat() as [tf.Tensor3D];
    const scores = tf.matMul(x, x, false, true).mul(0.3);
    const [, steps] = x.shape;
    const hidden = tf.linalg
      .bandPart(tf.ones([steps, steps]), -1, 0)
      .sub(1)
      .mul(1e9);
    return tf.matMul(tf.softmax(this.#causal ? scores.add(hidden) : scores), x);
  }
}

/** One position of a sequence. */
class Position extends L.Layer {
  static readonly className = "Position";
  readonly #at: number;
  constructor({ at, ...config }: { name: string; at: number }) {
    super(config);
    this.#at = at;
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return [shape[0]!, shape[2]!];
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = [inputs].flat() as [tf.Tensor3D];
    return x.slice([0, this.#at, 0], [-1, 1, -1]).squeeze([1]);
  }
}

/** A block of a transformer: attention and two dense layers, each behind a norm and beside a way around. */
function block(name: string, x: Symbolic, causal = false): Symbolic {
  const attended = chain(
    x,
    L.layerNormalization({ name: `${name}_norm1` }),
    new Attention({ name: `${name}_attention`, causal }),
  );
  const between = add(`${name}_add1`, x, attended);
  const mixed = chain(
    between,
    L.layerNormalization({ name: `${name}_norm2` }),
    L.dense({ units: 4, activation: "relu", name: `${name}_mlp` }),
  );
  return add(`${name}_add2`, between, mixed);
}

const text = (): Symbolic => tf.input({ shape: [6], dtype: "int32", name: "ids" });
const embedding = (name: string): Layer => L.embedding({ inputDim: 10, outputDim: 4, name });

/** What the reasons have in common. */
const BEFORE_POOL = "its pools keep its features at fewer positions";
const BEFORE_MEAN = "behind it are the mean over positions and the classifier";

export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: "LeNet",
    make: () => {
      const i = image();
      const features = chain(i, conv("c1"), pool("s2"), conv("c3"), pool("s4"));
      return of(i, chain(features, L.flatten(), L.dense({ units: 4, name: "f5" }), classes()));
    },
    layer: "c3",
    map: [4, 4, 1],
    why: BEFORE_POOL,
  },
  {
    name: "VGG",
    make: () => {
      const i = image();
      const features = chain(
        i,
        conv("block1_conv1"),
        conv("block1_conv2"),
        pool("block1_pool"),
        conv("block2_conv1"),
        conv("block2_conv2"),
        pool("block2_pool"),
      );
      return of(i, chain(features, L.flatten(), L.dense({ units: 4, name: "fc1" }), classes()));
    },
    layer: "block2_conv2",
    map: [4, 4, 1],
    why: BEFORE_POOL,
  },
  {
    name: "Network in Network",
    make: () => {
      const i = image();
      return of(
        i,
        chain(
          i,
          conv("mlpconv1"),
          point("cccp1"),
          conv("mlpconv2"),
          point("cccp2"),
          point("cccp3"),
          mean(),
          L.activation({ activation: "softmax" }),
        ),
      );
    },
    layer: "cccp2",
    map: [8, 8, 1],
    why: "the last convolution gives one channel per class: it is the head",
  },
  {
    name: "SqueezeNet",
    make: () => {
      const i = image();
      const squeezed = chain(i, conv("conv1"), point("fire_squeeze", 2));
      const fire = concat(
        "fire",
        chain(squeezed, point("fire_expand1")),
        chain(squeezed, conv("fire_expand3")),
      );
      return of(
        i,
        chain(
          fire,
          L.dropout({ rate: 0.5 }),
          point("conv10"),
          mean(),
          L.activation({ activation: "softmax" }),
        ),
      );
    },
    layer: "fire",
    map: [8, 8, 1],
    why: "the last convolution gives one channel per class: it is the head",
  },
  {
    name: "GoogLeNet",
    make: () => {
      const i = image();
      const stem = chain(i, conv("stem"));
      const mixed = concat(
        "mixed",
        chain(stem, point("branch1")),
        chain(stem, point("reduce3", 2), conv("branch3")),
        chain(stem, L.maxPooling2d({ poolSize: 3, strides: 1, padding: "same" }), point("branch_pool")),
      );
      return of(i, chain(mixed, mean(), classes()));
    },
    layer: "mixed",
    map: [8, 8, 1],
    why: "its branches meet there",
  },
  {
    name: "ResNet",
    make: () => {
      const i = image();
      const stem = chain(i, conv("conv1"));
      const inner = chain(
        stem,
        conv("res_conv1"),
        conv("res_conv2", 3, { activation: "linear" }),
        norm("res_bn"),
      );
      return of(i, chain(add("res_add", stem, inner), relu("res_out"), mean(), classes()));
    },
    layer: "res_out",
    map: [8, 8, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "ResNet v2",
    make: () => {
      const i = image();
      const stem = chain(i, conv("conv1", 3, { activation: "linear" }));
      const inner = chain(
        stem,
        norm("pre_bn"),
        relu("pre_relu"),
        conv("res_conv", 3, { activation: "linear" }),
      );
      return of(i, chain(add("res_add", stem, inner), norm("post_bn"), relu("post_relu"), mean(), classes()));
    },
    layer: "post_relu",
    map: [8, 8, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "SE-ResNet",
    make: () => {
      const i = image();
      const stem = chain(i, conv("conv1"));
      const inner = excited("se", chain(stem, conv("res_conv")), 3);
      return of(i, chain(add("res_add", stem, inner), relu("res_out"), mean(), classes()));
    },
    layer: "res_out",
    map: [8, 8, 1],
    why: "the dense layers of squeeze and excite are on the way, and no map",
  },
  {
    name: "DenseNet",
    make: () => {
      const i = image();
      const stem = chain(i, conv("conv1"));
      const first = concat("concat1", stem, chain(stem, norm("bn1"), relu("relu1"), conv("dense1")));
      const second = concat("concat2", first, chain(first, norm("bn2"), relu("relu2"), conv("dense2")));
      return of(i, chain(second, norm("bn"), relu("relu"), mean(), classes()));
    },
    layer: "relu",
    map: [8, 8, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "Xception",
    make: () => {
      const i = image();
      const separable = L.separableConv2d({ filters: 4, kernelSize: 3, padding: "same", name: "sepconv" });
      return of(
        i,
        chain(i, conv("conv1"), separable, norm("sepconv_bn"), relu("sepconv_act"), mean(), classes()),
      );
    },
    layer: "sepconv_act",
    map: [8, 8, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "MobileNet v1",
    make: () => {
      const i = image();
      const features = chain(
        i,
        conv("conv1"),
        L.depthwiseConv2d({ kernelSize: 3, padding: "same", name: "conv_dw" }),
        point("conv_pw"),
      );
      return of(
        i,
        chain(
          features,
          mean(),
          L.reshape({ targetShape: [1, 1, 3] }),
          L.dropout({ rate: 0.1 }),
          point("conv_preds", 3, { activation: "linear" }),
          L.flatten(),
          L.activation({ activation: "softmax" }),
        ),
      );
    },
    layer: "conv_pw",
    map: [8, 8, 1],
    why: "the last convolution is the classifier, on one cell",
  },
  {
    name: "MobileNet v2",
    make: () => {
      const i = image();
      const stem = chain(i, conv("conv1"));
      const project = point("project", 3, { activation: "linear" });
      const inner = chain(
        stem,
        point("expand", 6),
        L.depthwiseConv2d({ kernelSize: 3, padding: "same", name: "depthwise" }),
        project,
      );
      const last = point("Conv_1", 6, { activation: "linear" });
      return of(
        i,
        chain(
          add("add", stem, inner),
          last,
          norm("Conv_1_bn"),
          L.reLU({ maxValue: 6, name: "out_relu" }),
          mean(),
          classes(),
        ),
      );
    },
    layer: "out_relu",
    map: [8, 8, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "MobileNet v3",
    make: () => {
      const i = image();
      const features = chain(excited("se", chain(i, conv("conv1")), 3), point("Conv_1", 4));
      return of(
        i,
        chain(
          features,
          mean(),
          L.reshape({ targetShape: [1, 1, 4] }),
          point("Conv_2", 5),
          point("Logits", 3, { activation: "linear" }),
          L.flatten(),
          L.activation({ activation: "softmax" }),
        ),
      );
    },
    layer: "Conv_1",
    map: [8, 8, 1],
    why: "two convolutions work on one cell",
  },
  {
    name: "EfficientNet",
    make: () => {
      const i = image();
      const swish = (name: string): Layer => L.activation({ activation: "swish" as never, name });
      const expanded = chain(i, conv("expand", 4, { activation: "linear" }), swish("expand_act"));
      const top = chain(
        excited("se", expanded, 4),
        point("top_conv", 4, { activation: "linear" }),
        norm("top_bn"),
        swish("top_activation"),
      );
      return of(i, chain(top, mean(), L.dropout({ rate: 0.2 }), classes()));
    },
    layer: "top_activation",
    map: [8, 8, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "ConvNeXt",
    make: () => {
      const i = image();
      const stem = chain(i, L.conv2d({ filters: 4, kernelSize: 2, strides: 2, name: "stem" }));
      const inner = chain(
        stem,
        L.depthwiseConv2d({ kernelSize: 3, padding: "same", name: "dw" }),
        L.layerNormalization({ name: "ln" }),
        L.dense({ units: 4, activation: "relu", name: "pw" }),
      );
      return of(
        i,
        chain(add("block", stem, inner), mean(), L.layerNormalization({ name: "head_ln" }), classes()),
      );
    },
    layer: "block",
    map: [4, 4, 1],
    why: "dense layers work on each position; behind it are the mean, a norm and the classifier",
  },
  {
    name: "a pretrained net under a new head",
    make: () => {
      const i = image();
      const base = of(i, chain(i, conv("conv1"), pool("pool1"), conv("conv2")));
      base.name = "base";
      const x = image();
      return of(
        x,
        chain(x, base as unknown as Layer, L.flatten(), L.dense({ units: 4, name: "top" }), classes()),
      );
    },
    layer: "base",
    map: [4, 4, 1],
    why: "the value that the nested net hands on",
  },
  {
    name: "U-Net",
    make: () => {
      const i = image();
      const down = chain(i, conv("down"));
      const up = chain(down, pool("pool"), conv("bottleneck"), L.upSampling2d({ name: "up" }));
      return of(
        i,
        chain(concat("skip", up, down), conv("mask", 1, { kernelSize: 1, activation: "sigmoid" })),
      );
    },
    options: { target: [4, 4, 0] },
    layer: "skip",
    map: [8, 8, 1],
    why: "the last convolution is the output",
  },
  {
    name: "fully convolutional net",
    make: () => {
      const i = image();
      const up = L.conv2dTranspose({ filters: 3, kernelSize: 2, strides: 2, name: "upscore" });
      return of(
        i,
        chain(i, conv("conv1"), pool("pool1"), conv("conv2"), up, L.activation({ activation: "softmax" })),
      );
    },
    options: { target: [4, 4, 0] },
    layer: "conv2",
    map: [4, 4, 1],
    why: "the transposed convolution is the head",
  },
  {
    name: "DeepLab",
    make: () => {
      const i = image();
      const stem = chain(i, conv("stem", 3, { strides: 2 }));
      const rate = (name: string, dilationRate: number): Symbolic =>
        chain(stem, conv(name, 2, { dilationRate }));
      const pyramid = concat("aspp", rate("rate1", 1), rate("rate2", 2), rate("rate3", 3));
      return of(
        i,
        chain(
          pyramid,
          point("project"),
          point("logits", 3, { activation: "linear" }),
          L.upSampling2d({ interpolation: "bilinear" }),
          L.activation({ activation: "softmax" }),
        ),
      );
    },
    options: { target: [4, 4, 0] },
    layer: "project",
    map: [4, 4, 1],
    why: "behind the head the scores are scaled up",
  },
  {
    name: "autoencoder",
    make: () => {
      const i = image();
      return of(
        i,
        chain(
          i,
          conv("encoder", 3, { strides: 2 }),
          conv("code", 2),
          L.upSampling2d({ name: "up" }),
          conv("decoder"),
          conv("image", 2, { activation: "sigmoid" }),
        ),
      );
    },
    options: { target: [4, 4, 0] },
    layer: "decoder",
    map: [8, 8, 1],
    why: "the last convolution is the output",
  },
  {
    name: "SSD, a box of the second scale",
    make: () => {
      const i = image();
      const first = chain(i, conv("scale1"));
      const second = chain(first, conv("scale2", 3, { strides: 2 }));
      const scores = (at: Symbolic, name: string, cells: number): Symbolic =>
        chain(at, conv(name, 2, { activation: "linear" }), L.reshape({ targetShape: [cells, 2] }));
      return of(
        i,
        L.concatenate({ axis: 1, name: "scores" }).apply([
          scores(first, "scores1", 64),
          scores(second, "scores2", 16),
        ]) as Symbolic,
      );
    },
    options: { target: [70, 1] },
    layer: "scale2",
    map: [4, 4, 1],
    why: "of two scales the one that this box is read from",
    bypassed: true,
  },
  {
    name: "YOLO",
    make: () => {
      const i = image();
      return of(
        i,
        chain(
          i,
          conv("backbone", 4, { strides: 2 }),
          point("grid", 7, { activation: "linear" }),
          L.reshape({ targetShape: [16, 7] }),
        ),
      );
    },
    options: { target: [5, 4] },
    layer: "backbone",
    map: [4, 4, 1],
    why: "the last convolution is the output",
  },
  {
    name: "CenterNet, its heat map",
    make: () => {
      const i = image();
      const trunk = chain(i, conv("trunk"));
      const heads = ["heat", "size"].map((name) =>
        chain(trunk, conv(`${name}_conv`), point(`${name}_out`, 2, { activation: "linear" })),
      );
      return of(i, heads);
    },
    options: { output: 0, target: [4, 4, 1] },
    layer: "heat_conv",
    map: [8, 8, 1],
    why: "on the way to this output, and not to the other",
  },
  {
    name: "two heads on one trunk",
    make: () => {
      const i = image();
      const trunk = chain(i, conv("trunk"));
      return of(i, [
        chain(trunk, mean("mean1"), classes("kind")),
        chain(trunk, L.flatten(), L.dense({ units: 4, name: "box" })),
      ]);
    },
    options: { output: 1, target: 2 },
    layer: "trunk",
    map: [8, 8, 1],
    why: "both heads share it",
  },
  {
    name: "siamese net",
    make: () => {
      const [a, b] = [image(), image()];
      const shared = conv("shared");
      const [left, right] = [a, b].map((x) =>
        chain(shared.apply(x) as Symbolic, L.globalAveragePooling2d({})),
      );
      return of([a, b], chain(concat("both", left!, right!), classes()));
    },
    layer: "shared#1",
    map: [8, 8, 1],
    why: "the last of the two calls that runs; the other leads around it",
    bypassed: true,
  },
  {
    name: "image and table",
    make: () => {
      const [i, facts] = [image(), tf.input({ shape: [3] })];
      const seen = chain(i, conv("conv"), mean());
      return of(
        [i, facts],
        chain(concat("both", seen, chain(facts, L.dense({ units: 2, name: "facts" }))), classes()),
      );
    },
    layer: "conv",
    map: [8, 8, 1],
    why: "the table has no positions",
  },
  {
    name: "channels first",
    make: () => {
      const i = tf.input({ shape: [2, 8, 8] });
      const dataFormat = "channelsFirst" as const;
      return of(
        i,
        chain(
          i,
          conv("conv", 3, { dataFormat }),
          L.batchNormalization({ axis: 1, name: "bn" }),
          relu("relu"),
          L.globalAveragePooling2d({ dataFormat }),
          classes(),
        ),
      );
    },
    layer: "relu",
    map: [8, 8, 1],
    why: "channels are the first axis of the data format",
  },
  {
    name: "1-D convolutions of a series",
    make: () => {
      const i = tf.input({ shape: [12, 2] });
      const conv1 = (name: string): Layer =>
        L.conv1d({ filters: 3, kernelSize: 3, activation: "relu", name });
      return of(
        i,
        chain(
          i,
          conv1("conv1"),
          L.maxPooling1d({ poolSize: 2 }),
          conv1("conv2"),
          L.globalAveragePooling1d({}),
          classes(),
        ),
      );
    },
    layer: "conv2",
    map: [3, 1],
    why: BEFORE_MEAN,
  },
  {
    name: "recurrent net behind convolutions",
    make: () => {
      const i = tf.input({ shape: [8, 2] });
      return of(
        i,
        chain(
          i,
          L.conv1d({ filters: 3, kernelSize: 3, activation: "relu", name: "conv" }),
          L.gru({ units: 3, name: "gru" }),
          classes(),
        ),
      );
    },
    layer: "conv",
    map: [6, 1],
    why: "the recurrent layer gives its last state alone",
  },
  {
    name: "two recurrent layers",
    make: () => {
      const i = tf.input({ shape: [6, 2] });
      return of(
        i,
        chain(
          i,
          L.lstm({ units: 3, returnSequences: true, name: "lstm1" }),
          L.lstm({ units: 3, name: "lstm2" }),
          classes(),
        ),
      );
    },
    layer: "lstm1",
    map: [6, 1],
    why: "the second one gives its last state alone",
  },
  {
    name: "3-D convolutions of a video",
    make: () => {
      const i = tf.input({ shape: [4, 6, 6, 1] });
      return of(
        i,
        chain(
          i,
          L.conv3d({ filters: 2, kernelSize: 2, activation: "relu", name: "conv3d" }),
          L.flatten(),
          classes(),
        ),
      );
    },
    layer: "conv3d",
    map: [3, 5, 5, 1],
    why: "frames are positions, too",
  },
  {
    name: "a net for each frame of a video",
    make: () => {
      const i = tf.input({ shape: [3, 8, 8, 1] });
      const frames = L.timeDistributed({ layer: conv("inner"), name: "frames" });
      return of(
        i,
        chain(
          i,
          frames,
          L.timeDistributed({ layer: mean(), name: "means" }),
          L.gru({ units: 3, name: "gru" }),
          classes(),
        ),
      );
    },
    layer: "means",
    map: [3, 1],
    why: "each frame is a position; those inside of frames are gone by then",
  },
  {
    name: "convolutions of a text",
    make: () => {
      const i = text();
      return of(
        i,
        chain(
          i,
          embedding("embedding"),
          L.conv1d({ filters: 3, kernelSize: 2, activation: "relu", name: "conv" }),
          L.globalMaxPooling1d({}),
          classes(),
        ),
      );
    },
    layer: "conv",
    map: [5, 1],
    why: "behind it are the maximum over positions and the classifier",
  },
  {
    name: "vision transformer with a class token",
    make: () => {
      const i = image();
      const patches = chain(
        i,
        L.conv2d({ filters: 4, kernelSize: 2, strides: 2, name: "patches" }),
        L.reshape({ targetShape: [16, 4], name: "tokens" }),
        new ClassToken({ name: "class" }),
      );
      const blocks = block("block2", block("block1", patches));
      return of(
        i,
        chain(
          blocks,
          L.layerNormalization({ name: "norm" }),
          new Position({ name: "first", at: 0 }),
          classes(),
        ),
      );
    },
    layer: "block2_norm1",
    map: [17, 1],
    why: "behind the last attention none but the class token's position matters",
    bypassed: true,
  },
  {
    name: "vision transformer with a mean over tokens",
    make: () => {
      const i = image();
      const patches = chain(
        i,
        L.conv2d({ filters: 4, kernelSize: 2, strides: 2, name: "patches" }),
        L.reshape({ targetShape: [16, 4], name: "tokens" }),
      );
      return of(
        i,
        chain(
          block("block", patches),
          L.layerNormalization({ name: "norm" }),
          L.globalAveragePooling1d({}),
          classes(),
        ),
      );
    },
    layer: "norm",
    map: [16, 1],
    why: "every token matters up to the mean",
  },
  {
    name: "language model, its last token",
    make: () => {
      const i = text();
      const blocks = block("block2", block("block1", chain(i, embedding("embedding")), true), true);
      return of(
        i,
        chain(
          blocks,
          L.layerNormalization({ name: "norm" }),
          new Position({ name: "last", at: 5 }),
          L.dense({ units: 10, name: "lm_head" }),
        ),
      );
    },
    layer: "block2_norm1",
    map: [6, 1],
    why: "behind the last attention none but the last token's position matters",
  },
];

/** Values for the inputs of a net: token ids where it takes integers. */
export function inputOf(model: tf.LayersModel): Record<string, { data: Float32Array; shape: number[] }> {
  return Object.fromEntries(
    model.inputs.map((input, i) => {
      const shape = [1, ...(input.shape.slice(1) as number[])];
      const { data } = normals(90 + i, shape);
      const name = (input as unknown as { sourceLayer: Layer }).sourceLayer.name;
      const values = input.dtype === "int32" ? data.map((_, k) => (3 * k + 1) % 10) : (data as Float32Array);
      return [name, { data: Float32Array.from(values), shape }] as const;
    }),
  );
}

/** Gives a net weights of the tests' seed, none of which is zero. */
export function withSeededWeights(model: tf.LayersModel): tf.LayersModel {
  const shapes = model.getWeights().map(({ shape }) => shape);
  const positive = (i: number): boolean => /variance|gamma/.test(model.weights[i]!.name);
  model.setWeights(
    shapes.map((shape, i) => {
      const values = tf.tensor(normals(500 + i, shape, 0.6).data, shape);
      return positive(i) ? values.abs().add(0.3) : values;
    }),
  );
  return model;
}
