/** Attribution localisation: how much of the positive attribution lies inside the mask. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, massInside, measuredInside } from "./measuring/masks";
import { yesOrNo } from "./measuring/option-rules";
import type { Metric } from "./metric";

/** Options of `attributionLocalisation`. */
export interface AttributionLocalisationOptions extends MaskOptions {
  /** Divide by the mask's share of the map, so that a constant map has 1 whatever the size of the object. */
  readonly weighted: boolean;
}

/**
 * μ = Σ max(0, a) inside the mask / Σ max(0, a); weighted, times all entries over those inside. Undefined for an empty mask and
 * where nothing is positive.
 *
 * Kohlbrenner et al.: Towards Best Practice in Explaining Neural Network Decisions with LRP (2020), arXiv 1910.09840.
 */
export const attributionLocalisation: Metric<AttributionLocalisationOptions> =
  defineMetric<AttributionLocalisationOptions>(
    {
      name: "attributionLocalisation",
      paper: "Kohlbrenner et al. 2020, arXiv 1910.09840",
      direction: "higher",
      range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      needs: ["mask"],
      shows: "1: what speaks for the target lies inside the mask; weighted: how often more than by chance.",
      cannotShow: "Whether the model itself looks inside the mask.",
      options: { ...maskOptions("positive"), weighted: yesOrNo("weighted", false) },
    },
    (measured) =>
      measuredInside("attributionLocalisation", measured, (masked) => {
        const size = insideOf(masked);
        const mass = massInside(masked);
        if (size === 0 || mass === undefined) return undefined;
        return measured.options.weighted ? (mass * masked.values.length) / size : mass;
      }),
  );
