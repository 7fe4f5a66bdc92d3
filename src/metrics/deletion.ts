/** Deletion: how fast the score falls as the features go that a map calls most important. */
import { defineMetric } from "./define-metric";
import {
  areaUnder,
  measuredRemoval,
  type OrderedRemovalOptions,
  orderedRemovalOptions,
} from "./measuring/removal-curve";
import type { Metric } from "./metric";

/** Options of `deletion`. */
export type DeletionOptions = OrderedRemovalOptions;

/**
 * The area under F as features take their baseline value, that of the largest attribution first, over the share of features
 * removed, by trapezoids from 0 to 1. Unit: score. The curve is `curve`.
 *
 * Petsiuk, Das, Saenko: RISE (2018), arXiv 1806.07421.
 */
export const deletion: Metric<DeletionOptions> = defineMetric<DeletionOptions>(
  {
    name: "deletion",
    paper: "Petsiuk et al. 2018, arXiv 1806.07421",
    direction: "lower",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows: "How soon the score falls when what the map puts first is taken away.",
    cannotShow:
      "Inputs with parts taken away look like none that the model was trained on; areas of different scores or baselines do not compare.",
    options: orderedRemovalOptions("position"),
  },
  (measured) => measuredRemoval("deletion", measured, { value: areaUnder }),
);
