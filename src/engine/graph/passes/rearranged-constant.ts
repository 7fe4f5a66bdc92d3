/** Constants with their entries in another order, or some of them: tfjs walks through large ones index by index. */
import { sizeOf } from "../../../tensor";
import { makeConstant } from "../builder";
import type { Constant, Entries } from "../graph";

/** Distances between neighbours along each axis. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/** Neighbours that are read together: as many as a line of the processor's cache holds. */
const TOGETHER = 16;

/**
 * Constants read, for as long as somebody holds them: filters are brought into order once for all recordings of a net that
 * follow upon each other.
 */
const known = new WeakMap<Entries, Map<string, WeakRef<Constant>>>();

/** Entries read at `start`, in steps of `strides`. */
function read(
  source: Constant,
  start: number,
  strides: readonly number[],
  shape: readonly number[],
): Constant {
  const key = `${start} ${strides} ${shape}`;
  const readings = known.get(source.entries) ?? new Map<string, WeakRef<Constant>>();
  const found = readings.get(key)?.deref();
  if (found !== undefined) return found;
  const result = inOrder(source, start, strides, shape);
  known.set(source.entries, readings.set(key, new WeakRef(result)));
  return result;
}

function inOrder(
  source: Constant,
  start: number,
  strides: readonly number[],
  shape: readonly number[],
): Constant {
  const { entries } = source;
  const size = sizeOf(shape);
  const result = new (entries.constructor as new (length: number) => Float32Array)(size);
  if (result.BYTES_PER_ELEMENT === 4) {
    // Numbers of four bytes are moved as one kind of array: the loop over weights is compiled for no other.
    const [from, to] = [entries as Float32Array, result].map(
      ({ buffer, byteOffset, length }) => new Int32Array(buffer, byteOffset, length),
    ) as [Int32Array, Int32Array];
    moveWords(from, to, start, strides, shape);
  } else moveFew(entries, result, start, strides, shape);
  return makeConstant(result, shape, source.dtype);
}

/**
 * Moves entries into order. The axis whose entries are neighbours in the source is walked in the innermost loop, a few
 * entries at a time, so that each line of the source is fetched once and each line of the result is filled before it is
 * left.
 */
function moveWords(
  from: Int32Array,
  to: Int32Array,
  start: number,
  strides: readonly number[],
  shape: readonly number[],
): void {
  const places = stridesOf(shape);
  const last = shape.length - 1;
  const neighbours = strides.findIndex((step, axis) => Math.abs(step) === 1 && shape[axis] > 1);
  const inner = neighbours >= 0 ? neighbours : last;
  const [extent = 1, step = 0, apart = 1] = [shape[inner], strides[inner], places[inner]];
  const block = inner === last ? extent : TOGETHER;
  const others = shape.map((_, axis) => axis).filter((axis) => axis !== inner);
  for (let begin = 0; begin < extent; begin += block) {
    const count = Math.min(block, extent - begin);
    walk(start + begin * step, begin * apart, strides, places, shape, others, (offset, place) => {
      for (let i = 0; i < count; i++) to[place + i * apart] = from[offset + i * step];
    });
  }
}

/** The same for other kinds of entries, which are few. */
function moveFew(
  from: Entries,
  to: { [index: number]: unknown },
  start: number,
  strides: readonly number[],
  shape: readonly number[],
): void {
  const axes = shape.map((_, axis) => axis);
  walk(start, 0, strides, stridesOf(shape), shape, axes, (offset, place) => {
    to[place] = from[offset];
  });
}

/** Visits all positions along some axes, with the offsets of each in the source and in the result. */
function walk(
  start: number,
  begin: number,
  strides: readonly number[],
  places: readonly number[],
  shape: readonly number[],
  axes: readonly number[],
  visit: (offset: number, place: number) => void,
): void {
  if (sizeOf(shape) === 0) return;
  const position = axes.map(() => 0);
  let [offset, place] = [start, begin];
  for (;;) {
    visit(offset, place);
    let k = axes.length - 1;
    for (; k >= 0; k--) {
      const axis = axes[k];
      offset += strides[axis];
      place += places[axis];
      position[k] += 1;
      if (position[k] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      place -= places[axis] * shape[axis];
      position[k] = 0;
    }
    if (k < 0) return;
  }
}

/** Entries of matrices before they were transposed, by those after. */
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
    order.map((axis) => strides[axis]),
    order.map((axis) => source.shape[axis]),
  );
  // With two axes of more than one entry there is one way to move them.
  const moved = order.filter((axis) => source.shape[axis] !== 1);
  if (moved.length === 2 && moved[0] > moved[1]) {
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
  const start = begin.reduce((sum, place, axis) => sum + place * strides[axis], 0);
  return read(source, start, strides, size);
}

/** Each of the axes turned around. */
export function reversedConstant(source: Constant, axes: readonly number[]): Constant {
  const strides = stridesOf(source.shape);
  const turned = new Set(axes.map((axis) => (axis < 0 ? axis + source.shape.length : axis)));
  let start = 0;
  for (const axis of turned) start += (source.shape[axis] - 1) * strides[axis];
  return read(
    source,
    start,
    strides.map((stride, axis) => (turned.has(axis) ? -stride : stride)),
    source.shape,
  );
}
