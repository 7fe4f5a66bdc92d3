/** Focus: how much of the positive attribution of a mosaic lies on the images of the target class. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, massInside, measuredInside } from "./measuring/masks";
import type { Metric } from "./metric";

/** Options of `focus`. */
export type FocusOptions = MaskOptions;

/**
 * Σ max(0, a) inside the mask / Σ max(0, a), the mask being the images of the target class in a mosaic of several. Undefined for an
 * empty mask and where nothing is positive.
 *
 * Arias-Duart et al.: Focus! Rating XAI Methods and Finding Biases (2022), arXiv 2109.15035.
 */
export const focus: Metric<FocusOptions> = defineMetric<FocusOptions>(
  {
    name: "focus",
    paper: "Arias-Duart et al. 2022, arXiv 2109.15035",
    direction: "higher",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    needs: ["mask"],
    shows: "1: what speaks for the class lies on its own images; half of the mosaic by chance gives 0.5.",
    cannotShow: "A model that takes one class for the other has a low value with a true map.",
    options: maskOptions("positive"),
  },
  (measured) =>
    measuredInside("focus", measured, (masked) => (insideOf(masked) === 0 ? undefined : massInside(masked))),
);
