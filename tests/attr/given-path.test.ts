import type * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { integratedGradients, type NdArray, ndarray } from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Integrated gradients along a path that the user gives. */
const mlp = smallMlp(61, 4, "tanh");
const cnn = smallCnn(61, "tanh");
afterAll(() => {
  mlp.dispose();
  cnn.dispose();
});
const x = normals(61, [4]);
const mixed = (a: NdArray, b: NdArray, alpha: number): NdArray =>
  ndarray(
    a.data.map((value, i) => value + alpha * (b.data[i]! - value)),
    a.shape,
  );
const zeros = ndarray([0, 0, 0, 0], [4]);

describe.each(["eager", "compiled"] as const)("on the %s engine", (engine) => {
  const asked = { target: 1, engine } as const;

  it("of the straight path's points it is the straight path", async () => {
    const straight = await integratedGradients(mlp, x, { ...asked, steps: 60 });
    const points = await integratedGradients(mlp, x, {
      ...asked,
      steps: 60,
      path: [zeros, mixed(zeros, x, 0.3), mixed(zeros, x, 0.7), x],
    });
    expect(relativeDifference(points.values.data, straight.values.data)).toBeLessThan(1e-4);
    const byFunction = await integratedGradients(mlp, x, {
      ...asked,
      steps: 60,
      path: (alpha) => mixed(zeros, x, alpha * alpha),
    });
    expect(relativeDifference(byFunction.values.data, straight.values.data)).toBeLessThan(1e-3);
  });

  it("is complete along any path, and differs from path to path", async () => {
    const detour = ndarray([2, -1, 0.5, 1], [4]);
    const straight = await integratedGradients(mlp, x, asked);
    const around = await integratedGradients(mlp, x, { ...asked, path: [zeros, detour, x] });
    expect(Math.abs(around.convergenceDelta[0]!)).toBeLessThan(1e-4);
    expect(relativeDifference(around.values.data, straight.values.data)).toBeGreaterThan(0.01);
    expect(around.options.path).toMatch(/path of 3 points/);
    expect((await around.again()).values).toEqual(around.values);
  });

  it("of a product is known: each factor gets what it adds when it comes", async () => {
    const product = (t: tf.Tensor2D): tf.Tensor => t.slice([0, 0], [-1, 1]).mul(t.slice([0, 1], [-1, 1]));
    const path = [
      [0, 0],
      [3, 0],
      [3, 2],
    ].map((point) => ndarray(point, [2]));
    const map = await integratedGradients(product, [[3, 2]], { target: 0, engine, path });
    expect(Array.from(map.values.data, (value) => Math.round(value * 1e4) / 1e4)).toEqual([0, 6]);
  });

  it("explains several examples, and a layer in its own space", async () => {
    const images = normals(62, [2, 4, 4, 2]);
    const nothing = { data: new Float32Array(64), shape: [2, 4, 4, 2] };
    const both = await integratedGradients(cnn, images, { ...asked, path: [nothing, images] });
    const straight = await integratedGradients(cnn, images, asked);
    expect(relativeDifference(both.values.data, straight.values.data)).toBeLessThan(1e-5);
  });
});

describe("integratedGradients refuses a path", () => {
  it.each<[string, object, RegExp]>([
    ["that is none", { path: 3 }, /path to be a function of α or a list of at least two points, got 3/],
    ["of one point", { path: [x] }, /a list of at least two points/],
    [
      "that does not start at the baseline",
      { path: [x, x] },
      /path to start at the baseline, got a distance of/,
    ],
    ["that does not end at x", { path: [zeros, zeros] }, /path to end at x, got a distance of/],
    [
      "of another shape",
      {
        path: [
          [0, 0],
          [1, 1],
        ],
      },
      /points of path in the shape of x, \[4\]/,
    ],
    ["beside a tolerance", { path: [zeros, x], tolerance: 0.01 }, /no tolerance beside a path/],
    ["whose course is kept", { path: [zeros, x], keepPath: true }, /no keepPath beside a path/],
    ["of mean gradients", { path: [zeros, x], multiplyByInputs: false }, /no multiplyByInputs beside a path/],
  ])("%s", async (_, options, message) => {
    await expect(integratedGradients(mlp, x, options)).rejects.toThrow(message);
  });
});
