import * as tf from "@tensorflow/tfjs";
import { beforeAll, expect, it } from "vitest";
import { installCorrections } from "../../../../src/engine/tfjs/corrections";
import { useBackend } from "../../audit/backends";
import { fill } from "../../audit/inputs";

beforeAll(async () => {
  await useBackend("cpu");
  installCorrections(tf);
});

/** The kernels that run, with how often. */
async function kernelCounts(run: () => tf.TensorContainer): Promise<Record<string, number>> {
  const { kernels } = await tf.profile(() => run());
  const counts: Record<string, number> = {};
  for (const { name } of kernels) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function convolutionsWithNorm(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [8, 8, 2], filters: 3, kernelSize: 3, padding: "same" }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.depthwiseConv2d({ kernelSize: 3 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 4 }),
    ],
  });
}

const filterGradients = [
  "Conv2DBackpropFilter",
  "DepthwiseConv2dNativeBackpropFilter",
  "Conv3DBackpropFilterV2",
];

it("computes no filter gradient for the gradient of an input", async () => {
  const model = convolutionsWithNorm();
  const x = tf.tensor(fill("x", [2, 8, 8, 2]), [2, 8, 8, 2]);
  const gradient = tf.grad((t: tf.Tensor) => tf.sum(model.apply(t, { training: false }) as tf.Tensor));
  const counts = await kernelCounts(() => gradient(x));
  expect(counts.Conv2DBackpropInput).toBe(1);
  for (const kernel of filterGradients) expect(counts[kernel]).toBeUndefined();
  tf.dispose(x);
  model.dispose();
});

it("computes one product for the gradient of a dense layer's input", async () => {
  const [a, b] = [tf.tensor(fill("a", [3, 4]), [3, 4]), tf.tensor(fill("b", [4, 2]), [4, 2])];
  const gradient = tf.grad((t: tf.Tensor) => tf.sum(tf.fused.matMul({ a: t, b, bias: tf.tensor1d([1, 2]) })));
  const counts = await kernelCounts(() => gradient(a));
  expect(counts.BatchMatMul).toBe(1);
  tf.dispose([a, b]);
});

it("still computes filter gradients where they are asked for: training", async () => {
  const model = convolutionsWithNorm();
  const x = tf.tensor(fill("x", [2, 8, 8, 2]), [2, 8, 8, 2]);
  const loss = (): tf.Scalar => tf.sum(model.apply(x, { training: true }) as tf.Tensor);
  const counts = await kernelCounts(() => tf.variableGrads(loss).grads);
  expect(counts.Conv2DBackpropFilter).toBe(1);
  expect(counts.DepthwiseConv2dNativeBackpropFilter).toBe(1);
  tf.dispose(x);
  model.dispose();
});

it("follows a filter that itself depends on the input", () => {
  const shape: [number, number, number, number] = [1, 3, 3, 1];
  const x = tf.tensor(fill("hyper", shape), shape);
  const squaredSize = (t: tf.Tensor): tf.Tensor =>
    tf.sum(
      tf.fused.conv2d({ x: t as tf.Tensor4D, filter: tf.reshape(t, [3, 3, 1, 1]), strides: 1, pad: "valid" }),
    );
  const gradient = tf.grad(squaredSize)(x);
  const values = x.dataSync();
  gradient.dataSync().forEach((slope, i) => {
    expect(slope).toBeCloseTo(2 * values[i], 5);
  });
  tf.dispose([x, gradient]);
});

it("leaves a user's own custom gradient alone", () => {
  const tripled = tf.customGrad((x: unknown) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, 3),
  }));
  expect(
    tf.tidy(
      () =>
        tf
          .grad((x: tf.Tensor) => tripled(x))(tf.scalar(5))
          .dataSync()[0],
    ),
  ).toBe(3);
});
