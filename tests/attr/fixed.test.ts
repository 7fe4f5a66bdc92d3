import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  asModel,
  dataset,
  deepLift,
  idgi,
  integratedGradients,
  saliency,
  smoothGrad,
  varGrad,
} from "../../src";
import { normals, relativeDifference } from "../models";

/** Inputs that are held at x: no noise, no baseline, no part. */

/** F = Σ x · scale + y². */
const product = (x: tf.Tensor2D, scale: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor =>
  x.mul(scale).sum(1, true).add(y.square().sum(1, true));
const facts = { inputs: ["x", "scale", "y"] };
const input = { x: [[1, 2, 3]], scale: [[4, -5, 6]], y: [[2]] };

describe.each(["eager", "compiled"] as const)("fixed on the %s engine", (engine) => {
  const net = asModel(product, { ...facts, engine });

  it("leaves SmoothGrad of Σ x·scale exactly at scale", async () => {
    const map = await smoothGrad(net, input, { fixed: ["scale", "y"], samples: 7 });
    expect(map.parts.map(({ name }) => name)).toEqual(["x"]);
    expect(Array.from(map.values.data)).toEqual([4, -5, 6]);
    expect(map.options.fixed).toEqual(["scale", "y"]);
    expect(
      Array.from((await varGrad(net, input, { fixed: "scale", samples: 7 })).parts[0]!.values.data),
    ).toEqual([0, 0, 0]);
  });

  it("holds an input at x in path methods and rules", async () => {
    for (const method of [integratedGradients, idgi, deepLift]) {
      const map = await method(net, input, { fixed: 1, baseline: { x: [[0, 0, 0]], y: [[1]] } });
      expect(map.baselineScore).toEqual([1]);
      expect(map.parts.map(({ name }) => name)).toEqual(["x", "y"]);
      expect(Math.abs(map.convergenceDelta[0]!)).toBeLessThan(1e-4);
    }
    const exact = await integratedGradients(net, input, { fixed: "scale" });
    expect(Array.from(exact.parts[0]!.values.data)).toEqual([4, -10, 18].map((v) => expect.closeTo(v, 4)));
    const drawn = await integratedGradients(net, input, {
      fixed: ["scale"],
      baseline: dataset({
        x: [
          [0, 0, 0],
          [1, 1, 1],
        ],
        scale: [
          [9, 9, 9],
          [8, 8, 8],
        ],
        y: [[0], [0]],
      }),
    });
    expect(Array.from(drawn.parts[0]!.values.data)).toEqual([2, -7.5, 15].map((v) => expect.closeTo(v, 4)));
  });

  it("is kept by again(), and by a layer's map", async () => {
    const map = await smoothGrad(net, input, { fixed: "scale", samples: 3 });
    expect((await map.again()).parts).toEqual(map.parts);
  });
});

it("takes an input that cannot be explained out of the question", async () => {
  const masked = (x: tf.Tensor2D, mask: tf.Tensor2D): tf.Tensor => x.mul(mask.cast("float32")).sum(1, true);
  const net = asModel(masked, { inputs: ["x", { name: "mask", dtype: "int32" }] });
  const at = { x: [[1, 2]], mask: [[1, 0]] };
  const map = await saliency(net, at, { fixed: "mask" });
  expect(map.parts.map(({ values }) => Array.from(values.data))).toEqual([[1, 0]]);
  expect(map.warnings).toEqual([]);
  // Not asked for, it is held all the same, and the result says so.
  const held = await saliency(net, at);
  expect(held.parts).toEqual(map.parts);
  expect(held.options).toEqual(map.options);
  expect(held.warnings.join()).toContain('input "mask" is held at x');
  const alone = asModel((x: tf.Tensor2D) => x.cast("float32").sum(1), {
    inputs: [{ name: "x", dtype: "int32" }],
  });
  await expect(saliency(alone, [[1, 2]])).rejects.toThrow('input "x" to be of float numbers');
});

describe("fixed refuses", () => {
  const net = asModel(product, facts);
  it.each([
    ["an unknown name", { fixed: "scal" }, /nearest: "scale"/],
    ["a number beyond the inputs", { fixed: 3 }, /fixed/],
    [
      "all inputs",
      { fixed: ["x", "scale", "y"] },
      /an input that is not fixed, got all of "x", "scale", "y"/,
    ],
  ])("%s", async (_, options, message) => {
    await expect(saliency(net, input, options)).rejects.toThrow(message);
  });
});

describe("reduce", () => {
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 5, name: "emb" }),
      tf.layers.globalAveragePooling1d({}),
      tf.layers.dense({ units: 3, name: "head" }),
    ],
  });
  afterAll(() => model.dispose());
  const tokens = [[1, 2, 3, 4, 5]];

  it("sums a token's vector, or takes its mean or length", async () => {
    const vectors = (await saliency(model, tokens, { layer: "emb" })).values.data;
    const perToken = (f: (vector: Float32Array) => number): number[] =>
      Array.from({ length: 5 }, (_, t) => f(vectors.slice(4 * t, 4 * t + 4)));
    const sum = (vector: Float32Array): number => vector.reduce((a, b) => a + b, 0);
    const expected = {
      sum: perToken(sum),
      mean: perToken((vector) => sum(vector) / 4),
      norm: perToken((vector) => Math.hypot(...vector)),
    };
    for (const reduce of ["sum", "mean", "norm"] as const) {
      const map = await saliency(model, tokens, { reduce });
      expect(relativeDifference(map.values.data, expected[reduce])).toBeLessThanOrEqual(1e-5);
      expect(map.options.reduce).toBe(reduce);
    }
    // Lengths, but where the parts add up.
    expect((await saliency(model, tokens)).options.reduce).toBe("norm");
    for (const method of [integratedGradients, deepLift, idgi])
      expect((await method(model, tokens)).options.reduce).toBe("sum");
    const mean = integratedGradients.with({ multiplyByInputs: false });
    expect((await mean(model, tokens)).options.reduce).toBe("norm");
    await expect(saliency(model, tokens, { reduce: "max" as never })).rejects.toThrow(/reduce/);
  });
});

it("says nothing of reduce where there are no tokens", async () => {
  const map = await saliency((x: tf.Tensor2D) => x.sum(1), normals(1, [1, 3]), { reduce: "norm" });
  expect(map.options).not.toHaveProperty("reduce");
});
