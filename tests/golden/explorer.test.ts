import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, type NdArray, ndarray, saliency } from "../../src";

/**
 * The logistic model of the reference explorer (Chism, Gradient Attribution — Interactive Explorer, MIT): values of
 * its own formulas, 50 right Riemann steps, probability of class 1.
 */
const cells = Array.from({ length: 64 }, (_, i) => ({ r: Math.floor(i / 8), c: i % 8 }));
const weights = cells.map(
  ({ r, c }) => 0.28 * (c - 3.5) + 0.82 * Math.exp(-((r - 3.5) ** 2 + (c - 3.5) ** 2) / 5.5),
);
const image = (f: (r: number, c: number) => number): NdArray =>
  ndarray(
    cells.map(({ r, c }) => f(r, c)),
    [8, 8],
  );
const patterns: Record<string, NdArray> = {
  edge: image((_, c) => (c < 4 ? 0.9 : 0.1)),
  circle: image((r, c) => {
    const distance = Math.hypot(r - 3.5, c - 3.5);
    return distance <= 2.2 ? 0.92 : distance <= 2.8 ? 0.45 : 0.06;
  }),
  diagonal: image((r, c) => 1 - (r + c) / 14),
};

function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const uniform = mulberry32(99);
const baselines: Record<string, NdArray> = {
  black: image(() => 0),
  white: image(() => 1),
  noise: image(() => uniform()),
};

const SCORES: Record<string, number> = {
  edge: 0.000499,
  circle: 0.999858,
  diagonal: 0.503211,
  black: 0.46257,
  white: 0.999999,
  noise: 0.996546,
};
const SUMS: [string, string, number, number][] = [
  ["edge", "black", -0.443614, -0.462072],
  ["circle", "black", 0.514847, 0.537288],
  ["diagonal", "black", 0.040643, 0.040641],
  ["edge", "white", -0.999598, -0.9995],
  ["circle", "white", -0.000147, -0.00014],
  ["diagonal", "white", -0.530803, -0.496788],
  ["edge", "noise", -0.995634, -0.996047],
  ["circle", "noise", 0.003208, 0.003312],
  ["diagonal", "noise", -0.507268, -0.493335],
];

const dense = tf.sequential({
  layers: [
    tf.layers.flatten({ inputShape: [8, 8] }),
    tf.layers.dense({
      units: 1,
      activation: "sigmoid",
      weights: [tf.tensor2d(weights, [64, 1]), tf.tensor1d([-0.15])],
    }),
  ],
});
const column = tf.tensor2d(weights, [64, 1]);
const plain = (x: tf.Tensor): tf.Tensor => tf.sigmoid(x.reshape([-1, 64]).matMul(column).add(-0.15));

describe.each([
  ["a LayersModel", dense, 0],
  ["a plain function", plain, 1],
] as const)("the explorer's logistic model as %s", (_, net, batchAxis) => {
  const model = asModel(net, { axes: ["height", "width"] });
  const give = (x: NdArray): NdArray => (batchAxis ? ndarray(x.data, [1, 8, 8]) : x);

  it.each(Object.entries(SCORES))("f(%s)", async (name, expected) => {
    const map = await saliency(model, give({ ...patterns, ...baselines }[name] as NdArray), {
      target: 1,
      explain: "probability",
    });
    expect(Math.abs((map.score[0] as number) - expected)).toBeLessThanOrEqual(5.5e-7);
  });

  it.each(SUMS)("Σ IG of %s against %s", async (pattern, baseline, sum, difference) => {
    const map = await integratedGradients(model, give(patterns[pattern] as NdArray), {
      target: 1,
      explain: "probability",
      rule: "right",
      steps: 50,
      baseline: give(baselines[baseline] as NdArray),
    });
    const total = map.values.data.reduce((a, b) => a + b, 0);
    expect(Math.abs(total - sum)).toBeLessThanOrEqual(1.5e-6);
    expect(Math.abs((map.score[0] as number) - (map.baselineScore?.[0] as number) - difference)).toBeLessThanOrEqual(1.1e-6);
  });

  it("five features that matter most for edge against black", async () => {
    const map = await integratedGradients(model, give(patterns.edge as NdArray), { target: 1, explain: "probability", rule: "right" });
    const order = Array.from(map.values.data.keys()).sort(
      (a, b) => Math.abs(map.values.data[b] as number) - Math.abs(map.values.data[a] as number),
    );
    const top = order.slice(0, 5).map((i) => [Math.floor(i / 8), i % 8]);
    expect(top).toEqual([[0, 0], [7, 0], [1, 0], [6, 0], [2, 0]]);
  });

  it("mean |gradient| of each pattern, and the other class the negative", async () => {
    for (const [name, expected, tolerance] of [["edge", 0.000317, 5.5e-7], ["circle", 9e-5, 5.5e-6], ["diagonal", 0.158762, 5.5e-7]] as const) {
      const one = await saliency(model, give(patterns[name] as NdArray), { target: 1, explain: "probability" });
      const zero = await saliency(model, give(patterns[name] as NdArray), { target: 0, explain: "probability" });
      const mean = one.values.data.reduce((sum, v) => sum + Math.abs(v), 0) / 64;
      expect(Math.abs(mean - expected)).toBeLessThanOrEqual(tolerance);
      const difference = one.values.data.map((v, i) => v + (zero.values.data[i] as number));
      expect(Math.max(...difference.map(Math.abs))).toBeLessThanOrEqual(1e-5 * Math.max(...one.values.data.map(Math.abs)));
    }
  });
});
