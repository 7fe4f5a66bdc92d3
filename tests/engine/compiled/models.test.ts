import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, type NdArray, saliency } from "../../../src";
import { convolution, graphModel, placeholder } from "../../graph-models";
import { normals, relativeDifference } from "../../models";

/** Random weights, away from zero where they divide: variances are positive. */
function randomise(model: tf.LayersModel, seed: number): tf.LayersModel {
  model.setWeights(
    model.weights.map((weight, i) => {
      const shape = weight.shape as number[];
      const { data } = normals(seed * 97 + i, shape, 0.4);
      return tf.tensor(weight.name.includes("variance") ? data.map((v) => 0.5 + v * v) : data, shape);
    }),
  );
  return model;
}

const { layers } = tf;
const image = (...more: tf.layers.Layer[]): tf.LayersModel => tf.sequential({ layers: more });

function residual(): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3] });
  const first = layers
    .conv2d({ filters: 4, kernelSize: 3, padding: "same" })
    .apply(input) as tf.SymbolicTensor;
  const normal = layers.batchNormalization({}).apply(first) as tf.SymbolicTensor;
  const relu = layers.activation({ activation: "relu" }).apply(normal) as tf.SymbolicTensor;
  const second = layers
    .conv2d({ filters: 4, kernelSize: 3, padding: "same" })
    .apply(relu) as tf.SymbolicTensor;
  const sum = layers.add().apply([second, first]) as tf.SymbolicTensor;
  const pooled = layers.globalAveragePooling2d({}).apply(sum);
  return tf.model({
    inputs: input,
    outputs: layers.dense({ units: 4, activation: "softmax" }).apply(pooled) as tf.SymbolicTensor,
  });
}

/** ONNX Runtime 1.17 gives other numbers in the second run of its gradient, if it may plan memory from the first. */
function poolBesideConvolution(): tf.LayersModel {
  const input = tf.input({ shape: [9, 7, 2] });
  const beside = [
    layers.conv2d({ filters: 2, kernelSize: 3, padding: "same", activation: "relu" }).apply(input),
    layers.maxPooling2d({ poolSize: 3, strides: 1, padding: "same" }).apply(input),
  ] as tf.SymbolicTensor[];
  const joined = layers.concatenate({ axis: 3 }).apply(beside);
  const second = layers.conv2d({ filters: 3, kernelSize: 3, activation: "tanh" }).apply(joined);
  const pooled = layers.maxPooling2d({ poolSize: 2, strides: 1 }).apply(second);
  const flat = layers.flatten().apply(pooled);
  return tf.model({ inputs: input, outputs: layers.dense({ units: 3 }).apply(flat) as tf.SymbolicTensor });
}

function severalInputs(): tf.LayersModel {
  const [a, b] = [tf.input({ shape: [5] }), tf.input({ shape: [6, 2] })];
  const dense = layers.dense({ units: 4, activation: "tanh" }).apply(a) as tf.SymbolicTensor;
  const steps = layers.gru({ units: 4 }).apply(b) as tf.SymbolicTensor;
  const joined = layers.concatenate().apply([dense, steps]);
  return tf.model({
    inputs: [a, b],
    outputs: layers.dense({ units: 3, activation: "softmax" }).apply(joined) as tf.SymbolicTensor,
  });
}

const models: Record<string, [() => tf.LayersModel, ...number[][]]> = {
  mlp: [
    () =>
      image(
        layers.dense({ inputShape: [12], units: 9, activation: "relu" }),
        layers.dense({ units: 7, activation: "elu" }),
        layers.dense({ units: 5, activation: "softmax" }),
      ),
    [12],
  ],
  "one sigmoid unit": [
    () =>
      image(
        layers.dense({ inputShape: [6], units: 5, activation: "selu" }),
        layers.dense({ units: 1, activation: "sigmoid" }),
      ),
    [6],
  ],
  lenet: [
    () =>
      image(
        layers.conv2d({
          inputShape: [14, 14, 1],
          filters: 4,
          kernelSize: 5,
          padding: "same",
          activation: "relu",
        }),
        layers.maxPooling2d({ poolSize: 2 }),
        layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu" }),
        layers.maxPooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        layers.flatten(),
        layers.dense({ units: 8, activation: "relu" }),
        layers.dense({ units: 5, activation: "softmax" }),
      ),
    [14, 14, 1],
  ],
  "convolutions with batch norm": [
    () =>
      image(
        layers.conv2d({
          inputShape: [10, 10, 3],
          filters: 6,
          kernelSize: 3,
          strides: 2,
          padding: "same",
          useBias: false,
        }),
        layers.batchNormalization({}),
        layers.activation({ activation: "relu" }),
        layers.conv2d({ filters: 6, kernelSize: 3, dilationRate: 2, padding: "same" }),
        layers.batchNormalization({ scale: false }),
        layers.leakyReLU({ alpha: 0.1 }),
        layers.averagePooling2d({ poolSize: 3, strides: 2, padding: "same" }),
        layers.dropout({ rate: 0.5 }),
        layers.flatten(),
        layers.dense({ units: 4, activation: "softmax" }),
      ),
    [10, 10, 3],
  ],
  "convolutions by channel": [
    () =>
      image(
        layers.depthwiseConv2d({ inputShape: [9, 9, 3], kernelSize: 3, depthMultiplier: 2, padding: "same" }),
        layers.reLU({ maxValue: 6 }),
        layers.separableConv2d({ filters: 5, kernelSize: 3, padding: "same" }),
        layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "valid" }),
        layers.globalMaxPooling2d({}),
        layers.dense({ units: 4, activation: "softmax" }),
      ),
    [9, 9, 3],
  ],
  "transposed convolution and upsampling": [
    () =>
      image(
        layers.conv2dTranspose({
          inputShape: [4, 4, 2],
          filters: 3,
          kernelSize: 3,
          strides: 2,
          padding: "same",
          activation: "relu",
        }),
        layers.upSampling2d({ size: [2, 2] }),
        layers.conv2d({ filters: 2, kernelSize: 3, strides: 2 }),
        layers.zeroPadding2d({ padding: 1 }),
        layers.cropping2D({
          cropping: [
            [1, 0],
            [0, 1],
          ],
        }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ),
    [4, 4, 2],
  ],
  "convolutions in one dimension": [
    () =>
      image(
        layers.conv1d({
          inputShape: [16, 2],
          filters: 4,
          kernelSize: 3,
          dilationRate: 2,
          activation: "relu",
        }),
        layers.maxPooling1d({ poolSize: 2 }),
        layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, padding: "same", activation: "tanh" }),
        layers.flatten(),
        layers.dense({ units: 3, activation: "softmax" }),
      ),
    [16, 2],
  ],
  "convolutions in three dimensions": [
    () =>
      image(
        layers.conv3d({
          inputShape: [5, 6, 6, 2],
          filters: 3,
          kernelSize: 3,
          padding: "same",
          activation: "relu",
        }),
        layers.maxPooling3d({ poolSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ),
    [5, 6, 6, 2],
  ],
  residual: [residual, [8, 8, 3]],
  "a pool beside a convolution": [poolBesideConvolution, [9, 7, 2]],
  lstm: [
    () =>
      image(
        layers.lstm({ inputShape: [6, 4], units: 5, returnSequences: true }),
        layers.bidirectional({ layer: layers.lstm({ units: 4 }) as tf.RNN, mergeMode: "concat" }),
        layers.dense({ units: 3, activation: "softmax" }),
      ),
    [6, 4],
  ],
  "dense at each time": [
    () =>
      image(
        layers.timeDistributed({ inputShape: [4, 5], layer: layers.dense({ units: 3, activation: "relu" }) }),
        layers.layerNormalization({}),
        layers.flatten(),
        layers.dense({ units: 3, activation: "softmax" }),
      ),
    [4, 5],
  ],
  "several inputs": [severalInputs, [5], [6, 2]],
};

describe("compiled = eager", () => {
  it.each(Object.keys(models))("%s", async (name) => {
    const [make, ...shapes] = models[name] as (typeof models)[string];
    const model = randomise(make(), 11);
    const compiled = asModel(model, { engine: "compiled" });
    const eager = asModel(model);
    for (const rows of [1, 2, 7]) {
      const arrays = shapes.map((shape, i) => normals(rows * 10 + i, [rows, ...shape]));
      const x = arrays.length === 1 ? (arrays[0] as NdArray) : arrays;
      for (const [method, options] of [
        [saliency, {}],
        [saliency, { explain: "probability", target: 0 }],
        [integratedGradients, { steps: 7 }],
      ] as const) {
        const [a, b] = [
          await method(compiled, x, options as never),
          await method(eager, x, options as never),
        ];
        expect(a.engine).toBe("compiled");
        expect(a.target).toEqual(b.target);
        a.parts.forEach((part, i) => {
          // The gradient of a probability near 1 is a difference of almost equal numbers.
          const tolerance = "explain" in options ? 1e-4 : 1e-5;
          expect(relativeDifference(part.values.data, b.parts[i]?.values.data as Float32Array)).toBeLessThan(
            tolerance,
          );
        });
        a.score.forEach((score, i) => {
          expect(Math.abs(score - (b.score[i] as number))).toBeLessThan(1e-5 * Math.max(1, Math.abs(score)));
        });
      }
    }
    model.dispose();
  });

  it("a GraphModel", async () => {
    const float = { type: "DT_FLOAT" };
    const net = await graphModel(
      [
        placeholder("image", [-1, 4, 4, 1]),
        convolution("conv", "image", "filter"),
        { name: "relu", op: "Relu", input: ["conv"], attr: { T: float } },
        { name: "flat", op: "Reshape", input: ["relu", "shape"], attr: { T: float } },
        {
          name: "logits",
          op: "MatMul",
          input: ["flat", "w"],
          attr: { T: float, transpose_a: { b: false }, transpose_b: { b: false } },
        },
        { name: "probabilities", op: "Softmax", input: ["logits"], attr: { T: float } },
      ],
      {
        filter: tf.tensor(normals(1, [3, 3, 1, 2]).data, [3, 3, 1, 2]),
        shape: tf.tensor1d([-1, 32], "int32"),
        w: tf.tensor(normals(2, [32, 3]).data, [32, 3]),
      },
    );
    const x = normals(3, [3, 4, 4, 1]);
    const a = await integratedGradients(net, x, { engine: "compiled" });
    const b = await integratedGradients(net, x);
    expect(a.engine).toBe("compiled");
    expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-5);
    net.dispose();
  });

  it("a transformer written as a function", async () => {
    const w = (seed: number, shape: number[]): tf.Tensor => tf.tensor(normals(seed, shape, 0.4).data, shape);
    const [wq, wk, wv, wo, w1, w2] = [1, 2, 3, 4]
      .map((s) => w(s, [8, 8]))
      .concat([w(5, [8, 16]), w(6, [16, 8])]) as tf.Tensor2D[];
    const heads = (x: tf.Tensor, matrix: tf.Tensor2D): tf.Tensor =>
      tf
        .matMul(x.reshape([-1, 8]), matrix)
        .reshape([x.shape[0] as number, 6, 2, 4])
        .transpose([0, 2, 1, 3]);
    const normal = (x: tf.Tensor): tf.Tensor => {
      const { mean, variance } = tf.moments(x, -1, true);
      return x.sub(mean).div(variance.add(1e-5).sqrt());
    };
    const transformer = (x: tf.Tensor): tf.Tensor => {
      const scores = tf.softmax(
        tf.matMul(heads(x, wq as tf.Tensor2D), heads(x, wk as tf.Tensor2D), false, true).div(2),
      );
      const attended = tf
        .matMul(scores, heads(x, wv as tf.Tensor2D))
        .transpose([0, 2, 1, 3])
        .reshape([-1, 8]);
      const h = normal(x.add(tf.matMul(attended, wo as tf.Tensor2D).reshape(x.shape)));
      const inner = tf.matMul(h.reshape([-1, 8]), w1 as tf.Tensor2D);
      const gelu = inner.mul(tf.erf(inner.div(Math.SQRT2)).add(1)).mul(0.5);
      return normal(h.add(tf.matMul(gelu, w2 as tf.Tensor2D).reshape(x.shape))).mean(1);
    };
    const x = normals(9, [3, 6, 8]);
    const a = await integratedGradients(asModel(transformer, { engine: "compiled" }), x, { target: 2 });
    const b = await integratedGradients(asModel(transformer), x, { target: 2 });
    expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-5);
  });
});
