/** Max sensitivity: how much a map changes at most when the input moves a little. */
import { defineMetric } from "./define-metric";
import { differenceOf, lengthOf } from "./measuring/association";
import { type NeighbourhoodOptions, neighbourhoodOptions, noisyNeighbours } from "./measuring/neighbourhood";
import type { Metric } from "./metric";

/** Options of `maxSensitivity`. */
export type MaxSensitivityOptions = NeighbourhoodOptions;

/**
 * max ‖φ(x + ε) − φ(x)‖ / ‖φ(x)‖ over copies that are moved by noise, Euclidean lengths; the target stays that of x. Undefined for a
 * map of zeros.
 *
 * Yeh et al.: On the (In)fidelity and Sensitivity of Explanations (2019), arXiv 1901.09392.
 */
export const maxSensitivity: Metric<MaxSensitivityOptions> = defineMetric<MaxSensitivityOptions>(
  {
    name: "maxSensitivity",
    paper: "Yeh et al. 2019, arXiv 1901.09392",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    needs: ["model", "method"],
    shows: "0: no neighbour has another map.",
    cannotShow:
      "A map that ignores the input never changes; the largest of few copies is less than that of all.",
    options: neighbourhoodOptions,
  },
  async (measured) => {
    const { neighbours } = await noisyNeighbours("maxSensitivity", measured);
    return neighbours.map((copies) => {
      const length = lengthOf(copies[0].map);
      if (length === 0) return undefined;
      return Math.max(...copies.map(({ map, moved }) => lengthOf(differenceOf(moved, map)) / length));
    });
  },
);
