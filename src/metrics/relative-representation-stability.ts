/** Relative representation stability: change of the map against change of what the layers compute. */
import { layerPlace } from "../attribution/named-layers";
import { outOfRange, shown, wrongType } from "../check";
import { type LayerPlace, layerNamed } from "../model/place";
import { defineMetric } from "./define-metric";
import { activationsAt } from "./measuring/logits";
import { relativeStability, type StabilityOptions, stabilityOptions } from "./measuring/stability";
import type { Metric } from "./metric";

/** Options of `relativeRepresentationStability`. */
export interface RelativeRepresentationStabilityOptions extends StabilityOptions {
  /** Layers that are looked at, by name. Default: all layers of one value. */
  readonly layers: readonly string[] | undefined;
}

/**
 * ‖(φ(x) − φ(x′)) / φ(x)‖ / max(‖(L(x) − L(x′)) / L(x)‖, least), entry by entry, L being the values of the layers. Largest over
 * copies x′ that are moved by noise. Undefined where the model predicts another class of all of them.
 *
 * Agarwal et al.: Rethinking Stability for Attribution-based Explanations (2022), arXiv 2203.06877.
 */
export const relativeRepresentationStability: Metric<RelativeRepresentationStabilityOptions> =
  defineMetric<RelativeRepresentationStabilityOptions>(
    {
      name: "relativeRepresentationStability",
      paper: "Agarwal et al. 2022, arXiv 2203.06877",
      direction: "lower",
      range: [0, Number.POSITIVE_INFINITY],
      needs: ["model", "method"],
      shows: "How much more, relatively, the map changes than the model's layers do.",
      cannotShow: "Entries near zero make relative changes large: dead units that wake up outweigh all else.",
      options: {
        ...stabilityOptions,
        layers: {
          default: undefined,
          check: (fn, given) => {
            if (!Array.isArray(given) || given.length === 0)
              throw wrongType(fn, "layers to be an array of names", shown(given));
            return given.map((name: unknown) => layerNamed(fn, name).layer);
          },
        },
      },
    },
    (measured) => {
      const fn = "relativeRepresentationStability";
      const { model, options } = measured;
      const names =
        options.layers ??
        model.layers
          .filter(({ kind, entering, leaving }) => kind !== "InputLayer" && !entering && !leaving)
          .map(({ name }) => name);
      const places = names.map((name): LayerPlace => layerPlace(fn, model, name));
      if (places.length === 0) throw outOfRange(fn, "a net with layers", "none");
      return relativeStability(fn, measured, (batches) => activationsAt(model, batches, places), true);
    },
  );
