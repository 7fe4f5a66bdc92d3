/** Faithfulness correlation: whether random subsets of features count in the map as the score misses them. */
import { defineMetric } from "./define-metric";
import { correlation } from "./measuring/association";
import { mapFeatures } from "./measuring/map-features";
import { whole, wholeOrFitting } from "./measuring/option-rules";
import { type RemovalOptions, removalOptions } from "./measuring/removal-options";
import { subsetEffects } from "./measuring/subsets";
import type { Metric } from "./metric";

/** Options of `faithfulnessCorrelation`. */
export interface FaithfulnessCorrelationOptions extends RemovalOptions {
  /** Subsets drawn. */
  readonly samples: number;
  /** Features of a subset. Default: a quarter of all. */
  readonly subsetSize: number | undefined;
  /** Seed of the subsets. */
  readonly seed: number;
}

/**
 * Pearson's r between Σ_S a and F(x) − F(x without S) over random subsets S of one size. Undefined where either is constant.
 *
 * Bhatt, Weller, Moura: Evaluating and Aggregating Feature-based Model Explanations (2020), arXiv 2005.00631.
 */
export const faithfulnessCorrelation: Metric<FaithfulnessCorrelationOptions> =
  defineMetric<FaithfulnessCorrelationOptions>(
    {
      name: "faithfulnessCorrelation",
      paper: "Bhatt et al. 2020, arXiv 2005.00631",
      direction: "higher",
      range: [-1, 1],
      needs: ["model"],
      shows:
        "1: what the map gives to a set of features is in proportion to what the score loses without it.",
      cannotShow:
        "Few samples of many features say little; a correlation forgets both scale and offset of the map.",
      options: {
        ...removalOptions("entry"),
        samples: whole("samples", 100, 2),
        subsetSize: wholeOrFitting("subsetSize"),
        seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
      },
    },
    ({ ask, map, model, options }) =>
      ask(
        options.samples,
        async (p) => {
          const features = mapFeatures("faithfulnessCorrelation", model, map, p, options.groups);
          const size = Math.min(features.count, options.subsetSize ?? Math.ceil(features.count / 4));
          const sizes = new Array<number>(options.samples).fill(size);
          const effects = await subsetEffects(p, features, sizes, options.seed);
          return effects.map(({ sums, drops }) => correlation(sums, drops));
        },
        options,
      ),
  );
