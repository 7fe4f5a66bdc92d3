/** Owen values: Shapley values of features that belong together in a hierarchy. */
import { defineMethod, type Method } from "../attribution";
import { meanGains } from "../attribution/arrivals";
import { coalitionScores } from "../attribution/coalitions";
import {
  checkFeatures,
  type FeatureOptions,
  featureOptions,
  featuresOf,
  onEntries,
} from "../attribution/features";
import {
  checkHierarchy,
  checkPlayers,
  halves,
  type NestedFeatures,
  orderWithin,
  owenTerms,
} from "../attribution/hierarchy";
import { type SamplingOptions, samplingOptions } from "../attribution/sampling";
import { random } from "../random";
import { ndarray } from "../tensor";
import { optionCount } from "./option-rules";

/** Options of `owen`, beside `baseline`. */
export interface OwenOptions extends FeatureOptions, SamplingOptions {
  /**
   * Unions of features: "halves" (default) of halves, positions across their longest axis, features of a list and tokens in
   * their order; or nested lists of numbers of features, such as `[[0, 1], [2, [3, 4]]]`.
   */
  readonly hierarchy: "halves" | NestedFeatures;
  /** Orders that are drawn where there are too many coalitions; `until` may stop them earlier. Default 25. */
  readonly samples: number;
  /** Coalitions that are scored, at most, for exact values; 2048 do for 45 features in halves. Default 2048. */
  readonly exact: number;
}

/**
 * Owen values: each feature's mean contribution over the orders of arrival in which the members of a union come one after the
 * other, in unions within unions.
 *
 * φ_i = mean over such orders π of F(x_{before i in π and i}) − F(x_{before i in π}); for players of one union, Shapley values
 *
 * Shape: that of the input or layer; unit: score. Exact where all coalitions that count are at most `exact`, which for n features
 * in halves are about n²; else by random orders, with a `standardError`. Complete either way: the map sums to F(x) − F(x′), and
 * a union's share is the value that it has as one player. SHAP's partition explainer is the same with halves, and where it runs out of
 * evaluations shares what is left equally. With `dataset(xs)` as baseline, the mean over its rows.
 *
 * Owen: Values of Games with A Priori Unions (1977), doi 10.1007/978-3-642-45494-3_7; Winter: A Value for Cooperative Games
 * with Levels Structure of Cooperation (1989), doi 10.1007/BF01268159.
 */
export const owen: Method<OwenOptions, "complete"> = defineMethod<OwenOptions>(
  {
    name: "owen",
    paper: "Owen 1977, doi 10.1007/978-3-642-45494-3_7; Winter 1989, doi 10.1007/BF01268159",
    axioms: ["completeness", "sensitivity", "missingness", "dummy", "implementation invariance", "linearity"],
    needsBaseline: true,
    gradient: false,
    whenZero: "no feature changes the score in any company",
    passes: ({ samples, exact }, entries) =>
      Math.min(entries ** 2, exact) + 2 + (entries ** 2 > exact ? samples * Math.max(1, entries - 1) : 0),
    options: {
      ...featureOptions,
      ...samplingOptions(25),
      hierarchy: { default: "halves", check: checkHierarchy },
      exact: optionCount("exact", 2048),
    },
    checkShapes: (fn, { groups, hierarchy }, shapes) => {
      const count = checkFeatures(fn, groups, shapes);
      if (hierarchy !== "halves") checkPlayers(fn, hierarchy, count);
    },
  },
  async (p) => {
    const { groups, hierarchy, exact } = p.options;
    const features = featuresOf(p, "owen", groups);
    const { count: n } = features;
    if (hierarchy !== "halves") checkPlayers("owen", hierarchy, n);
    const root = hierarchy === "halves" ? halves(p, features) : hierarchy;
    const needed = owenTerms(root, n, exact);
    if (!needed) {
      const { means, standardErrors } = await meanGains(p, features, (sample) =>
        orderWithin(root, random(p.seed, sample, 7).integer),
      );
      return {
        values: onEntries(p, features, means[0]),
        ...(standardErrors ? { standardError: onEntries(p, features, standardErrors[0]) } : {}),
      };
    }
    const { coalitions, terms } = needed;
    const scores = await coalitionScores(
      p,
      features,
      coalitions.length,
      (k) => (feature) => coalitions[k][feature],
    );
    const values = new Float64Array(p.examples * n);
    for (const { player, weight, with: joined, without } of terms)
      for (let row = 0; row < p.examples; row++)
        values[row * n + player] +=
          weight * (scores[joined * p.examples + row] - scores[without * p.examples + row]);
    return onEntries(p, features, ndarray(values, [p.examples, n]));
  },
);
