/** Average increase: whether the confidence rises when only what the map marks is seen. */
import { defineMetric } from "./define-metric";
import { type ConfidenceOptions, confidenceOptions, measuredConfidence } from "./measuring/confidence";
import type { Metric } from "./metric";

/** Options of `averageIncrease`. */
export type AverageIncreaseOptions = ConfidenceOptions;

/**
 * 1 where P(x ⊙ m) > P(x), else 0, P being the probability of the target and m the map's positive part as a share of its largest
 * entry. The mean over examples is the paper's figure.
 *
 * Chattopadhay et al.: Grad-CAM++ (2018), arXiv 1710.11063.
 */
export const averageIncrease: Metric<AverageIncreaseOptions> = defineMetric<AverageIncreaseOptions>(
  {
    name: "averageIncrease",
    paper: "Chattopadhay et al. 2018, arXiv 1710.11063",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "1: what the map leaves out spoke against the target.",
    cannotShow: "By how much it rises; a rise of rounding counts as one.",
    options: confidenceOptions,
  },
  (measured) => measuredConfidence("averageIncrease", measured, (whole, masked) => Number(masked > whole)),
);
