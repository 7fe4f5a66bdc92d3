import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type AnyMetric,
  Attribution,
  featureAblation,
  gradCam,
  inputXGradient,
  integratedGradients,
  metrics,
  saliency,
} from "../../src";
import { normals, smallCnn } from "../models";
import { withValues } from "./with-values";

/** Metrics that hide features, on models whose answers are known on paper. */

const weights = [3, -1, 2, 0, 1, -2];
/** F(x) = Σ w ⊙ x: what a feature counts is w ⊙ x, whatever the others are. */
const linear = (x: tf.Tensor2D): tf.Tensor => x.mul(weights).sum(1, true);
const x = [
  [1, 2, -1, 3, 0.5, 1],
  [2, 1, 1, 1, 1, -1],
];
const truth = (row: number): number[] => weights.map((w, i) => w * x[row][i]);

const of = async (
  metric: AnyMetric,
  map: Attribution,
  options: object = {},
): Promise<(number | undefined)[]> => [...(await metric(linear, map, options)).values];

describe("a linear model", () => {
  it("is what its map says, by every correlation", async () => {
    const map = await inputXGradient(linear, x, { target: 0 });
    for (const metric of [
      metrics.faithfulnessCorrelation,
      metrics.faithfulnessEstimate,
      metrics.sensitivityN,
    ])
      for (const value of await of(metric, map)) expect(value).toBeCloseTo(1, 5);
    for (const value of await of(metrics.infidelity, map)) expect(value).toBeCloseTo(0, 8);
    const gradient = await saliency(linear, x, { target: 0 });
    for (const value of await of(metrics.infidelity, gradient)) expect(value).toBeCloseTo(0, 8);
    const [, second] = await of(metrics.monotonicityCorrelation, gradient, { samples: 400 });
    // w² E(u − x)², u uniform on [−1, 2]: 27, 1, 4, 0, 1, 12 but for the variance; ranks as |w| but for two ties.
    expect(second).toBeGreaterThan(0.95);
  });

  it("has the curves that one draws by hand", async () => {
    const map = await inputXGradient(linear, x, { target: 0 });
    const shares = truth(0).sort((a, b) => b - a);
    const total = shares.reduce((a, b) => a + b, 0);
    const falling = [total, ...shares.map((_, k) => shares.slice(k + 1).reduce((a, b) => a + b, 0))];
    const area = (curve: number[]): number =>
      curve.slice(1).reduce((sum, y, k) => sum + (y + curve[k]) / 2 / shares.length, 0);
    const deletion = await metrics.deletion(linear, map);
    deletion.curve!.values[0].forEach((score, k) => {
      expect(score).toBeCloseTo(falling[k], 5);
    });
    expect(deletion.values[0]).toBeCloseTo(area(falling), 5);
    const insertion = await metrics.insertion(linear, map);
    expect(insertion.values[0]).toBeCloseTo(area(falling.map((score) => total - score)), 5);
    const flips = falling.slice(1);
    const [mean] = await of(metrics.pixelFlipping, map);
    expect(mean).toBeCloseTo(flips.reduce((a, b) => a + b, 0) / flips.length, 5);
    const [quantus] = await of(metrics.pixelFlipping, map, { form: "quantus" });
    expect(quantus).toBeCloseTo(area(flips) * shares.length, 5);
    const [aopc] = await of(metrics.regionPerturbation, map);
    expect(aopc).toBeCloseTo(total - falling.reduce((a, b) => a + b, 0) / falling.length, 5);
    const [lerf] = await of(metrics.regionPerturbation, map, { order: "lerf" });
    expect(lerf).toBeLessThan(aopc!);
    const [area2] = await of(metrics.selectivity, map);
    expect(area2).toBeCloseTo(area(falling), 5);
  });

  it("counts the steps that do not lower the score", async () => {
    const map = await inputXGradient(linear, x, { target: 0 });
    // Sorted by |w x|: 0, 0.5, −2, −2, −2, 3: three steps fall.
    expect(await of(metrics.monotonicity, map)).toEqual([0.5, expect.any(Number)]);
    expect((await of(metrics.monotonicity, map, { form: "quantus" }))[0]).toBe(0);
    const rising = (input: tf.Tensor2D): tf.Tensor => input.abs().sum(1, true);
    const all = await metrics.monotonicity(rising, await inputXGradient(rising, x, { target: 0 }));
    expect(all.values).toEqual([1, 1]);
  });

  it("is not what a constant map says: undefined, never a number made of nothing", async () => {
    const map = withValues(
      await inputXGradient(linear, x, { target: 0 }),
      x.map((row) => row.map(() => 1)),
    );
    for (const metric of [metrics.faithfulnessCorrelation, metrics.faithfulnessEstimate])
      expect(await of(metric, map)).toEqual([undefined, undefined]);
  });

  it("ranks the true map above a random one and its opposite, by every metric of the family", async () => {
    const map = await inputXGradient(linear, x, { target: 0 });
    const random = withValues(
      map,
      [0, 1].map((row) => Array.from(normals(5 + row, [6]).data)),
    );
    const opposite = withValues(
      map,
      [0, 1].map((row) => truth(row).map((a) => -a)),
    );
    const family = [
      metrics.deletion,
      metrics.insertion,
      metrics.pixelFlipping,
      metrics.selectivity,
      metrics.regionPerturbation,
      metrics.faithfulnessCorrelation,
      metrics.faithfulnessEstimate,
      metrics.sensitivityN,
      metrics.infidelity,
    ];
    for (const metric of family) {
      const sign = metric.meta.direction === "higher" ? 1 : -1;
      const [best, other, worst] = [
        await of(metric, map),
        await of(metric, random),
        await of(metric, opposite),
      ];
      for (const row of [0, 1]) {
        expect(sign * best[row]!, metric.meta.name).toBeGreaterThan(sign * other[row]!);
        expect(sign * best[row]!, metric.meta.name).toBeGreaterThan(sign * worst[row]!);
      }
    }
  });
});

describe("what is explained", () => {
  it("stays the class of the map, also where a perturbed copy or another net predicts another", async () => {
    const two = (input: tf.Tensor2D): tf.Tensor => input.slice([0, 0], [-1, 2]);
    const map = await featureAblation(two, [[3, 1]]);
    expect(map.target).toEqual([0]);
    const { curve } = await metrics.deletion(two, map);
    expect(curve!.values).toEqual([[3, 0, 0]]);
    const turned = await metrics.deletion((input: tf.Tensor2D) => two(input).reverse(1), map);
    expect(turned.curve!.values).toEqual([[1, 1, 0]]);
  });

  it("is read from JSON as well, for classes at the input", async () => {
    const map = await integratedGradients(linear, x, { target: 0 });
    const read = Attribution.fromJSON(JSON.stringify(map));
    expect((await metrics.deletion(linear, read)).values).toEqual(
      (await metrics.deletion(linear, map)).values,
    );
  });

  it("is an image under a class activation map, and a layer for a map at a layer", async () => {
    const cnn = smallCnn(21);
    const images = normals(21, [2, 4, 4, 2]);
    const cam = await metrics.insertion(cnn, await gradCam(cnn, images));
    expect(cam.curve!.at).toHaveLength(17);
    const layer = await integratedGradients(cnn, images, { layer: "conv" });
    const { curve } = await metrics.deletion(cnn, layer);
    // Nothing of the layer is left at the end: F is the score at its baseline.
    curve!.values.forEach((values, row) => {
      expect(values[0]).toBeCloseTo(layer.score[row], 5);
      expect(values[values.length - 1]).toBeCloseTo(layer.baselineScore[row], 5);
    });
    cnn.dispose();
  });

  it("keeps the confidence where the map marks what counts, and loses it where it marks the rest", async () => {
    const net = (input: tf.Tensor2D): tf.Tensor => input.slice([0, 0], [-1, 2]).softmax();
    const map = await inputXGradient(net, [[4, 0, 1]], { target: 0 });
    expect((await metrics.averageDrop(net, map)).values[0]).toBeCloseTo(0, 6);
    const wrong = withValues(map, [[0, 0, 1]]);
    const p = Math.exp(4) / (Math.exp(4) + 1);
    const answer = await metrics.averageDrop(net, wrong);
    expect(answer.values[0]).toBeCloseTo((p - 0.5) / p, 5);
    expect((await metrics.averageIncrease(net, wrong)).values).toEqual([0]);
    expect((await metrics.averageGain(net, wrong)).values).toEqual([0]);
    expect((await metrics.averageGain(net, withValues(map, [[0, 0, 0]]))).values).toEqual([undefined]);
  });

  it("is refused where the record does not say it", async () => {
    const map = await integratedGradients(smallCnn(1), normals(1, [1, 4, 4, 2]), { layer: "conv" });
    const read = Attribution.fromJSON(JSON.stringify(map));
    await expect(metrics.deletion(smallCnn(1), read)).rejects.toThrow(
      "deletion(): expected a map made in this session",
    );
  });
});
