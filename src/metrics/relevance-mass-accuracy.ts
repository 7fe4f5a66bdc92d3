/** Relevance mass accuracy: how much of the map lies inside the mask. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, massInside, measuredInside } from "./measuring/masks";
import type { Metric } from "./metric";

/** Options of `relevanceMassAccuracy`. */
export type RelevanceMassAccuracyOptions = MaskOptions;

/**
 * Σ |a| inside the mask / Σ |a|. Undefined for an empty mask and for a map of zeros.
 *
 * Arras, Osman, Samek: CLEVR-XAI (2022), arXiv 2003.07258.
 */
export const relevanceMassAccuracy: Metric<RelevanceMassAccuracyOptions> =
  defineMetric<RelevanceMassAccuracyOptions>(
    {
      name: "relevanceMassAccuracy",
      paper: "Arras et al. 2022, arXiv 2003.07258",
      direction: "higher",
      range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      needs: ["mask"],
      shows: "1: all of the map lies inside the mask; a constant map has the mask's share.",
      cannotShow: "Whether the model itself looks inside the mask; signed maps may give more than 1.",
      options: maskOptions("absolute"),
    },
    (measured) =>
      measuredInside("relevanceMassAccuracy", measured, (masked) =>
        insideOf(masked) === 0 ? undefined : massInside(masked),
      ),
  );
