/** Sparseness: how few features a map rests on. */
import { defineMetric } from "./define-metric";
import type { Metric } from "./metric";

/**
 * The Gini index of |a|, per example: Σ_k (2k − n − 1) |a|_(k) / (n Σ |a|), magnitudes in ascending order, k from 1.
 * 0 where all entries are as large, (n − 1) / n where one of n is all there is; undefined for a map of zeros.
 *
 * Chalasani et al.: Concise Explanations of Neural Networks using Adversarial Training (2020), arXiv 1810.06583.
 */
export const sparseness: Metric = defineMetric(
  {
    name: "sparseness",
    paper: "Chalasani et al. 2020, arXiv 1810.06583",
    direction: "higher",
    range: [0, 1],
    shows: "0: all features count alike; near 1: few features carry the whole map.",
    cannotShow: "A sparse map may leave out features that matter.",
  },
  ({ entries, examples }) =>
    Array.from({ length: examples }, (_, row) => {
      const magnitudes = entries(row).map(Math.abs).sort();
      const { length: n } = magnitudes;
      const total = magnitudes.reduce((sum, a) => sum + a, 0);
      return total === 0
        ? undefined
        : magnitudes.reduce((sum, a, k) => sum + (2 * (k + 1) - n - 1) * a, 0) / (n * total);
    }),
);
