/** AIC, the accuracy information curve: how little of a picture the map must show for the class to be predicted. */
import { defineMetric } from "./define-metric";
import {
  type InformationCurveOptions,
  informationCurve,
  informationCurveOptions,
} from "./measuring/information-curve";
import type { Metric } from "./metric";

/** Options of `aic`. */
export type AicOptions = InformationCurveOptions;

/**
 * The area under whether the model predicts its class of x, over the information in the picture of which the most salient
 * positions are shown and the rest is blurred: bits of the differences between neighbours, from the blurred picture (0) to x (1).
 * Undefined where these are equal. The mean over examples is the paper's curve.
 *
 * Kapishnikov et al.: XRAI (2019), arXiv 1906.02825.
 */
export const aic: Metric<AicOptions> = defineMetric<AicOptions>(
  {
    name: "aic",
    label: "AIC",
    paper: "Kapishnikov et al. 2019, arXiv 1906.02825",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "How little of the picture the map must show for the class to be found.",
    cannotShow:
      "Information is that of a simple coder, which knows nothing of the model; blurred pictures say something, too.",
    options: informationCurveOptions,
  },
  (measured) => informationCurve("aic", measured, "accuracy"),
);
