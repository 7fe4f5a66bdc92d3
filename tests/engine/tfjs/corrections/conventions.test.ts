import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  hasZeroGradient,
  installCorrections,
  ZERO_GRADIENT_KERNELS,
} from "../../../../src/engine/tfjs/corrections";
import { useBackend } from "../../audit/backends";

beforeAll(async () => {
  await useBackend("cpu");
  installCorrections(tf);
});

function slopes(f: (x: tf.Tensor) => tf.Tensor, at: number[]): number[] {
  return tf.tidy(() => [...tf.grad(f)(tf.tensor1d(at)).dataSync()]);
}

it.each<[string, (x: tf.Tensor) => tf.Tensor, number[], number[]]>([
  ["relu at 0", tf.relu, [-1, 0, 1], [0, 0, 1]],
  ["relu6 at 0 and 6", tf.relu6, [0, 6, 7], [0, 1, 0]],
  ["leaky relu at 0", (x) => tf.leakyRelu(x, 0.25), [-1, 0, 1], [0.25, 0.25, 1]],
  ["elu at 0", tf.elu, [0, 1], [1, 1]],
  ["abs at 0", tf.abs, [-2, 0, 2], [-1, 0, 1]],
  ["clip at its bounds", (x) => tf.clipByValue(x, -1, 1), [-2, -1, 1, 2], [0, 1, 1, 0]],
  ["max among equals", tf.max, [3, 1, 3], [0.5, 0, 0.5]],
  ["min among equals", tf.min, [3, 1, 1], [0, 0.5, 0.5]],
  ["maximum of equals", (x) => tf.maximum(x, tf.tensor1d([0, 1, 2])), [1, 1, 1], [1, 0.5, 0]],
  ["minimum of equals", (x) => tf.minimum(x, tf.tensor1d([0, 1, 2])), [1, 1, 1], [0, 0.5, 1]],
  ["constant power at 0", (x) => tf.pow(x, tf.scalar(0)), [0, -1, 2], [0, 0, 0]],
  ["square at 0", (x) => tf.pow(x, tf.scalar(2)), [0, -1, 2], [0, -2, 4]],
  ["negative base", (x) => tf.pow(x, tf.scalar(3)), [-2, 0, 2], [12, 0, 12]],
  ["numerator of divNoNan at 0", (x) => tf.divNoNan(x, tf.tensor1d([0, 2, 4])), [1, 1, 0], [0, 0.5, 0.25]],
  ["denominator of divNoNan at 0", (x) => tf.divNoNan(tf.tensor1d([1, 0, 1]), x), [0, 0, 2], [0, 0, -0.25]],
  ["part of integers", (x) => tf.mul(x, tf.split(tf.cast(x, "int32"), [2, 1])[1]), [2, 1, 3], [3, 3, 3]],
  ["slice of integers", (x) => tf.mul(x, tf.unstack(tf.cast(x, "int32"))[1]), [2, 1, 3], [1, 1, 1]],
  ["square root at 0", tf.sqrt, [0, 1], [Number.POSITIVE_INFINITY, 0.5]],
  ["sign, floor, step", (x) => tf.addN([tf.sign(x), tf.floor(x), tf.step(x), x]), [-1, 0, 1.5], [1, 1, 1]],
])("%s", (_name, f, at, expected) => {
  expect(slopes(f, at)).toEqual(expected);
});

it("a norm has no gradient at the zero vector, which shows as NaN", () => {
  expect(slopes((x) => tf.norm(x), [0, 0])).toEqual([Number.NaN, Number.NaN]);
});

it("max pooling gives all to the first of the largest cells", () => {
  tf.tidy(() => {
    const gradient = tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"))(
      tf.ones([1, 2, 2, 1]),
    );
    expect(gradient.sum().dataSync()[0]).toBe(1);
  });
});

it("says which kernels have a gradient of zero almost everywhere", () => {
  for (const kernel of ["Greater", "Floor", "ArgMax", "Sign", "LogicalAnd", "OneHot"]) {
    expect(ZERO_GRADIENT_KERNELS).toContain(kernel);
  }
  for (const kernel of ["Relu", "Cast", "Select", "MaxPool"])
    expect(ZERO_GRADIENT_KERNELS).not.toContain(kernel);
  const cast = (dtype: string): boolean => hasZeroGradient({ kernelName: "Cast", outputs: [{ dtype }] });
  expect(["int32", "bool", "float32"].map(cast)).toEqual([true, true, false]);
  expect(hasZeroGradient({ kernelName: "Less", outputs: [{ dtype: "bool" }] })).toBe(true);
});

it.each([...ZERO_GRADIENT_KERNELS])("%s has a registered gradient", (kernel) => {
  expect(tf.getGradient(kernel)).toBeDefined();
});

it("a complex operation that it cannot follow is an error with its name", () => {
  const f = (x: tf.Tensor): tf.Tensor => tf.real(tf.reverse(tf.complex(x, x), 0));
  expect(() => tf.tidy(() => tf.grad(f)(tf.tensor1d([1, 2])))).toThrow(/Reverse/);
});

it("tensorScatterUpdate leaves its input as it was", () => {
  tf.tidy(() => {
    const x = tf.tensor1d([1, 2, 3]);
    const y = tf.tensorScatterUpdate(x, tf.tensor2d([[1]], [1, 1], "int32"), tf.tensor1d([9]));
    expect([...y.dataSync()]).toEqual([1, 9, 3]);
    expect([...x.dataSync()]).toEqual([1, 2, 3]);
  });
});

describe("where an activation has all but reached its limit, its slope keeps its digits", () => {
  type Slope = (x: number) => number;
  const functions: Record<string, readonly [(x: tf.Tensor) => tf.Tensor, Slope]> = {
    sigmoid: [tf.sigmoid, (x) => 1 / (2 + 2 * Math.cosh(x))],
    tanh: [tf.tanh, (x) => 1 / Math.cosh(x) ** 2],
    elu: [tf.elu, (x) => Math.exp(Math.min(x, 0))],
    softplus: [tf.softplus, (x) => 1 / (1 + Math.exp(-x))],
    softmax: [
      (x) => tf.split(tf.softmax(tf.stack([x, tf.zerosLike(x)], 1)), 2, 1)[0] as tf.Tensor,
      (x) => 1 / (2 + 2 * Math.cosh(x)),
    ],
  };
  it.each(Object.entries(functions))("%s", (_, [f, exact]) => {
    installCorrections(tf);
    const points = [0, 1, 3, 5, 8, 12, 20, 38].flatMap((x) => [-x, x]);
    const slopes = tf.tidy(() => {
      const slope = tf.grad((x: tf.Tensor) => tf.sum(f(x)));
      return Array.from(slope(tf.tensor1d(points)).dataSync());
    });
    slopes.forEach((slope, i) => {
      const right = exact(points[i] as number);
      expect(Math.abs(slope - right) / right).toBeLessThanOrEqual(1e-6);
    });
  });
});
