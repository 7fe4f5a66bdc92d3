import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  dataset,
  deepLift,
  defineMethod,
  gradientShap,
  integratedGradients,
  saliency,
  shapleySampling,
  share,
  stableRegions,
} from "../../src";
import { studentQuantile } from "../../src/quantiles";
import { mapped } from "../../src/tensor";
import { normals, relativeDifference, smallMlp } from "../models";

/** Wrappers that judge a map: in units of the score's change, and where its sign survives noise. */
const mlp = smallMlp(81, 6, "tanh");
const x = normals(81, [3, 6]);
afterAll(() => mlp.dispose());
const sumOf = (data: Float32Array, row: number): number =>
  data.subarray(6 * row, 6 * row + 6).reduce((sum, value) => sum + value, 0);

describe("share", () => {
  it.each(["eager", "compiled"] as const)(
    "adds up to 1, and keeps what the method says, %s",
    async (engine) => {
      for (const method of [shapleySampling.with({ samples: 3 }), deepLift, integratedGradients] as const) {
        const plain = await (method as typeof deepLift)(mlp, x, { target: 1, engine });
        const map = await share(method as typeof deepLift)(mlp, x, { target: 1, engine });
        for (const row of [0, 1, 2]) {
          expect(Math.abs(sumOf(map.values.data, row) - 1)).toBeLessThan(2e-6);
          const change = plain.score[row]! - plain.baselineScore[row]!;
          const scaled = map.values.data.subarray(6 * row, 6 * row + 6).map((value) => value * change);
          expect(relativeDifference(scaled, plain.values.data.subarray(6 * row, 6 * row + 6))).toBeLessThan(
            1e-5,
          );
        }
        expect(map.quantity).toBe("share of the change of");
      }
    },
  );

  it("says where there is nothing to divide by", async () => {
    const map = await share(integratedGradients)(mlp, x, {
      target: 1,
      baseline: { data: x.data, shape: [3, 6] },
    });
    expect(Array.from(map.values.data).every((value) => value === 0)).toBe(true);
    expect(map.warnings.join()).toMatch(
      /the scores of x and x′ differ too little to divide by for example 0, 1, 2/,
    );
  });

  it("refuses a method without a baseline, and one that draws its own", async () => {
    expect(() => share(saliency)).toThrow(
      "share(): expected a method that compares each example with one baseline, got saliency",
    );
    expect(() => share(gradientShap)).toThrow(/got gradientShap/);
    expect(() => share(undefined as never)).toThrow(/a method/);
    const options = { target: 1, baseline: dataset(normals(5, [4, 6])) };
    const mean = await share(integratedGradients)(mlp, x, options);
    expect(Math.abs(sumOf(mean.values.data, 0) - 1)).toBeLessThan(1e-4);
  });
});

describe("stableRegions", () => {
  /** A map without a sign: its entries are as good as random from copy to copy. */
  const noise = defineMethod({ name: "noise" }, async (p) =>
    p.x.map((at) => mapped(at, (v) => Math.sin(1e5 * v))),
  );

  it("keeps no more than its level of what is noise", async () => {
    const wide = (t: tf.Tensor2D): tf.Tensor => t.sum(1, true);
    const inputs = normals(82, [1, 2000]);
    for (const level of [0.05, 0.2]) {
      const map = await stableRegions(noise, { level })(wide, inputs, { target: 0 });
      const kept = map.values.data.filter((value) => value !== 0).length / 2000;
      expect(kept).toBeLessThan(level + 3 * Math.sqrt((level * (1 - level)) / 2000));
      expect(kept).toBeGreaterThan(level / 3);
    }
  });

  it("keeps what has a sign, with the mean over the copies", async () => {
    const weights = normals(83, [6, 1]);
    const linear = (t: tf.Tensor2D): tf.Tensor => t.matMul(tf.tensor2d(weights.data, [6, 1]));
    const map = await stableRegions(saliency)(linear, x, { target: 0, samples: 4 });
    expect(
      relativeDifference(
        map.values.data,
        [0, 1, 2].flatMap(() => [...weights.data]),
      ),
    ).toBeLessThan(1e-6);
    const tunnel = await stableRegions(saliency, { samples: 8, level: 0.5 })(mlp, x, { target: 1, seed: 4 });
    expect(tunnel.parts[0]!.standardError!.shape).toEqual([3, 6]);
    expect(
      (
        await stableRegions(saliency, { samples: 8, level: 1e-9 })(mlp, x, { target: 1, seed: 4 })
      ).values.data.filter((v) => v !== 0).length,
    ).toBeLessThanOrEqual(tunnel.values.data.filter((v) => v !== 0).length);
  });

  it.each([
    [{ samples: 1 }, /at least 2 samples, got 1/],
    [{ level: 0 }, /level to be a finite number above 0/],
    [{ level: 1 }, /level below 1/],
  ])("refuses %o", async (options, message) => {
    await expect((async () => stableRegions(saliency, options)(mlp, x))()).rejects.toThrow(message);
  });
});

it("Student's quantiles are those of the tables", () => {
  for (const [probability, freedom, expected] of [
    [0.975, 24, 2.0638985616],
    [0.975, 1, 12.7062047362],
    [0.995, 9, 3.2498355416],
    [0.9, 100, 1.2900747613],
  ] as const)
    expect(studentQuantile(probability, freedom)).toBeCloseTo(expected, 7);
});
