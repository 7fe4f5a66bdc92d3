/** Average sensitivity: how much a map changes on the mean when the input moves a little. */
import { defineMetric } from "./define-metric";
import { differenceOf, lengthOf, meanOf } from "./measuring/association";
import { type NeighbourhoodOptions, neighbourhoodOptions, noisyNeighbours } from "./measuring/neighbourhood";
import type { Metric } from "./metric";

/** Options of `avgSensitivity`. */
export type AvgSensitivityOptions = NeighbourhoodOptions;

/**
 * Mean ‖φ(x + ε) − φ(x)‖ / ‖φ(x)‖ over copies that are moved by noise, Euclidean lengths; the target stays that of x. Undefined for
 * a map of zeros.
 *
 * Yeh et al.: On the (In)fidelity and Sensitivity of Explanations (2019), arXiv 1901.09392.
 */
export const avgSensitivity: Metric<AvgSensitivityOptions> = defineMetric<AvgSensitivityOptions>(
  {
    name: "avgSensitivity",
    paper: "Yeh et al. 2019, arXiv 1901.09392",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    needs: ["model", "method"],
    shows: "0: neighbours have the same map.",
    cannotShow: "A map that ignores the input never changes.",
    options: neighbourhoodOptions,
  },
  async (measured) => {
    const { neighbours } = await noisyNeighbours("avgSensitivity", measured);
    return neighbours.map((copies) => {
      const length = lengthOf(copies[0].map);
      if (length === 0) return undefined;
      return meanOf(copies.map(({ map, moved }) => lengthOf(differenceOf(moved, map)) / length));
    });
  },
);
