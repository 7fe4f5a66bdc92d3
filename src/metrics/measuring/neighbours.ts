/** Neighbours: entries of a map that lie side by side along an axis of positions. */
import type { PartView } from "../../display/map-view";
import { rowSize, sizeOf } from "../../tensor";

/** Axes with positions: what is next to each other along them belongs together. */
const POSITIONS = ["time", "token", "depth", "height", "width"];

/** Axes of a part that have positions, as numbers without the batch axis. */
export function positionAxes({ axes }: PartView): number[] {
  return positionsOf(axes);
}

/** Numbers of the axes that have positions. */
export function positionsOf(axes: readonly string[]): number[] {
  return axes.flatMap((axis, i) => (POSITIONS.includes(axis) ? [i] : []));
}

/** Pairs of values of an example that are neighbours along an axis: `each` is told both. */
export function eachNeighbours(
  { values }: PartView,
  example: number,
  axis: number,
  each: (a: number, b: number) => void,
): void {
  const shape = values.shape.slice(1);
  const stride = sizeOf(shape.slice(axis + 1));
  const first = example * rowSize(values);
  for (let i = 0; i < rowSize(values); i++)
    if (Math.floor(i / stride) % shape[axis] < shape[axis] - 1)
      each(values.data[first + i], values.data[first + i + stride]);
}
