/** Average drop: how much of the confidence is lost when only what the map marks is seen. */
import { defineMetric } from "./define-metric";
import { type ConfidenceOptions, confidenceOptions, measuredConfidence } from "./measuring/confidence";
import type { Metric } from "./metric";

/** Options of `averageDrop`. */
export type AverageDropOptions = ConfidenceOptions;

/**
 * max(0, P(x) − P(x ⊙ m)) / P(x), P being the probability of the target and m the map's positive part as a share of its largest entry;
 * what is not marked takes the baseline. The mean over examples is the paper's figure.
 *
 * Chattopadhay et al.: Grad-CAM++ (2018), arXiv 1710.11063.
 */
export const averageDrop: Metric<AverageDropOptions> = defineMetric<AverageDropOptions>(
  {
    name: "averageDrop",
    paper: "Chattopadhay et al. 2018, arXiv 1710.11063",
    direction: "lower",
    range: [0, 1],
    needs: ["model"],
    shows: "0: what the map marks is enough for the model's confidence.",
    cannotShow: "A map that marks everything alike loses nothing; signs below zero do not count.",
    options: confidenceOptions,
  },
  (measured) =>
    measuredConfidence("averageDrop", measured, (whole, masked) =>
      whole > 0 ? Math.min(1, Math.max(0, whole - masked) / whole) : undefined,
    ),
);
