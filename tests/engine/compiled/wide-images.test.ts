import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, type NdArray, saliency } from "../../../src";
import { normals, relativeDifference } from "../../models";

const { layers } = tf;
type Tensor = tf.SymbolicTensor;

/** Whole numbers from −2 to 2: sums of products of them are exact, and so equal ones are equal on both engines. */
function whole(seed: number, shape: readonly number[]): NdArray {
  const { data } = normals(seed, [...shape]);
  return { data: data.map((v) => Math.max(-2, Math.min(2, Math.round(v)))) as Float32Array, shape };
}

function withWeights(
  model: tf.LayersModel,
  draw: (seed: number, shape: readonly number[]) => NdArray,
): tf.LayersModel {
  model.setWeights(
    model.weights.map((weight, i) => {
      const shape = weight.shape as number[];
      const { data } = draw(31 + i, shape);
      // Of whole numbers 1 or 4, whose roots are exact.
      const spread = data.map((v) => (draw === whole ? 1 + 3 * Math.abs(v % 2) : 0.5 + v * v));
      return tf.tensor(weight.name.includes("variance") ? spread : data, shape);
    }),
  );
  return model;
}

const conv = (filters: number, kernelSize = 3, strides = 1): tf.layers.Layer =>
  layers.conv2d({ filters, kernelSize, strides, padding: "same" });

const image = (...more: tf.layers.Layer[]): tf.LayersModel => tf.sequential({ layers: more });

const start = (shape: [number, number, number]): tf.layers.Layer =>
  layers.conv2d({ inputShape: shape, filters: 16, kernelSize: 3, padding: "same", activation: "relu" });

/** A convolution of each channel over padded cells, which a bound follows. */
const boundedByChannel = (): tf.layers.Layer[] => [
  start([8, 8, 2]),
  layers.zeroPadding2d({
    padding: [
      [0, 1],
      [0, 1],
    ],
  }),
  layers.depthwiseConv2d({ kernelSize: 3, strides: 2 }),
  layers.batchNormalization({ epsilon: 0 }),
  layers.reLU({ maxValue: 6 }),
];

function residual(): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3] });
  const first = start([8, 8, 3]).apply(input) as Tensor;
  const second = layers.batchNormalization({ epsilon: 0 }).apply(conv(16).apply(first)) as Tensor;
  const sum = layers.reLU().apply(layers.add().apply([second, first])) as Tensor;
  const joined = layers.concatenate().apply([sum, layers.reLU().apply(conv(16).apply(sum)) as Tensor]);
  return tf.model({
    inputs: input,
    outputs: layers
      .dense({ units: 3 })
      .apply(layers.globalAveragePooling2d({}).apply(conv(16).apply(joined))) as Tensor,
  });
}

/** Images of as many channels as ONNX Runtime blocks, and of fewer; ties in windows, and numbers at bounds. */
const nets: Readonly<Record<string, () => tf.LayersModel>> = {
  "pooling of a ReLU": () =>
    image(
      start([8, 8, 2]),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(16),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
  "pooling of uneven windows": () =>
    image(
      start([6, 9, 2]),
      layers.maxPooling2d({ poolSize: [2, 3], strides: [2, 3] }),
      conv(16),
      layers.reLU(),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
  "pooling of a sum": () =>
    image(
      layers.conv2d({ inputShape: [8, 8, 2], filters: 16, kernelSize: 3, padding: "same" }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.reLU(),
      conv(16),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
  "pooling of few channels": () =>
    image(
      layers.conv2d({
        inputShape: [8, 8, 2],
        filters: 3,
        kernelSize: 3,
        padding: "same",
        activation: "relu",
      }),
      layers.maxPooling2d({ poolSize: 2 }),
      conv(16),
      layers.maxPooling2d({ poolSize: 4 }),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
  "bounded ReLU, by channel": () =>
    image(...boundedByChannel(), layers.globalAveragePooling2d({}), layers.dense({ units: 3 })),
  "strides of depth that leave cells unread": () =>
    image(
      start([7, 9, 2]),
      layers.depthwiseConv2d({ kernelSize: 2, strides: 3 }),
      layers.reLU(),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
  "averages and sums": () => residual(),
  "smooth between": () =>
    image(
      start([8, 8, 2]),
      layers.activation({ activation: "tanh" }),
      conv(16),
      layers.averagePooling2d({ poolSize: 2 }),
      layers.activation({ activation: "sigmoid" }),
      conv(16),
      layers.flatten(),
      layers.dense({ units: 3 }),
    ),
};

/** A bounded value is one rounding step larger here, so that exact sums of several such tell the engines apart. */
const deepNets: typeof nets = {
  "several bounded ReLUs": () =>
    image(
      ...boundedByChannel(),
      conv(16, 1),
      layers.activation({ activation: "relu6" }),
      layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "same" }),
      layers.activation({ activation: "relu6" }),
      conv(16, 1),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 3 }),
    ),
};

type Engine = "eager" | "compiled";

const drawn = (seed: number, shape: readonly number[]): NdArray => normals(seed, [...shape], 0.4);
const shapeOf = (model: tf.LayersModel): number[] => (model.inputs[0] as Tensor).shape.slice(1) as number[];

describe.each(Object.entries(nets))("%s", (_, make) => {
  it("leads back as the eager engine does where numbers are equal and where they are at bounds", async () => {
    const model = withWeights(make(), whole);
    const x = whole(7, [3, ...shapeOf(model)]);
    const map = (engine: Engine) => saliency(asModel(model, { engine }), x, { target: 1 });
    const [found, expected] = [await map("compiled"), await map("eager")];
    expect(expected.values.data.some((v) => v !== 0)).toBe(true);
    expect(relativeDifference(found.values.data, expected.values.data)).toBeLessThanOrEqual(1e-5);
  });
});

describe.each(Object.entries({ ...nets, ...deepNets }))("%s", (_, make) => {
  it("gives the eager engine's maps along a path, with 1, 2 and 7 rows", async () => {
    const model = withWeights(make(), drawn);
    for (const rows of [1, 2, 7]) {
      const x = drawn(rows, [rows, ...shapeOf(model)]);
      const map = (engine: Engine) =>
        integratedGradients(asModel(model, { engine }), x, { target: 1, steps: 3 });
      const [found, expected] = [await map("compiled"), await map("eager")];
      expect(relativeDifference(found.values.data, expected.values.data), `${rows} rows`).toBeLessThanOrEqual(
        1e-5,
      );
    }
  });
});
