/** Relative input stability: change of the map against change of the input. */
import { defineMetric } from "./define-metric";
import { relativeStability, type StabilityOptions, stabilityOptions } from "./measuring/stability";
import type { Metric } from "./metric";

/** Options of `relativeInputStability`. */
export type RelativeInputStabilityOptions = StabilityOptions;

/**
 * ‖(φ(x) − φ(x′)) / φ(x)‖ / max(‖(x − x′) / x‖, least), entry by entry.
 * Largest over copies x′ that are moved by noise. Undefined where the model predicts another class of all of them.
 *
 * Agarwal et al.: Rethinking Stability for Attribution-based Explanations (2022), arXiv 2203.06877.
 */
export const relativeInputStability: Metric<RelativeInputStabilityOptions> =
  defineMetric<RelativeInputStabilityOptions>(
    {
      name: "relativeInputStability",
      paper: "Agarwal et al. 2022, arXiv 2203.06877",
      direction: "lower",
      range: [0, Number.POSITIVE_INFINITY],
      needs: ["model", "method"],
      shows: "How much more, relatively, the map changes than the input.",
      cannotShow: "Entries near zero make relative changes large, whatever they mean.",
      options: stabilityOptions,
    },
    (measured) => relativeStability("relativeInputStability", measured, "input", true),
  );
