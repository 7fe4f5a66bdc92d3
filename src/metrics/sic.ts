/** SIC, the softmax information curve: how little of a picture the map must show for the confidence to be there. */
import { defineMetric } from "./define-metric";
import {
  type InformationCurveOptions,
  informationCurve,
  informationCurveOptions,
} from "./measuring/information-curve";
import type { Metric } from "./metric";

/** Options of `sic`. */
export type SicOptions = InformationCurveOptions;

/**
 * The area under P / P(x), P being the probability of the target, over the information in the picture of which the most salient
 * positions are shown and the rest is blurred: bits of the differences between neighbours, from the blurred picture (0) to x (1).
 * Undefined where these are equal.
 *
 * Kapishnikov et al.: XRAI (2019), arXiv 1906.02825.
 */
export const sic: Metric<SicOptions> = defineMetric<SicOptions>(
  {
    name: "sic",
    label: "SIC",
    paper: "Kapishnikov et al. 2019, arXiv 1906.02825",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "How little of the picture the map must show for the confidence to be there.",
    cannotShow:
      "Information is that of a simple coder, which knows nothing of the model; blurred pictures say something, too.",
    options: informationCurveOptions,
  },
  (measured) => informationCurve("sic", measured, "softmax"),
);
