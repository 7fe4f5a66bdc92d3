import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { type AnyMethod, deconvolution, gradCam, guidedBackprop, guidedGradCam, saliency } from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Guided backpropagation, deconvolution and guided Grad-CAM: which operations count as rectifiers, and what becomes of others. */
const engines = ["eager", "compiled"] as const;
const cnn = smallCnn(31);
const images = normals(31, [2, 4, 4, 2]);
afterAll(() => cnn.dispose());

const [w1, w2] = [tf.tensor2d(normals(1, [3, 6]).data, [3, 6]), tf.tensor2d(normals(2, [6, 2]).data, [6, 2])];
const x = normals(3, [4, 3]);
/** One function, whose rectifier is spelled in several ways. */
const through = (rectifier: (h: tf.Tensor) => tf.Tensor) => (t: tf.Tensor2D) =>
  rectifier(t.matMul(w1)).matMul(w2);
const spellings: Record<string, (h: tf.Tensor) => tf.Tensor> = {
  relu: tf.relu,
  "a maximum with zero": (h) => tf.maximum(h, 0),
  "clipped far above": (h) => tf.clipByValue(h, 0, 1e6),
  "relu twice": (h) => tf.relu(tf.relu(h)),
  "a minimum behind": (h) => tf.minimum(tf.relu(h), 1e6),
};

describe.each(engines)("on the %s engine", (engine) => {
  it.each(Object.entries(spellings))("rectifiers are known by what they do: %s", async (_, rectifier) => {
    for (const [method, derivative] of [
      [guidedBackprop, true],
      [deconvolution, false],
    ] as const) {
      const map = await method(through(rectifier), x, { target: 1, engine });
      const expected = tf.tidy(() => {
        const h = tf.tensor2d(x.data, [4, 3]).matMul(w1);
        const led = w2.slice([0, 1], [6, 1]).transpose().relu();
        const passed = derivative ? h.greater(0).cast("float32").mul(led) : tf.ones(h.shape).mul(led);
        return (passed as tf.Tensor2D).matMul(w1, false, true).dataSync();
      });
      expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-5);
      expect(map.warnings).toEqual([]);
    }
  });

  it.each<[string, AnyMethod, string]>([
    ["guidedBackprop", guidedBackprop, "guided"],
    ["deconvolution", deconvolution, "deconvolution"],
  ])("%s is the plain gradient at smooth operations, which it names", async (_, method, rule) => {
    const smooth = smallCnn(8, "tanh");
    const map = await method(smooth, images, { target: 0, engine });
    const gradient = await saliency(smooth, images, { target: 0, engine });
    expect(relativeDifference(map.values.data, gradient.values.data)).toBeLessThan(1e-5);
    expect(map.warnings).toEqual([
      `the rule ${rule} is the plain gradient at Tanh of layer "conv": it says nothing of those`,
    ]);
    // Of a graph that was made before the same is said.
    expect((await method(smooth, images, { target: 1, engine })).warnings).toEqual(map.warnings);
    smooth.dispose();
  });

  it("guidedGradCam is the product of its two", async () => {
    const guidedMap = await guidedBackprop(cnn, images, { target: 1, engine });
    const cam = await gradCam(cnn, images, { target: 1, engine, layer: "conv", relu: true });
    const fine = await gradCam(cnn, images, { target: 1, engine, layer: "conv", relu: true, upsample: true });
    const nearest = (row: number, i: number, j: number): number =>
      cam.values.data[9 * row + 3 * Math.floor((3 * i) / 4) + Math.floor((3 * j) / 4)]!;
    for (const interpolation of ["linear", "nearest"] as const) {
      const map = await guidedGradCam(cnn, images, { target: 1, engine, interpolation, camLayer: "conv" });
      const expected = guidedMap.values.data.map((value, k) => {
        const [row, position] = [Math.floor(k / 32), Math.floor((k % 32) / 2)];
        const weight =
          interpolation === "linear"
            ? fine.values.data[16 * row + position]!
            : nearest(row, Math.floor(position / 4), position % 4);
        return value * weight;
      });
      expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-5);
    }
    const chosen = await guidedGradCam(cnn, images, { target: 1, engine });
    const named = await guidedGradCam(cnn, images, { target: 1, engine, camLayer: "conv" });
    expect(chosen.values).toEqual(named.values);
  });
});

it("what changes with the implementation: two units that cancel out are seen by guided backpropagation", async () => {
  // relu(2x) − relu(x) − relu(x) is zero everywhere.
  const nothing = (t: tf.Tensor2D): tf.Tensor =>
    tf.sub(tf.relu(t.mul(2)), tf.relu(t).add(tf.relu(t))).sum(1, true);
  const plain = await saliency(nothing, [[1, 2]], { target: 0 });
  expect(Array.from(plain.values.data)).toEqual([0, 0]);
  for (const method of [guidedBackprop, deconvolution] as const) {
    const map = await method(nothing, [[1, 2]], { target: 0 });
    expect(Array.from(map.values.data)).toEqual([2, 2]);
    expect(method.meta.axioms).not.toContain("implementation invariance");
  }
});

describe("guidedGradCam refuses", () => {
  const mlp = smallMlp(1);
  afterAll(() => mlp.dispose());
  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      "a layer without positions",
      () => guidedGradCam(cnn, images, { camLayer: "flat" }),
      /guidedGradCam\(\): expected a camLayer with 2 axes of positions, as what is explained, got "flat" with 0/,
    ],
    ["an unknown layer", () => guidedGradCam(cnn, images, { camLayer: "con" }), /nearest: "conv"/],
    ["no name", () => guidedGradCam(cnn, images, { camLayer: 3 as never }), /layer to be a name/],
    ["a net without positions", () => guidedGradCam(mlp, [[1, 2, 3, 4]]), /candidates: "hidden", "head"/],
    [
      "an interpolation of no name",
      () => guidedGradCam(cnn, images, { interpolation: "cubic" as never }),
      /interpolation to be a known name/,
    ],
  ])("%s", async (_, act, message) => {
    await expect(act()).rejects.toThrow(message);
  });
});
