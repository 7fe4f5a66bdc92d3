/** Effective complexity: how many features a map rests on. */
import { defineMetric } from "./define-metric";
import { atLeast } from "./measuring/option-rules";
import type { Metric } from "./metric";

/** Options of `effectiveComplexity`. */
export interface EffectiveComplexityOptions {
  /** The share of the largest magnitude above which a feature counts. */
  readonly threshold: number;
}

/**
 * The number of features with |a| > threshold · max |a|, per example.
 *
 * Nguyen, Martínez: On quantitative aspects of model interpretability (2020), arXiv 2007.07584.
 */
export const effectiveComplexity: Metric<EffectiveComplexityOptions> =
  defineMetric<EffectiveComplexityOptions>(
    {
      name: "effectiveComplexity",
      paper: "Nguyen, Martínez 2020, arXiv 2007.07584",
      direction: "lower",
      range: [0, Number.POSITIVE_INFINITY],
      shows: "How many features one has to look at.",
      cannotShow: "A map of few features may leave out others that matter; the threshold decides.",
      options: { threshold: atLeast("threshold", 1e-5) },
    },
    ({ entries, examples, options }) =>
      Array.from({ length: examples }, (_, row) => {
        const magnitudes = entries(row).map(Math.abs);
        const least = options.threshold * magnitudes.reduce((most, a) => Math.max(most, a), 0);
        return magnitudes.filter((a) => a > least).length;
      }),
  );
