/** Selectivity: the area under the score as patches go, the most relevant first. */
import { defineMetric } from "./define-metric";
import { type PatchOptions, patchOptions } from "./measuring/patch-options";
import { patchFeatures } from "./measuring/patches";
import { areaUnder, measuredRemoval } from "./measuring/removal-curve";
import type { Metric } from "./metric";

/** Options of `selectivity`. */
export type SelectivityOptions = PatchOptions;

/**
 * The area under F as patches are hidden, that of the largest summed attribution first, over the share of patches hidden, by
 * trapezoids from 0 to 1. Unit: score.
 *
 * Montavon, Samek, Müller: Methods for Interpreting and Understanding Deep Neural Networks (2018), arXiv 1706.07979.
 */
export const selectivity: Metric<SelectivityOptions> = defineMetric<SelectivityOptions>(
  {
    name: "selectivity",
    paper: "Montavon et al. 2018, arXiv 1706.07979",
    direction: "lower",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows: "How soon the score falls when the most relevant patches are hidden first.",
    cannotShow: "The order inside a patch does not count, nor what the model makes of inputs with holes.",
    options: patchOptions,
  },
  (measured) =>
    measuredRemoval(
      "selectivity",
      { ...measured, options: { ...measured.options, groups: "entry", featuresInStep: 1 } },
      { features: (p) => patchFeatures(p, measured.options.patchSize), value: areaUnder },
    ),
);
