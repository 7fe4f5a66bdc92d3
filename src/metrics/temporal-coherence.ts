/** Temporal coherence: whether a map says of one step what it says of the next. */
import { defineMetric } from "./define-metric";
import { correlation } from "./measuring/association";
import { eachNeighbours, positionAxes } from "./measuring/neighbours";
import type { Metric } from "./metric";

/**
 * Pearson's r between the attribution at each step and that at the next, along the axis of time, or the first axis of positions
 * where none is of time; per example. Undefined for a constant map or one without positions.
 */
export const temporalCoherence: Metric = defineMetric(
  {
    name: "temporalCoherence",
    direction: "none",
    range: [-1, 1],
    shows: "Near 1: attributions go on from step to step; near 0: they jump.",
    cannotShow: "Whether the model itself looks at stretches or at single steps.",
  },
  ({ map, examples }) => {
    const { parts } = map.toView();
    return Array.from({ length: examples }, (_, row) => {
      const [now, next]: [number[], number[]] = [[], []];
      for (const part of parts) {
        const time = part.axes.indexOf("time");
        const axis = time >= 0 ? time : positionAxes(part)[0];
        if (axis === undefined) continue;
        eachNeighbours(part, row, axis, (a, b) => {
          now.push(a);
          next.push(b);
        });
      }
      return now.length < 2 ? undefined : correlation(now, next);
    });
  },
);
