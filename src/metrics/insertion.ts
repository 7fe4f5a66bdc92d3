/** Insertion: how fast the score rises as the features come back that a map calls most important. */
import { defineMetric } from "./define-metric";
import {
  areaUnder,
  measuredRemoval,
  type OrderedRemovalOptions,
  orderedRemovalOptions,
} from "./measuring/removal-curve";
import type { Metric } from "./metric";

/** Options of `insertion`. */
export type InsertionOptions = OrderedRemovalOptions;

/**
 * The area under F as features of the baseline take their value of the input, that of the largest attribution first, over the
 * share of features put back, by trapezoids from 0 to 1. Unit: score. The curve is `curve`. The paper starts from a blurred
 * image: `baseline: "blur"`.
 *
 * Petsiuk, Das, Saenko: RISE (2018), arXiv 1806.07421.
 */
export const insertion: Metric<InsertionOptions> = defineMetric<InsertionOptions>(
  {
    name: "insertion",
    paper: "Petsiuk et al. 2018, arXiv 1806.07421",
    direction: "higher",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows: "How soon the score is there when what the map puts first is put back.",
    cannotShow:
      "It starts from a baseline that says something of its own; areas of different scores or baselines do not compare.",
    options: orderedRemovalOptions("position"),
  },
  (measured) => measuredRemoval("insertion", measured, { from: "baseline", value: areaUnder }),
);
