import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type Attribution,
  inputXGradient,
  integratedGradients,
  metrics,
  ndarray,
  random,
  saliency,
} from "../../src";
import { imputed } from "../../src/metrics/measuring/linear-imputation";
import { superpixels } from "../../src/metrics/measuring/superpixels";
import { normals, smallCnn } from "../models";
import { withValues } from "./with-values";

/** Metrics that impute, cut out segments, blur, shift and ask for other classes: cases whose answer is known. */

const weights = normals(3, [6, 6, 1]).data;
/** Half of what the picture has beyond its mean colour. */
const half = weights.reduce((sum, w) => sum + 0.15 * Math.abs(w) + 0.5 * w, 0);
/** Two classes: the weighted sum of a picture, and a constant. */
const picture = (x: tf.Tensor4D): tf.Tensor => {
  const sum = x.mul(tf.tensor(weights, [1, 6, 6, 1])).sum([1, 2, 3]);
  return tf.stack([sum, sum.zerosLike().add(half)], 1).softmax();
};
const image = ndarray(
  Array.from(weights, (w, i) => 0.3 * Math.sign(w) + 0.5 + 0.1 * Math.sin(7 * i)),
  [1, 6, 6, 1],
);
const truth = (): Promise<Attribution> => inputXGradient(picture, image, { target: 0 });
const opposite = async (): Promise<Attribution> => {
  const map = await truth();
  return withValues(map, [Array.from(map.values.data, (value) => -value)]);
};

describe("imputation from neighbours", () => {
  const ramp = Float64Array.from({ length: 25 }, (_, i) => 2 * Math.floor(i / 5) + (i % 5));
  const zeros = new Float64Array(25);

  it("gives a plane back what was taken out of it", () => {
    const removed = ramp.map((_, i) => Number([6, 7, 12, 17, 18].includes(i)));
    const found = imputed(ramp, removed, [5, 5], zeros, 0, random(1));
    found.forEach((value, i) => {
      expect(value).toBeCloseTo(ramp[i], 4);
    });
  });

  it("adds noise to what was removed alone, and falls back where nothing is left", () => {
    const removed = ramp.map((_, i) => Number(i === 12));
    const noisy = imputed(ramp, removed, [5, 5], zeros, 0.5, random(1));
    expect(Array.from(noisy.filter((value, i) => value !== ramp[i]))).toHaveLength(1);
    expect(
      imputed(
        ramp,
        ramp.map(() => 1),
        [5, 5],
        zeros,
        0,
        random(1),
      ),
    ).toEqual(zeros);
    expect(imputed(ramp, removed, [], zeros, 0, random(1))[12]).toBe(0);
  });
});

it("cuts a picture of two colours along their border", () => {
  const pixels = Array.from({ length: 64 }, (_, i) => (i % 8 < 3 ? 0 : 5));
  const own = superpixels(pixels, [8, 8], 1, 8, 0.5);
  const colours = new Map<number, Set<number>>();
  for (const [i, segment] of own.entries())
    colours.set(segment, (colours.get(segment) ?? new Set()).add(pixels[i]));
  expect(colours.size).toBeGreaterThan(2);
  for (const inSegment of colours.values()) expect(inSegment.size).toBe(1);
});

it("ranks a true map above its opposite, by every metric that hides parts", async () => {
  const [best, worst] = [await truth(), await opposite()];
  for (const metric of [metrics.road, metrics.irof.with({ segments: 12 }), metrics.aic, metrics.sic]) {
    const sign = metric.meta.direction === "higher" ? 1 : -1;
    const [a, b] = [(await metric(picture, best)).values[0]!, (await metric(picture, worst)).values[0]!];
    expect(sign * a, metric.meta.name).toBeGreaterThan(sign * b);
  }
});

describe("road", () => {
  it("measures every batch of a data set, not the first alone", async () => {
    const cnn = smallCnn(21);
    const all = normals(8, [6, 4, 4, 2]);
    const whole = await metrics.road(cnn, await saliency(cnn, all));
    const parts = await Promise.all(
      [0, 2, 4].map(async (from) => {
        const some = ndarray(all.data.slice(32 * from, 32 * (from + 2)), [2, 4, 4, 2]);
        return (await metrics.road(cnn, await saliency(cnn, some))).values;
      }),
    );
    expect(whole.values).toEqual(parts.flat());
    cnn.dispose();
  });

  it("refuses percentages that are none", async () => {
    const map = await truth();
    await expect(metrics.road(picture, map, { percentages: [0, 50] })).rejects.toThrow(
      "percentages to be numbers from 0 to 100",
    );
  });
});

describe("non-sensitivity", () => {
  const net = (x: tf.Tensor2D): tf.Tensor => x.mul([2, 0, 1, 0]).sum(1, true);
  it("counts attributions of what does not matter, and zeros for what does", async () => {
    const map = await saliency(net, [[1, 1, 1, 1]], { target: 0 });
    expect((await metrics.nonSensitivity(net, map)).values).toEqual([0]);
    const wrong = withValues(map, [[2, 1, 0, 0]]);
    expect((await metrics.nonSensitivity(net, wrong)).values).toEqual([0.5]);
    expect((await metrics.nonSensitivity(net, wrong, { form: "count" })).values).toEqual([2]);
  });
});

describe("input invariance", () => {
  const net = (x: tf.Tensor2D): tf.Tensor => x.mul([2, -1, 1]).sum(1, true).square();
  it("holds of a gradient, and not of a product with the input or of a fixed baseline", async () => {
    const x = [[1, 2, 3]];
    expect((await metrics.inputInvariance(net, await saliency(net, x, { target: 0 }))).values[0]).toBeCloseTo(
      0,
      5,
    );
    const product = await metrics.inputInvariance(net, await inputXGradient(net, x, { target: 0 }));
    // x ⊙ g against (x − 1) ⊙ g: the difference is g = 6 (2, −1, 1).
    expect(product.values[0]).toBeCloseTo(Math.sqrt(6 / (4 + 4 + 9)), 5);
    const along = await integratedGradients(net, x, {
      target: 0,
      baseline: (y) =>
        ndarray(
          y.data.map((v) => v - 1),
          y.shape,
        ),
    });
    expect((await metrics.inputInvariance(net, along)).values[0]).toBeCloseTo(0, 4);
    const fixed = await integratedGradients(net, x, { target: 0 });
    expect((await metrics.inputInvariance(net, fixed)).values[0]).toBeGreaterThan(0.1);
  });
});

describe("random logit", () => {
  it("is 1 where classes have one map, and −1 where they are opposites", async () => {
    const both = (x: tf.Tensor2D, sign: number): tf.Tensor => {
      const sum = x.mul([3, -1, 2]).sum(1);
      return tf.stack([sum, sum.mul(sign)], 1);
    };
    for (const sign of [1, -1]) {
      const net = (x: tf.Tensor2D): tf.Tensor => both(x, sign);
      const map = await saliency(net, [[1, 2, 3]]);
      for (const similarity of ["spearman", "pearson", "cosine"] as const)
        expect((await metrics.randomLogit(net, map, { similarity })).values[0]).toBeCloseTo(sign, 6);
    }
  });
});
