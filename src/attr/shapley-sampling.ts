/** Shapley values by sampling: each feature's mean contribution in random orders of arrival. */
import { defineMethod, type Method } from "../attribution";
import { meanGains } from "../attribution/arrivals";
import {
  checkFeatures,
  type FeatureOptions,
  featureOptions,
  featuresOf,
  onEntries,
} from "../attribution/features";
import { orderWithin } from "../attribution/hierarchy";
import { type SamplingOptions, samplingOptions } from "../attribution/sampling";
import { random } from "../random";

/** Options of `shapleySampling`, beside `baseline`. */
export interface ShapleySamplingOptions extends FeatureOptions, SamplingOptions {}

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
      const players = Array.from({ length: features.count }, (_, i) => i);
      const { means, standardErrors } = await meanGains(p, features, (sample) =>
        orderWithin(players, random(p.seed, sample).integer),
      );
      return {
        values: onEntries(p, features, means[0]),
        ...(standardErrors ? { standardError: onEntries(p, features, standardErrors[0]) } : {}),
      };
    },
  );
