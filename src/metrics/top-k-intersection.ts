/** Top-k intersection: how many of the k largest attributions lie inside the mask. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, measuredInside, shareOfLargest } from "./measuring/masks";
import { wholeOrFitting } from "./measuring/option-rules";
import type { Metric } from "./metric";

/** Options of `topKIntersection`. */
export interface TopKIntersectionOptions extends MaskOptions {
  /** Attributions that are looked at. Default: a tenth of all. */
  readonly k: number | undefined;
}

/**
 * The share of the k largest attributions that lie inside the mask. Equal ones at the border count in part. Undefined for an
 * empty mask.
 *
 * Theiner et al.: Interpretable Semantic Photo Geolocation (2021), arXiv 2104.14995.
 */
export const topKIntersection: Metric<TopKIntersectionOptions> = defineMetric<TopKIntersectionOptions>(
  {
    name: "topKIntersection",
    paper: "Theiner et al. 2021, arXiv 2104.14995",
    direction: "higher",
    range: [0, 1],
    needs: ["mask"],
    shows: "1: the largest attributions lie inside the mask.",
    cannotShow: "All others; with k beyond the mask's entries the best there is is less than 1.",
    options: { ...maskOptions("signed"), k: wholeOrFitting("k") },
  },
  (measured) =>
    measuredInside("topKIntersection", measured, (masked) => {
      const { length } = masked.values;
      const k = Math.min(length, measured.options.k ?? Math.ceil(length / 10));
      return insideOf(masked) === 0 ? undefined : shareOfLargest(masked, k);
    }),
);
