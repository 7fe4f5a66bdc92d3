import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { integratedGradients, noiseTunnel } from "../../src";

/** Scores whose paths from zero are known in closed form. */
const scores: Record<string, [(x: tf.Tensor) => tf.Tensor, (x: readonly number[]) => number[]]> = {
  // IG of Σ x³ is x³: Simpson's rule is exact.
  cubes: [(x) => x.pow(3).sum(1, true), (x) => x.map((v) => v ** 3)],
  // |x| is not differentiable at zero, where stock gradients are not a number; IG shares it as x² / |x|.
  norm: [(x) => x.norm("euclidean", 1, true), (x) => x.map((v) => v ** 2 / Math.hypot(...x))],
  // The slope of the root is infinite at zero.
  root: [(x) => x.sum(1, true).sqrt(), (x) => x.map((v) => v / Math.sqrt(x.reduce((a, b) => a + b, 0)))],
  // A kink a third of the way.
  kink: [
    (x) => x.sum(1, true).sub(1).relu(),
    (x) => x.map((v) => v * (1 - 1 / x.reduce((a, b) => a + b, 0))),
  ],
};

describe.each(Object.entries(scores))("adaptive refinement of %s", (_, [score, exact]) => {
  it.each(["eager", "compiled"] as const)("is the integral within its tolerance, %s", async (engine) => {
    const x = [1, 0.5, 1.5];
    const map = await integratedGradients(score, [x], { target: 0, tolerance: 1e-3, engine });
    const right = exact(x);
    for (const [i, value] of map.values.data.entries())
      expect(Math.abs(value - (right[i] as number))).toBeLessThan(2e-3 * Math.max(...right));
    expect(map.warnings).toEqual([]);
  });
});

it("a smooth score takes five evaluations, and a kink more of them where it is", async () => {
  const passes = async (name: string): Promise<number> => {
    const [score] = scores[name] as [(x: tf.Tensor) => tf.Tensor, unknown];
    return (await integratedGradients(score, [[1, 0.5, 1.5]], { target: 0, tolerance: 1e-4 })).passes
      .backward;
  };
  expect(await passes("cubes")).toBe(5);
  expect(await passes("kink")).toBeGreaterThan(5);
});

it("is recorded without the rule and the steps, which a tolerance puts out of use", async () => {
  const [score] = scores.cubes as [(x: tf.Tensor) => tf.Tensor, unknown];
  const options = { target: 0, rule: "left", tolerance: 0.1 } as const;
  for (const method of [integratedGradients, noiseTunnel(integratedGradients, { samples: 2 })]) {
    const map = await method(score, [[1, 0.5, 1.5]], options);
    expect(map.options).toMatchObject({ tolerance: 0.1, multiplyByInputs: true });
    expect(Object.keys(map.options)).not.toContain("rule");
    expect(Object.keys(map.options)).not.toContain("steps");
    const fixed = await method(score, [[1, 0.5, 1.5]], { target: 0, rule: "left" });
    expect(fixed.options).toMatchObject({ rule: "left", steps: 50 });
  }
});
