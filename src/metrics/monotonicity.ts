/** Monotonicity: whether the score rises all the way as features come back, the least important first. */
import { defineMetric } from "./define-metric";
import { oneOf } from "./measuring/option-rules";
import { largestFirst } from "./measuring/removal";
import {
  measuredRemoval,
  type OrderedRemovalOptions,
  orderedRemovalOptions,
} from "./measuring/removal-curve";
import type { Metric } from "./metric";

/** Options of `monotonicity`. */
export interface MonotonicityOptions extends OrderedRemovalOptions {
  /** "share": of steps that do not lower the score; "quantus": 1 where no step does after the first, else 0. */
  readonly form: "share" | "quantus";
}

/**
 * The share of steps in which F does not fall as features of the baseline take their value of the input, the smallest |a| first.
 *
 * Arya et al.: One Explanation Does Not Fit All (2019), arXiv 1909.03012.
 */
export const monotonicity: Metric<MonotonicityOptions> = defineMetric<MonotonicityOptions>(
  {
    name: "monotonicity",
    paper: "Arya et al. 2019, arXiv 1909.03012",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "1: no feature lowers the score when it comes back, the least important first.",
    cannotShow:
      "Where a feature speaks against the target a true map has less than 1, and any order has 1 where all speak for it.",
    options: { ...orderedRemovalOptions("entry"), form: oneOf("form", "share", ["share", "quantus"]) },
  },
  (measured) =>
    measuredRemoval("monotonicity", measured, {
      from: "baseline",
      order: ({ values }) => largestFirst(values.map((mine) => mine.map((value) => -Math.abs(value)))),
      value: (_, scores) => {
        const from = measured.options.form === "quantus" ? 1 : 0;
        const steps = Array.from(scores.subarray(from + 1), (score, k) => score >= scores[from + k]);
        const share = steps.filter((rises) => rises).length / Math.max(1, steps.length);
        return measured.options.form === "share" ? share : Number(steps.every((rises) => rises));
      },
    }),
);
