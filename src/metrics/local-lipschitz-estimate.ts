/** Local Lipschitz estimate: how steeply a map changes with the input. */
import { defineMetric } from "./define-metric";
import { differenceOf, lengthOf } from "./measuring/association";
import { type NeighbourhoodOptions, neighbourhoodOptions, noisyNeighbours } from "./measuring/neighbourhood";
import type { Metric } from "./metric";

/** Options of `localLipschitzEstimate`. */
export type LocalLipschitzEstimateOptions = NeighbourhoodOptions;

/**
 * max ‖φ(x + ε) − φ(x)‖ / ‖ε‖ over copies that are moved by noise, Euclidean lengths; the target stays that of x. Unit: that of the
 * map over that of the input.
 *
 * Alvarez-Melis, Jaakkola: On the Robustness of Interpretability Methods (2018), arXiv 1806.08049.
 */
export const localLipschitzEstimate: Metric<LocalLipschitzEstimateOptions> =
  defineMetric<LocalLipschitzEstimateOptions>(
    {
      name: "localLipschitzEstimate",
      paper: "Alvarez-Melis, Jaakkola 2018, arXiv 1806.08049",
      direction: "lower",
      range: [0, Number.POSITIVE_INFINITY],
      needs: ["model", "method"],
      shows: "How much the map changes per change of the input, at worst.",
      cannotShow: "Maps of different units do not compare; a map that ignores the input never changes.",
      options: neighbourhoodOptions,
    },
    async (measured) => {
      const { neighbours } = await noisyNeighbours("localLipschitzEstimate", measured);
      return neighbours.map((copies) =>
        Math.max(
          ...copies.map(
            ({ map, moved, x, xMoved }) =>
              lengthOf(differenceOf(moved, map)) / lengthOf(differenceOf(xMoved, x)),
          ),
        ),
      );
    },
  );
