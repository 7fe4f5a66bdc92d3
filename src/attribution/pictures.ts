/** Arrays with axes of positions, one example at a time: what segmentation divides. */
import { type NdArray, rowSize, sizeOf } from "../tensor";
import type { Problem } from "./problem";
import type { Picture } from "./segmentation";

/** Extents before the channels, of the channels, and behind them, of an example at a place. */
function axesAt(p: Problem<unknown>, place: number): { shape: readonly number[]; axis: number } {
  const shape = p.x[place].shape.slice(1);
  return { shape, axis: (p.channelAxis(p.places[place]) ?? shape.length) - 1 };
}

/** Whether an array has axes of positions beside that of its channels. */
export function hasPositions(p: Problem<unknown>, place: number): boolean {
  return !p.isLookUp(p.places[place]) && p.x[place].shape.length > 2;
}

/** The positions of a place, without the axis of its channels. */
export function positionsAt(p: Problem<unknown>, place: number): number[] {
  const { shape, axis } = axesAt(p, place);
  return shape.filter((_, k) => k !== axis);
}

/** One example at a place, channels last: of x, or of another array of its shape. */
export function pictureAt(
  p: Problem<unknown>,
  place: number,
  row: number,
  array: NdArray = p.x[place],
): Picture {
  const { shape, axis } = axesAt(p, place);
  const [channels, width, inner] = [shape[axis], rowSize(p.x[place]), sizeOf(shape.slice(axis + 1))];
  const own = array.data.subarray(row * width, (row + 1) * width);
  const data = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const channel = Math.floor(i / inner) % channels;
    data[(Math.floor(i / (channels * inner)) * inner + (i % inner)) * channels + channel] = own[i];
  }
  return { data, positions: positionsAt(p, place), channels };
}

/** Numbers of positions, repeated for each channel: one per entry of an example. */
export function onChannels<Numbers extends Int32Array | Float64Array>(
  p: Problem<unknown>,
  place: number,
  positions: Numbers,
): Numbers;
export function onChannels(
  p: Problem<unknown>,
  place: number,
  positions: Int32Array | Float64Array,
): Int32Array | Float64Array {
  const { shape, axis } = axesAt(p, place);
  const inner = sizeOf(shape.slice(axis + 1));
  const block = shape[axis] * inner;
  const at = (i: number): number => positions[Math.floor(i / block) * inner + (i % inner)];
  const length = sizeOf(shape);
  return positions instanceof Int32Array
    ? Int32Array.from({ length }, (_, i) => at(i))
    : Float64Array.from({ length }, (_, i) => at(i));
}
