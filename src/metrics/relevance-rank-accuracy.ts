/** Relevance rank accuracy: how many of the largest attributions lie inside the mask. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, measuredInside, shareOfLargest } from "./measuring/masks";
import type { Metric } from "./metric";

/** Options of `relevanceRankAccuracy`. */
export type RelevanceRankAccuracyOptions = MaskOptions;

/**
 * The share of the K largest attributions that lie inside the mask, K being its entries. Equal ones at the border count in part.
 * Undefined for an empty mask.
 *
 * Arras, Osman, Samek: CLEVR-XAI (2022), arXiv 2003.07258.
 */
export const relevanceRankAccuracy: Metric<RelevanceRankAccuracyOptions> =
  defineMetric<RelevanceRankAccuracyOptions>(
    {
      name: "relevanceRankAccuracy",
      paper: "Arras et al. 2022, arXiv 2003.07258",
      direction: "higher",
      range: [0, 1],
      needs: ["mask"],
      shows: "1: the entries of the mask are those with the largest attributions.",
      cannotShow: "How large they are; whether the model itself looks inside the mask.",
      options: maskOptions("signed"),
    },
    (measured) =>
      measuredInside("relevanceRankAccuracy", measured, (masked) => {
        const size = insideOf(masked);
        return size === 0 ? undefined : shareOfLargest(masked, size);
      }),
  );
