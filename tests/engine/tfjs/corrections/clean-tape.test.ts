import * as tf from "@tensorflow/tfjs";
import { beforeAll, beforeEach, expect, it } from "vitest";
import {
  disposeFailedTape,
  installCorrections,
  withCleanTape,
} from "../../../../src/engine/tfjs/corrections";
import { useBackend } from "../../audit/backends";

let model: tf.LayersModel;
let x: tf.Tensor;
let tensors: number;

beforeAll(async () => {
  await useBackend("cpu");
  installCorrections(tf);
  model = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [6, 6, 1], filters: 2, kernelSize: 3 }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, activation: "softmax" }),
    ],
  });
  x = tf.ones([2, 6, 6, 1]);
});

beforeEach(() => {
  tensors = tf.memory().numTensors;
});

const score = (t: tf.Tensor): tf.Tensor => tf.sum(model.apply(t) as tf.Tensor);
const noGradient = (t: tf.Tensor): tf.Tensor =>
  tf.sum(tf.engine().runKernel("Bincount", bincount(t), { size: 3 }) as tf.Tensor);
const bincount = (t: tf.Tensor): tf.NamedTensorMap => ({ x: t.flatten().toInt(), weights: t.flatten() });

it.each<[string, () => tf.Tensor, RegExp]>([
  [
    "the forward pass",
    () =>
      tf.grad((t: tf.Tensor) => {
        score(t);
        throw new Error("broken forward");
      })(x),
    /broken forward/,
  ],
  [
    "a gradient function",
    () => {
      const broken = tf.customGrad((t: unknown) => ({
        value: tf.square(t as tf.Tensor),
        gradFunc: (): tf.Tensor => {
          throw new Error("broken gradient");
        },
      }));
      return tf.grad((t: tf.Tensor) => score(broken(t)))(x);
    },
    /broken gradient/,
  ],
  ["a missing gradient", () => tf.grad((t: tf.Tensor) => tf.add(score(t), noGradient(t)))(x), /Bincount/],
  [
    "an output that does not depend on the input",
    () => tf.grad(() => score(tf.zerosLike(tf.ones(x.shape))))(x),
    /Cannot compute gradient/,
  ],
])("an error in %s leaves no tensor and no tape behind", (_name, run, message) => {
  expect(() => withCleanTape(tf, run)).toThrow(message);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(tf.engine().state).toMatchObject({ activeTape: null, gradientDepth: 0, kernelDepth: 0 });
  const gradient = withCleanTape(tf, () => tf.grad(score)(x));
  expect(gradient.shape).toEqual(x.shape);
  gradient.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});

it("hands the result on and disposes of what was made on the way", () => {
  const y = withCleanTape(tf, () => tf.grad((t: tf.Tensor) => tf.sum(tf.square(tf.mul(t, 2))))(x));
  expect(y.dataSync()[0]).toBe(8);
  expect(tf.memory().numTensors).toBe(tensors + 1);
  y.dispose();
});

it("leaves the tape of an outer gradient alone", () => {
  const outer = tf.grad((t: tf.Tensor) => {
    const y = tf.sum(tf.exp(t));
    expect(() =>
      withCleanTape(tf, () => {
        throw new Error("inner");
      }),
    ).toThrow("inner");
    disposeFailedTape(tf);
    return y;
  });
  const gradient = outer(x);
  expect(gradient.dataSync()[0]).toBeCloseTo(Math.E, 5);
  gradient.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
});
