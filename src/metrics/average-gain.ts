/** Average gain: how much of the missing confidence is won when only what the map marks is seen. */
import { defineMetric } from "./define-metric";
import { type ConfidenceOptions, confidenceOptions, measuredConfidence } from "./measuring/confidence";
import type { Metric } from "./metric";

/** Options of `averageGain`. */
export type AverageGainOptions = ConfidenceOptions;

/**
 * max(0, P(x ⊙ m) − P(x)) / (1 − P(x)), P being the probability of the target and m the map's positive part as a share of its
 * largest entry. Undefined where P(x) is 1.
 *
 * Zhang et al.: Opti-CAM (2023), arXiv 2301.07002.
 */
export const averageGain: Metric<AverageGainOptions> = defineMetric<AverageGainOptions>(
  {
    name: "averageGain",
    paper: "Zhang et al. 2023, arXiv 2301.07002",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "How much closer to certainty the model comes with what the map marks alone.",
    cannotShow: "Of an example that is certain already there is nothing to win.",
    options: confidenceOptions,
  },
  (measured) =>
    measuredConfidence("averageGain", measured, (whole, masked) =>
      whole < 1 ? Math.min(1, Math.max(0, masked - whole) / (1 - whole)) : undefined,
    ),
);
