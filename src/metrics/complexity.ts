/** Complexity: over how many features a map is spread. */
import { defineMetric } from "./define-metric";
import type { Metric } from "./metric";

/**
 * The entropy −Σ p ln p of p = |a| / Σ |a|, per example. 0 where one feature is all there is, ln n where all n count alike;
 * undefined for a map of zeros.
 *
 * Bhatt, Weller, Moura: Evaluating and Aggregating Feature-based Model Explanations (2020), arXiv 2005.00631.
 */
export const complexity: Metric = defineMetric(
  {
    name: "complexity",
    paper: "Bhatt et al. 2020, arXiv 2005.00631",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    shows: "0: one feature carries the map; ln n: all n features count alike.",
    cannotShow: "A simple map may leave out features that matter.",
  },
  ({ entries, examples }) =>
    Array.from({ length: examples }, (_, row) => {
      const magnitudes = entries(row).map(Math.abs);
      const total = magnitudes.reduce((sum, a) => sum + a, 0);
      if (total === 0) return undefined;
      const entropy = magnitudes.reduce(
        (sum, a) => (a > 0 ? sum - (a / total) * Math.log(a / total) : sum),
        0,
      );
      return Math.max(0, entropy);
    }),
);
