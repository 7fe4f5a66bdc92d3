/** Constants with their entries in another order, or some of them: tfjs walks through large ones index by index. */
import { sizeOf } from "../../tensor";
import { makeConstant } from "./builder";
import type { Constant, Entries } from "./graph";

/** Distances between neighbours along each axis. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Entries read at `start`, in steps of `strides`. */
function read(
  source: Constant,
  start: number,
  strides: readonly number[],
  shape: readonly number[],
): Constant {
  const { entries } = source;
  const size = sizeOf(shape);
  const result = new (entries.constructor as new (length: number) => Float32Array)(size);
  const from = entries as Float32Array;
  const last = shape.length - 1;
  const [length = 1, step = 0] = [shape[last], strides[last]];
  const place = shape.map(() => 0);
  let offset = start;
  for (let written = 0; written < size; ) {
    for (let i = 0, at = offset; i < length; i++, at += step) result[written++] = from[at] as number;
    for (let axis = last - 1; axis >= 0; axis--) {
      offset += strides[axis] as number;
      place[axis] = (place[axis] as number) + 1;
      if ((place[axis] as number) < (shape[axis] as number)) break;
      offset -= (strides[axis] as number) * (shape[axis] as number);
      place[axis] = 0;
    }
  }
  return makeConstant(result as Entries as Float32Array, shape, source.dtype);
}

/** What transposed matrices were before, by their entries. */
const before = new WeakMap<Entries, Entries>();

/** The entries of a matrix before it was transposed; undefined when it was not. */
export function matrixBefore({ entries }: Constant): Entries | undefined {
  return before.get(entries);
}

/** The axes in another order. */
export function transposedConstant(source: Constant, order: readonly number[]): Constant {
  const strides = stridesOf(source.shape);
  const result = read(
    source,
    0,
    order.map((axis) => strides[axis] as number),
    order.map((axis) => source.shape[axis] as number),
  );
  // With two axes of more than one entry there is one way to move them.
  const moved = order.filter((axis) => source.shape[axis] !== 1);
  if (moved.length === 2 && (moved[0] as number) > (moved[1] as number)) {
    before.set(result.entries, source.entries);
  }
  return result;
}

/** A block of entries: `size` along each axis, from `begin` on. */
export function slicedConstant(
  source: Constant,
  begin: readonly number[],
  size: readonly number[],
): Constant {
  const strides = stridesOf(source.shape);
  const start = begin.reduce((sum, place, axis) => sum + place * (strides[axis] as number), 0);
  return read(source, start, strides, size);
}

/** Each of the axes turned around. */
export function reversedConstant(source: Constant, axes: readonly number[]): Constant {
  const strides = stridesOf(source.shape);
  const turned = new Set(axes.map((axis) => (axis < 0 ? axis + source.shape.length : axis)));
  let start = 0;
  for (const axis of turned) start += ((source.shape[axis] as number) - 1) * (strides[axis] as number);
  return read(
    source,
    start,
    strides.map((stride, axis) => (turned.has(axis) ? -stride : stride)),
    source.shape,
  );
}
