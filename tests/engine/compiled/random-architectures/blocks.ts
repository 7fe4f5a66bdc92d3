import * as tf from "@tensorflow/tfjs";
import { anyShape, OperationLayer, operations } from "./operation-layers";

const { layers } = tf;
type Symbolic = tf.SymbolicTensor;

/** Draws a number from 0 to n − 1. */
export type Draw = (n: number) => number;

/** One step of an architecture. */
export interface Block {
  /** Whether it can follow a tensor of this shape, batch axis left out. */
  readonly fits: (shape: readonly number[]) => boolean;
  readonly build: (x: Symbolic, draw: Draw) => Symbolic;
}

export const ACTIVATIONS = [
  "relu",
  "linear",
  "elu",
  "gelu",
  "gelu_new",
  "hardSigmoid",
  "mish",
  "relu6",
  "selu",
  "sigmoid",
  "softmax",
  "softplus",
  "softsign",
  "swish",
  "tanh",
] as const;

const shapeOf = (x: Symbolic): number[] => x.shape.slice(1) as number[];
const pick = <V>(draw: Draw, values: readonly V[]): V => values[draw(values.length)] as V;
const activation = (draw: Draw): "relu" => pick(draw, ACTIVATIONS) as "relu";
const padding = (draw: Draw): "same" | "valid" => pick(draw, ["same", "valid"] as const);
const apply = (layer: tf.layers.Layer, x: Symbolic | Symbolic[]): Symbolic => layer.apply(x) as Symbolic;
const rank =
  (n: number, smallest = 1) =>
  (shape: readonly number[]): boolean =>
    shape.length === n && shape.slice(0, Math.max(1, n - 1)).every((extent) => extent >= smallest);

/** Strides or dilations, never both. */
function steps(draw: Draw): { strides: number; dilationRate: number } {
  return pick(draw, [
    { strides: 1, dilationRate: 1 },
    { strides: 2, dilationRate: 1 },
    { strides: 1, dilationRate: 2 },
  ]);
}

const ofAnyShape: Readonly<Record<string, Block>> = {
  "activation of its own": {
    fits: anyShape,
    build: (x, draw) => apply(layers.activation({ activation: activation(draw) }), x),
  },
  "leaky relu": { fits: anyShape, build: (x) => apply(layers.leakyReLU({ alpha: 0.2 }), x) },
  "relu with a ceiling": { fits: anyShape, build: (x) => apply(layers.reLU({ maxValue: 0.7 }), x) },
  "elu layer": { fits: anyShape, build: (x) => apply(layers.elu({}), x) },
  "thresholded relu": { fits: anyShape, build: (x) => apply(layers.thresholdedReLU({ theta: 0.3 }), x) },
  prelu: {
    fits: anyShape,
    build: (x) => {
      const axes = x.shape.slice(1, -1).map((_, i) => i + 1);
      return apply(layers.prelu(axes.length > 0 ? { sharedAxes: axes } : {}), x);
    },
  },
  "batch norm": {
    // tfjs has none for volumes, also not in the norm of layers.
    fits: (shape) => shape.length < 4,
    build: (x, draw) =>
      apply(layers.batchNormalization({ scale: draw(4) > 0, center: draw(4) > 0, epsilon: 1e-2 }), x),
  },
  "layer norm": {
    // A mean and a spread are taken from each: of a single vector, four numbers are to be left.
    fits: (shape) => shape.length < 4 && (shape[shape.length - 1] as number) > (shape.length === 1 ? 5 : 2),
    build: (x) => apply(layers.layerNormalization({ axis: -1, epsilon: 1e-2 }), x),
  },
  dropout: { fits: anyShape, build: (x) => apply(layers.dropout({ rate: 0.5 }), x) },
  noise: { fits: anyShape, build: (x) => apply(layers.gaussianNoise({ stddev: 1 }), x) },
  rescaling: { fits: anyShape, build: (x) => apply(layers.rescaling({ scale: 0.8, offset: 0.1 }), x) },
};

const vectors: Readonly<Record<string, Block>> = {
  dense: {
    fits: rank(1),
    build: (x, draw) => {
      const useBias = draw(4) > 0;
      return apply(layers.dense({ units: 3 + draw(8), activation: activation(draw), useBias }), x);
    },
  },
  "residual dense": {
    fits: rank(1),
    build: (x, draw) => {
      const units = x.shape[1] as number;
      const inner = apply(layers.dense({ units: 6, activation: activation(draw) }), x);
      const merge = pick(draw, [layers.add, layers.average, layers.maximum, layers.minimum]);
      return apply(merge(), [x, apply(layers.dense({ units }), inner)]);
    },
  },
  gate: {
    fits: rank(1),
    build: (x) => {
      const units = x.shape[1] as number;
      return apply(layers.multiply(), [x, apply(layers.dense({ units, activation: "sigmoid" }), x)]);
    },
  },
  "dense called twice": {
    fits: rank(1),
    build: (x, draw) => {
      const shared = layers.dense({ units: x.shape[1] as number, activation: activation(draw) });
      return apply(layers.concatenate(), [x, apply(shared, apply(shared, x))]);
    },
  },
  "dot of two": {
    fits: rank(1),
    build: (x) => {
      const [a, b] = [5, 5].map((units) => apply(layers.dense({ units, activation: "tanh" }), x));
      const product = apply(layers.dot({ axes: 1 }), [a as Symbolic, b as Symbolic]);
      return apply(layers.concatenate(), [x, product]);
    },
  },
  "repeated over time": {
    fits: rank(1),
    build: (x) => {
      // Equal steps have no variance over time, and a norm over it would have no gradient.
      const placed = apply(new OperationLayer("positions added", 0), apply(layers.repeatVector({ n: 3 }), x));
      return apply(layers.activation({ activation: "tanh" }), placed);
    },
  },
  "vector as series": {
    fits: (shape) => shape.length === 1 && (shape[0] as number) % 2 === 0,
    build: (x) => apply(layers.reshape({ targetShape: [(x.shape[1] as number) / 2, 2] }), x),
  },
};

const recurrent = (draw: Draw, units: number, returnSequences: boolean): tf.layers.Layer => {
  const options = { units, returnSequences, activation: pick(draw, ["tanh", "relu", "softsign"] as const) };
  const gate = pick(draw, ["hardSigmoid", "sigmoid"] as const);
  switch (draw(3)) {
    case 0:
      return layers.simpleRNN(options);
    case 1:
      return layers.gru({ ...options, recurrentActivation: gate });
    default:
      return layers.lstm({ ...options, recurrentActivation: gate, goBackwards: draw(3) === 0 });
  }
};

const shortSeries = (shape: readonly number[]): boolean => shape.length === 2 && (shape[0] as number) <= 7;

const series: Readonly<Record<string, Block>> = {
  "conv 1-D": {
    fits: rank(2, 5),
    build: (x, draw) =>
      apply(
        layers.conv1d({
          filters: 3 + draw(4),
          kernelSize: 2 + draw(2),
          padding: padding(draw),
          activation: activation(draw),
          ...steps(draw),
        }),
        x,
      ),
  },
  "max pool 1-D": {
    fits: rank(2, 3),
    build: (x, draw) => apply(layers.maxPooling1d({ poolSize: 2 + draw(2), padding: padding(draw) }), x),
  },
  "average pool 1-D": {
    fits: rank(2, 3),
    build: (x, draw) =>
      apply(layers.averagePooling1d({ poolSize: 3, strides: 1 + draw(2), padding: padding(draw) }), x),
  },
  recurrent: {
    fits: shortSeries,
    build: (x, draw) => apply(recurrent(draw, 2 + draw(4), draw(2) === 0), x),
  },
  bidirectional: {
    fits: shortSeries,
    build: (x, draw) => {
      const mergeMode = pick(draw, ["concat", "sum", "ave", "mul"] as const);
      const layer = recurrent(draw, 2 + draw(2), draw(2) === 0) as tf.RNN;
      return apply(layers.bidirectional({ layer, mergeMode }), x);
    },
  },
  "stacked cells": {
    fits: shortSeries,
    build: (x) => {
      const cells = [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 4 })];
      const cell = layers.stackedRNNCells({ cells }) as unknown as Parameters<typeof layers.rnn>[0]["cell"];
      return apply(layers.rnn({ cell }), x);
    },
  },
  "masked recurrent": {
    fits: shortSeries,
    build: (x) => apply(layers.lstm({ units: 4 }), apply(layers.masking({ maskValue: 0 }), x)),
  },
  "dense at each time": {
    fits: shortSeries,
    build: (x, draw) => {
      const layer = layers.dense({ units: 2 + draw(4), activation: activation(draw) });
      return apply(layers.timeDistributed({ layer }), x);
    },
  },
  "dense on series": {
    fits: rank(2),
    build: (x, draw) => apply(layers.dense({ units: 2 + draw(4), activation: activation(draw) }), x),
  },
  "transformer block": {
    // The norm of two numbers is almost ±1, and its gradient almost lost in rounding.
    fits: (shape) => shape.length === 2 && (shape[1] as number) > 2,
    build: (x, draw) => {
      const read = apply(new OperationLayer(pick(draw, ["attention", "causal attention"]), draw(100)), x);
      const calm = apply(layers.layerNormalization({ axis: -1, epsilon: 1e-2 }), read);
      const inner = apply(layers.dense({ units: 8, activation: "gelu" }), calm);
      return apply(layers.add(), [calm, apply(layers.dense({ units: x.shape[2] as number }), inner)]);
    },
  },
  permuted: { fits: rank(2), build: (x) => apply(layers.permute({ dims: [2, 1] }), x) },
  "mean over time": { fits: rank(2), build: (x) => apply(layers.globalAveragePooling1d({}), x) },
  "largest over time": { fits: rank(2), build: (x) => apply(layers.globalMaxPooling1d({}), x) },
  "dropout of channels": { fits: rank(2), build: (x) => apply(layers.spatialDropout1d({ rate: 0.5 }), x) },
  "series as image": {
    fits: (shape) => shape.length === 2 && (shape[0] as number) >= 4 && (shape[1] as number) >= 4,
    build: (x) => apply(layers.reshape({ targetShape: [...shapeOf(x), 1] }), x),
  },
};

const images: Readonly<Record<string, Block>> = {
  "conv 2-D": {
    fits: rank(3, 4),
    build: (x, draw) =>
      apply(
        layers.conv2d({
          filters: 3 + draw(4),
          kernelSize: pick<number | [number, number]>(draw, [1, 2, 3, [3, 2]]),
          padding: padding(draw),
          activation: activation(draw),
          useBias: draw(4) > 0,
          ...steps(draw),
        }),
        x,
      ),
  },
  "conv 2-D, one factor per axis": {
    fits: rank(3, 4),
    build: (x, draw) =>
      apply(layers.conv2d({ filters: 3, kernelSize: 3, strides: [2, 1], padding: padding(draw) }), x),
  },
  "conv 2-D, channels first": {
    fits: rank(3, 3),
    build: (x, draw) => {
      const first = apply(layers.permute({ dims: [3, 1, 2] }), x);
      const name = activation(draw);
      const conv = layers.conv2d({
        filters: 3 + draw(3),
        kernelSize: 2,
        dataFormat: "channelsFirst",
        padding: padding(draw),
        // That of columns, which a mean over space may follow, sums to one: the gradient is nothing but rounding.
        activation: name === ("softmax" as string) ? "tanh" : name,
      });
      return apply(layers.permute({ dims: [2, 3, 1] }), apply(conv, first));
    },
  },
  depthwise: {
    fits: rank(3, 4),
    build: (x, draw) =>
      apply(
        layers.depthwiseConv2d({
          kernelSize: 2 + draw(2),
          depthMultiplier: 1 + draw(2),
          padding: padding(draw),
          activation: activation(draw),
          ...steps(draw),
        } as Parameters<typeof layers.depthwiseConv2d>[0]),
        x,
      ),
  },
  separable: {
    fits: rank(3, 4),
    build: (x, draw) =>
      apply(
        layers.separableConv2d({
          filters: 3 + draw(4),
          kernelSize: 3,
          depthMultiplier: 1 + draw(2),
          strides: 1 + draw(2),
          padding: padding(draw),
          activation: activation(draw),
        }),
        x,
      ),
  },
  "transposed 2-D": {
    fits: (shape) => shape.length === 3 && (shape[0] as number) <= 6 && (shape[1] as number) <= 6,
    build: (x, draw) =>
      apply(
        layers.conv2dTranspose({
          filters: 2 + draw(3),
          kernelSize: 2 + draw(2),
          strides: 1 + draw(2),
          padding: padding(draw),
          activation: activation(draw),
        }),
        x,
      ),
  },
  "max pool 2-D": {
    fits: rank(3, 3),
    build: (x, draw) =>
      apply(layers.maxPooling2d({ poolSize: 2 + draw(2), strides: 1 + draw(2), padding: padding(draw) }), x),
  },
  "average pool 2-D": {
    fits: rank(3, 3),
    build: (x, draw) =>
      apply(
        layers.averagePooling2d({ poolSize: [3, 2], strides: [1 + draw(2), 2], padding: padding(draw) }),
        x,
      ),
  },
  upsampling: {
    fits: (shape) => shape.length === 3 && (shape[0] as number) <= 5 && (shape[1] as number) <= 5,
    build: (x, draw) =>
      apply(
        layers.upSampling2d({ size: [2, 2], interpolation: pick(draw, ["nearest", "bilinear"] as const) }),
        x,
      ),
  },
  "zero border": { fits: rank(3), build: (x) => apply(layers.zeroPadding2d({ padding: [1, 2] }), x) },
  cropping: {
    fits: rank(3, 4),
    build: (x) =>
      apply(
        layers.cropping2D({
          cropping: [
            [1, 0],
            [1, 1],
          ],
        }),
        x,
      ),
  },
  "residual conv": {
    fits: rank(3, 3),
    build: (x, draw) => {
      const filters = x.shape[3] as number;
      const conv = layers.conv2d({ filters, kernelSize: 3, padding: "same", useBias: false });
      const normal = apply(layers.batchNormalization({ epsilon: 1e-2 }), apply(conv, x));
      const active = apply(layers.activation({ activation: activation(draw) }), normal);
      return apply(layers.add(), [x, active]);
    },
  },
  branches: {
    fits: rank(3, 3),
    build: (x, draw) => {
      const conv = layers.conv2d({
        filters: 2,
        kernelSize: 3,
        padding: "same",
        activation: activation(draw),
      });
      const pool = layers.maxPooling2d({ poolSize: 3, strides: 1, padding: "same" });
      return apply(layers.concatenate({ axis: 3 }), [apply(conv, x), apply(pool, x)]);
    },
  },
  "squeeze and excite": {
    fits: rank(3),
    build: (x) => {
      const channels = x.shape[3] as number;
      const pooled = apply(layers.globalAveragePooling2d({}), x);
      const gates = apply(layers.dense({ units: channels, activation: "sigmoid" }), pooled);
      return apply(layers.multiply(), [x, apply(layers.reshape({ targetShape: [1, 1, channels] }), gates)]);
    },
  },
  "mean over space": { fits: rank(3), build: (x) => apply(layers.globalAveragePooling2d({}), x) },
  "largest over space": { fits: rank(3), build: (x) => apply(layers.globalMaxPooling2d({}), x) },
  "image as series": {
    fits: (shape) => shape.length === 3 && (shape[0] as number) * (shape[1] as number) <= 36,
    build: (x) => {
      const [height, width, channels] = shapeOf(x) as [number, number, number];
      return apply(layers.reshape({ targetShape: [height * width, channels] }), x);
    },
  },
};

const volumes: Readonly<Record<string, Block>> = {
  "conv 3-D": {
    fits: rank(4, 3),
    build: (x, draw) =>
      apply(
        layers.conv3d({
          filters: 2 + draw(2),
          kernelSize: 2 + draw(2),
          strides: 1 + draw(2),
          padding: padding(draw),
          activation: activation(draw),
        }),
        x,
      ),
  },
  "transposed 3-D": {
    fits: (shape) => shape.length === 4 && shape.slice(0, 3).every((extent) => extent <= 3),
    build: (x, draw) =>
      apply(
        layers.conv3dTranspose({
          filters: 2,
          kernelSize: 2 + draw(2),
          strides: 1 + draw(2),
          padding: padding(draw),
          activation: activation(draw),
        }),
        x,
      ),
  },
  "max pool 3-D": {
    fits: rank(4, 3),
    build: (x, draw) =>
      apply(layers.maxPooling3d({ poolSize: 2, strides: 1 + draw(2), padding: padding(draw) }), x),
  },
  "average pool 3-D": {
    fits: rank(4, 3),
    build: (x, draw) =>
      apply(
        layers.averagePooling3d({
          poolSize: [2, 3, 2],
          strides: [2, 1 + draw(2), 2],
          padding: padding(draw),
        }),
        x,
      ),
  },
  "conv LSTM": {
    fits: (shape) => shape.length === 4 && (shape[0] as number) <= 4,
    build: (x, draw) =>
      apply(
        layers.convLstm2d({
          filters: 2,
          kernelSize: 2,
          padding: padding(draw),
          returnSequences: draw(2) === 0,
        } as Parameters<typeof layers.convLstm2d>[0]),
        x,
      ),
  },
  "conv 2-D at each time": {
    fits: rank(4, 3),
    build: (x, draw) => {
      const layer = layers.conv2d({ filters: 2, kernelSize: 2, activation: activation(draw) });
      return apply(layers.timeDistributed({ layer }), x);
    },
  },
  "volume as image": {
    fits: rank(4),
    build: (x) => {
      const [depth, height, width, channels] = shapeOf(x) as [number, number, number, number];
      return apply(layers.reshape({ targetShape: [depth * height, width, channels] }), x);
    },
  },
};

/** Everything that architectures are made of, by name. */
export const blocks: Readonly<Record<string, Block>> = {
  ...ofAnyShape,
  ...vectors,
  ...series,
  ...images,
  ...volumes,
  ...Object.fromEntries(
    Object.entries(operations).map(([name, { fits }]): [string, Block] => [
      name,
      { fits, build: (x, draw) => apply(new OperationLayer(name, draw(100)), x) },
    ]),
  ),
};

/** Whether a block fits everything: these are many, and would crowd out the others. */
export const fitsAll = (name: string): boolean => blocks[name]?.fits === anyShape;
