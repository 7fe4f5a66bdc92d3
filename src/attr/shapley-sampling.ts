/** Shapley values by sampling: each feature's mean contribution in random orders of arrival. */
import { defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import {
  checkFeatures,
  type FeatureOptions,
  featureOptions,
  featuresOf,
  onEntries,
} from "../attribution/features";
import { type SamplingOptions, sampledMeans, samplingOptions } from "../attribution/sampling";
import { random } from "../random";
import { ndarray } from "../tensor";

/** Options of `shapleySampling`, beside `baseline`. */
export interface ShapleySamplingOptions extends FeatureOptions, SamplingOptions {}

/** Scores of one question, about. */
const SCORES_AT_ONCE = 256;

/**
 * Shapley values by sampling: features arrive in random orders, and each gets what the score gains when it comes.
 *
 * φ_i ≈ 1/m Σ_π (F(x_{before i in π and i}) − F(x_{before i in π})) over m random orders π
 *
 * Shape: that of the input or layer; unit: score. Each order takes a score per feature. Complete in every sample: the map
 * sums to F(x) − F(x′) exactly, while single entries have the `standardError` that the result carries. With
 * `dataset(xs)` as baseline, the mean over its rows.
 *
 * Castro, Gómez, Tejada: Polynomial calculation of the Shapley value based on sampling (2009).
 */
export const shapleySampling: Method<ShapleySamplingOptions, "complete"> =
  defineMethod<ShapleySamplingOptions>(
    {
      name: "shapleySampling",
      paper: "Castro et al. 2009, doi 10.1016/j.cor.2008.04.004",
      axioms: [
        "completeness",
        "sensitivity",
        "missingness",
        "dummy",
        "implementation invariance",
        "linearity",
      ],
      needsBaseline: true,
      gradient: false,
      whenZero: "no feature changes the score in any company",
      passes: ({ samples }, entries) => samples * Math.max(1, entries - 1) + 2,
      options: { ...featureOptions, ...samplingOptions(25) },
      checkShapes: (fn, { groups }, shapes) => checkFeatures(fn, groups, shapes),
    },
    async (p) => {
      const features = featuresOf(p, "shapleySampling", p.options.groups);
      const { count: n } = features;
      const [all, none] = [await p.score(), await p.score({ points: p.baseline })];
      const gains = async (samples: readonly number[], examples: readonly number[]) => {
        const orders = samples.map((sample) => order(n, random(p.seed, sample).integer));
        // Between nobody and everybody: the first k + 1 of each order are there.
        const arrivals = orders.map(placesIn);
        const scores = await coalitionScores(
          p,
          features,
          samples.length * (n - 1),
          (k) => (feature) => arrivals[Math.floor(k / (n - 1))][feature] <= k % (n - 1),
          { examples },
        );
        const each = examples.length;
        const gained = new Float64Array(samples.length * each * n);
        for (const [s, features] of orders.entries())
          for (const [e, row] of examples.entries()) {
            let before = none[row];
            for (const [k, feature] of features.entries()) {
              const after = k === n - 1 ? all[row] : scores[(s * (n - 1) + k) * each + e];
              gained[(s * each + e) * n + feature] = after - before;
              before = after;
            }
          }
        return [ndarray(gained, [samples.length * each, n])];
      };
      const { means, standardErrors } = await sampledMeans(
        p,
        gains,
        Math.max(1, Math.floor(SCORES_AT_ONCE / n)),
      );
      return {
        values: onEntries(p, features, means[0]),
        ...(standardErrors ? { standardError: onEntries(p, features, standardErrors[0]) } : {}),
      };
    },
  );

/** A random order of 0 … n − 1 (Fisher, Yates). */
function order(n: number, integer: (below: number) => number): number[] {
  const numbers = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = integer(i + 1);
    [numbers[i], numbers[j]] = [numbers[j], numbers[i]];
  }
  return numbers;
}

/** The place of each number in an order. */
function placesIn(order: readonly number[]): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((number, place) => {
    places[number] = place;
  });
  return places;
}
