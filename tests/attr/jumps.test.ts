/** What no number of steps can mend: scores that jump along the path, and differences below the rounding of the scores. */
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { integratedGradients, type NdArray } from "../../src";

const engine = "eager" as const;
const column = (x: tf.Tensor2D, k: number): tf.Tensor2D => x.slice([0, k], [-1, 1]);
/** Σ x, and `height` more where the first feature is above `threshold`. */
const stepAt =
  (threshold: number, height: number) =>
  (x: tf.Tensor2D): tf.Tensor =>
    x.sum(1, true).add(tf.step(column(x, 0).sub(threshold)).mul(height));
const x = [[1, 0.5, -0.25]];
const both = [undefined, 1e-3] as const;

describe.each(both)("tolerance %s", (tolerance) => {
  const options = { target: 0, engine, ...(tolerance === undefined ? {} : { tolerance }) };
  const explain = (net: (x: tf.Tensor2D) => tf.Tensor, at: number[][] | NdArray = x) =>
    integratedGradients(net, at, options);

  it.each([
    ["a threshold", stepAt(0.3, 2), 0.3, 2],
    [
      "a choice of the larger",
      (v: tf.Tensor2D) =>
        tf.where(column(v, 0).greater(column(v, 1).add(0.3)), tf.scalar(5), tf.scalar(0)).add(v.sum(1, true)),
      0.6,
      5,
    ],
    [
      "an index of the largest",
      (v: tf.Tensor2D) =>
        tf
          .oneHot(tf.concat([column(v, 0), tf.fill([v.shape[0], 1], 0.7)], 1).argMax(1), 2)
          .cast("float32")
          .slice([0, 0], [-1, 1])
          .mul(-3)
          .add(v.sum(1, true)),
      0.7,
      3,
    ],
    [
      "rounding to whole numbers",
      (v: tf.Tensor2D) => column(v, 0).mul(0.9).round().mul(4).add(v.sum(1, true)),
      0.5 / 0.9,
      4,
    ],
    ["right before x", stepAt(1 - 1e-7, 3), 1, 3],
  ] as const)("names the jump of %s, its place and its height", async (_, net, alpha, height) => {
    const map = await explain(net as (x: tf.Tensor2D) => tf.Tensor);
    const text = map.warnings.join(" | ");
    const [, by, at] = /by ([\d.]+) at α = ([\d.]+)/.exec(text) ?? [];
    expect(Number(by)).toBeCloseTo(height, 2);
    expect(Number(at)).toBeCloseTo(alpha, 2);
    expect(text).not.toMatch(/raise|give a tolerance|was not reached/);
    expect(map.passes.backward).toBeLessThanOrEqual(200);
    // All but the jump is attributed.
    expect(map.convergenceDelta[0]!).toBeCloseTo(-(map.score[0]! - map.baselineScore[0]! - 1.25), 2);
  });

  it("names the examples that it is so of, and the largest", async () => {
    const map = await explain(stepAt(0.3, 2), [
      [1, 0.5, -0.25],
      [0.1, 1, 1],
      [0.6, 0, 0],
    ]);
    expect(map.warnings.join()).toMatch(/jumps along the path for example 0, 2, by 2.00 at α = 0\.[35]00/);
  });

  it("says nothing of what is steep, has kinks, or has no finite slope at its end", async () => {
    const steep = (v: tf.Tensor2D): tf.Tensor => column(v, 0).sub(0.3).mul(300).tanh().add(v.sum(1, true));
    const kinks = (v: tf.Tensor2D): tf.Tensor => v.sub(0.1).relu().mul(3).sum(1, true);
    const root = (v: tf.Tensor2D): tf.Tensor => v.abs().sum(1, true).sqrt();
    for (const net of [steep, kinks, root]) expect((await explain(net)).warnings.join()).not.toMatch(/jump/);
  });

  it("a difference below the rounding of F is that, and no reason for steps", async () => {
    const tiny = (v: tf.Tensor2D): tf.Tensor => v.mul(1e-7).sum(1, true).add(1000);
    const small = (v: tf.Tensor2D): tf.Tensor => v.mul(3e-4).sum(1, true).add(1000);
    const even = (v: tf.Tensor2D): tf.Tensor => column(v, 0).mul(column(v, 1).sub(0.5)).add(7);
    for (const net of [tiny, small, even]) {
      const map = await explain(net);
      expect(map.warnings.join()).not.toMatch(/raise|give a tolerance|was not reached|jump/);
      expect(map.passes.backward).toBeLessThanOrEqual(200);
      if (net !== small) expect(map.warnings.join()).toMatch(/the same .*to rounding/);
    }
  });
});

it("several jumps end the refinement, and what is steep still gets its steps", async () => {
  const stairs = (v: tf.Tensor2D): tf.Tensor =>
    [0.1, 0.23, 0.37, 0.51, 0.68, 0.83].reduce<tf.Tensor>(
      (sum, at) => sum.add(tf.step(column(v, 0).sub(at))),
      v.sum(1, true),
    );
  const map = await integratedGradients(stairs, x, { target: 0, engine, tolerance: 1e-3 });
  expect(map.warnings.join()).toMatch(/jumps along the path, by 1.00/);
  expect(map.passes.backward).toBeLessThanOrEqual(260);
  const steep = (v: tf.Tensor2D): tf.Tensor => column(v, 0).sub(0.3).mul(2000).tanh().add(v.sum(1, true));
  const reached = await integratedGradients(steep, x, { target: 0, engine, tolerance: 1e-3 });
  expect(Math.abs(reached.convergenceDelta[0]!)).toBeLessThan(4e-3);
  expect(reached.warnings).toEqual([]);
});

it("advises no tolerance where there is one, and steps where these help", async () => {
  const curved = (v: tf.Tensor2D): tf.Tensor => v.mul(40).sin().mul(v).sum(1, true);
  const few = await integratedGradients(curved, x, { target: 0, engine, steps: 2 });
  expect(few.warnings.join()).toMatch(/by more than 5 %: raise steps, or give a tolerance/);
  const loose = await integratedGradients(curved, x, { target: 0, engine, tolerance: 0.5, steps: 1 });
  expect(loose.warnings.join()).not.toMatch(/give a tolerance/);
});

it("jumps at random places are found there, with their heights, beside random smooth parts", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0.02, max: 0.98, noNaN: true }),
      fc.double({ min: 0.5, max: 20, noNaN: true }),
      fc.boolean(),
      fc.double({ min: -2, max: 2, noNaN: true }),
      async (threshold, size, down, bend) => {
        const height = down ? -size : size;
        const jump = stepAt(threshold, height);
        const net = (v: tf.Tensor2D): tf.Tensor => jump(v).add(v.mul(bend).tanh().sum(1, true));
        const map = await integratedGradients(net, x, { target: 0, engine, tolerance: 1e-3 });
        const [, by, at] = /by ([\d.]+) at α = ([\d.]+)/.exec(map.warnings.join()) ?? [];
        expect(Math.abs(Number(by) - size)).toBeLessThan(0.01 * size + 1e-3);
        expect(Math.abs(Number(at) - threshold)).toBeLessThan(1e-3);
        expect(map.passes.backward).toBeLessThanOrEqual(200);
      },
    ),
    { numRuns: Number(process.env["GRADLENS_FUZZ"] ?? 15), seed: 18 },
  );
});
