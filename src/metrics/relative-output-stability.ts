/** Relative output stability: change of the map against change of the logits. */
import { defineMetric } from "./define-metric";
import { logitsAt } from "./measuring/logits";
import { relativeStability, type StabilityOptions, stabilityOptions } from "./measuring/stability";
import type { Metric } from "./metric";

/** Options of `relativeOutputStability`. */
export type RelativeOutputStabilityOptions = StabilityOptions;

/**
 * ‖(φ(x) − φ(x′)) / φ(x)‖ / max(‖h(x) − h(x′)‖, least), h being the logits.
 * Largest over copies x′ that are moved by noise. Undefined where the model predicts another class of all of them.
 *
 * Agarwal et al.: Rethinking Stability for Attribution-based Explanations (2022), arXiv 2203.06877.
 */
export const relativeOutputStability: Metric<RelativeOutputStabilityOptions> =
  defineMetric<RelativeOutputStabilityOptions>(
    {
      name: "relativeOutputStability",
      paper: "Agarwal et al. 2022, arXiv 2203.06877",
      direction: "lower",
      range: [0, Number.POSITIVE_INFINITY],
      needs: ["model", "method"],
      shows: "How much more the map changes, relatively, than the logits do.",
      cannotShow: "Entries near zero make relative changes large, whatever they mean.",
      options: stabilityOptions,
    },
    (measured) =>
      relativeStability(
        "relativeOutputStability",
        measured,
        (batches) => logitsAt(measured.model, batches),
        false,
      ),
  );
