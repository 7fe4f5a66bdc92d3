/** Roughness: how much a map changes from one position to the next. */
import { defineMetric } from "./define-metric";
import { eachNeighbours, positionAxes } from "./measuring/neighbours";
import type { Metric } from "./metric";

/**
 * Mean |a − neighbour's a| over neighbours along all axes of positions, as a share of mean |a|, per example. 0 for a constant map,
 * 2 for a chessboard of signs; undefined for a map of zeros or without positions.
 */
export const roughness: Metric = defineMetric(
  {
    name: "roughness",
    direction: "none",
    range: [0, Number.POSITIVE_INFINITY],
    shows: "High: the map is grainy; low: it is smooth.",
    cannotShow: "A smooth map may be smooth because it looks at the model coarsely.",
  },
  ({ map, entries, examples }) => {
    const { parts } = map.toView();
    return Array.from({ length: examples }, (_, row) => {
      let [sum, pairs] = [0, 0];
      for (const part of parts)
        for (const axis of positionAxes(part))
          eachNeighbours(part, row, axis, (a, b) => {
            sum += Math.abs(a - b);
            pairs++;
          });
      const magnitudes = entries(row).map(Math.abs);
      const mean = magnitudes.reduce((total, a) => total + a, 0) / magnitudes.length;
      return pairs === 0 || mean === 0 ? undefined : sum / pairs / mean;
    });
  },
);
