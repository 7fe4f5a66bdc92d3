/** Pointing game: whether the largest attribution lies inside the mask. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, measuredInside, shareOfLargest } from "./measuring/masks";
import type { Metric } from "./metric";

/** Options of `pointingGame`. */
export type PointingGameOptions = MaskOptions;

/**
 * 1 where the largest attribution lies inside the mask, else 0; of several that are as large, the share of them that does, so that
 * a constant map has the mask's share of the map. Undefined for an empty mask, which nothing can hit.
 *
 * Zhang et al.: Top-down Neural Attention by Excitation Backprop (2018), arXiv 1608.00507.
 */
export const pointingGame: Metric<PointingGameOptions> = defineMetric<PointingGameOptions>(
  {
    name: "pointingGame",
    paper: "Zhang et al. 2018, arXiv 1608.00507",
    direction: "higher",
    range: [0, 1],
    needs: ["mask"],
    shows: "1: the map points at the object.",
    cannotShow: "All of the map but its peak; a large object is hit by chance.",
    options: maskOptions("signed"),
  },
  (measured) =>
    measuredInside("pointingGame", measured, (masked) => {
      if (insideOf(masked) === 0) return undefined;
      const largest = masked.values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      const peaks = masked.values.reduce((count, value) => count + Number(value === largest), 0);
      return shareOfLargest(masked, peaks);
    }),
);
