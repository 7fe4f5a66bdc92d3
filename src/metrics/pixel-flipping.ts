/** Pixel flipping: the score as pixels are flipped, the most relevant first. */
import { defineMetric } from "./define-metric";
import { meanOf } from "./measuring/association";
import { oneOf } from "./measuring/option-rules";
import {
  areaUnder,
  measuredRemoval,
  type OrderedRemovalOptions,
  orderedRemovalOptions,
} from "./measuring/removal-curve";
import type { Metric } from "./metric";

/** Options of `pixelFlipping`. */
export interface PixelFlippingOptions extends OrderedRemovalOptions {
  /** "mean": the mean score over the flips; "quantus": the area by trapezoids of width 1, from the first flip on. */
  readonly form: "mean" | "quantus";
}

/**
 * The mean of F over the flips, the features of the largest attribution first. Unit: score. The curve, with F(x) before it, is
 * `curve`.
 *
 * Bach et al.: On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance Propagation (2015),
 * doi 10.1371/journal.pone.0130140.
 */
export const pixelFlipping: Metric<PixelFlippingOptions> = defineMetric<PixelFlippingOptions>(
  {
    name: "pixelFlipping",
    paper: "Bach et al. 2015, doi 10.1371/journal.pone.0130140",
    direction: "lower",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows: "How low the score is while the most relevant features are flipped first.",
    cannotShow:
      "Flipped inputs look like none that the model was trained on, and may move the score by that alone.",
    options: { ...orderedRemovalOptions("position"), form: oneOf("form", "mean", ["mean", "quantus"]) },
  },
  (measured) =>
    measuredRemoval("pixelFlipping", measured, {
      value: (_, scores) => {
        const flipped = scores.subarray(1);
        if (measured.options.form === "mean") return meanOf(flipped);
        return areaUnder(
          Array.from(flipped, (_, k) => k),
          flipped,
        );
      },
    }),
);
