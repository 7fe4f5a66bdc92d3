/** Shape and numbers: the only array type that gradlens hands out. Row-major; no attribution here. */

/** A dense array of numbers with its shape; nothing to dispose, safe to keep, send and save. */
export interface NdArray {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Nested number arrays, as one writes them by hand. */
export type NestedArray = number | boolean | readonly NestedArray[];

/** Number of entries of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** An array over `data` (copied only when it is no Float32Array already). */
export function ndarray(data: ArrayLike<number>, shape: readonly number[]): NdArray {
  const values = data instanceof Float32Array ? data : Float32Array.from(data);
  return { data: values, shape: [...shape] };
}

/** An array of one repeated value. */
export function filled(shape: readonly number[], value: number): NdArray {
  return { data: new Float32Array(sizeOf(shape)).fill(value), shape: [...shape] };
}

/** The shape of nested arrays; undefined when they are ragged. */
export function shapeOfNested(nested: NestedArray): number[] | undefined {
  if (!Array.isArray(nested)) return [];
  if (nested.length === 0) return [0];
  const inner = shapeOfNested(nested[0] as NestedArray);
  if (inner === undefined) return undefined;
  for (const item of nested) {
    const other = shapeOfNested(item as NestedArray);
    if (other === undefined || !sameShape(inner, other)) return undefined;
  }
  return [nested.length, ...inner];
}

/** The numbers of nested arrays, in reading order. */
export function flattenNested(nested: NestedArray): number[] {
  return Array.isArray(nested)
    ? (nested.flat(Number.POSITIVE_INFINITY) as number[]).map(Number)
    : [Number(nested)];
}

/** The index along each axis of the entry at a position. */
export function indexAt(shape: readonly number[], position: number): number[] {
  const index: number[] = [];
  let rest = position;
  for (const extent of [...shape].reverse()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}

/** Equality of two shapes. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** Entries per row: everything but the first axis. */
export function rowSize(array: NdArray): number {
  return sizeOf(array.shape.slice(1));
}

/** Rows `from` (inclusive) to `to` (exclusive), sharing memory. */
export function sliceRows(array: NdArray, from: number, to: number): NdArray {
  const width = rowSize(array);
  return { data: array.data.subarray(from * width, to * width), shape: [to - from, ...array.shape.slice(1)] };
}

/** The rows named by `indices`, copied; an index may occur often. */
export function takeRows(array: NdArray, indices: ArrayLike<number>): NdArray {
  const width = rowSize(array);
  const data = new Float32Array(indices.length * width);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * width;
    data.set(array.data.subarray(from, from + width), i * width);
  }
  return { data, shape: [indices.length, ...array.shape.slice(1)] };
}

/** The rows of several arrays, one after the other. */
export function concatRows(arrays: readonly NdArray[]): NdArray {
  const first = arrays[0];
  const data = new Float32Array(arrays.reduce((total, a) => total + a.data.length, 0));
  let at = 0;
  for (const a of arrays) {
    data.set(a.data, at);
    at += a.data.length;
  }
  return {
    data,
    shape: [arrays.reduce((rows, a) => rows + a.shape[0], 0), ...first.shape.slice(1)],
  };
}

/** Entry by entry: f(aᵢ). */
export function mapped(a: NdArray, f: (value: number, index: number) => number): NdArray {
  const entries = a.data;
  const data = new Float32Array(entries.length);
  for (let i = 0; i < data.length; i++) data[i] = f(entries[i], i);
  return { data, shape: a.shape };
}

/** Entry by entry: f(aᵢ, bᵢ). A loop of its own, since a closure over `b` in `mapped` takes three times as long. */
function combined(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  const [left, right] = [a.data, b.data];
  const data = new Float32Array(left.length);
  for (let i = 0; i < data.length; i++) data[i] = f(left[i], right[i]);
  return { data, shape: a.shape };
}

/** Arrays that belong together, one per explained input or layer; the first axis of each is the batch. */
export type Parts = readonly NdArray[];

/** An operation on two arrays, or on two lists of arrays, entry by entry; a number stands for an array of it. */
export interface Entrywise {
  (a: NdArray, b: NdArray | number): NdArray;
  (a: Parts, b: Parts | number): NdArray[];
}

/** An operation on an array, or on each of a list, entry by entry. */
export interface EachEntry {
  (a: NdArray): NdArray;
  (a: Parts): NdArray[];
}

function entrywise(f: (a: number, b: number) => number): Entrywise {
  const ofArrays = (a: NdArray, b: NdArray | number): NdArray =>
    typeof b === "number" ? mapped(a, (value) => f(value, b)) : combined(a, b, f);
  return ((a: NdArray | Parts, b: NdArray | Parts | number) =>
    isParts(a)
      ? a.map((array, i) => ofArrays(array, typeof b === "number" ? b : (b as Parts)[i]))
      : ofArrays(a, b as NdArray | number)) as Entrywise;
}

function eachEntry(f: (value: number) => number): EachEntry {
  return ((a: NdArray | Parts) =>
    isParts(a) ? a.map((array) => mapped(array, f)) : mapped(a, f)) as EachEntry;
}

function isParts(value: NdArray | Parts): value is Parts {
  return Array.isArray(value);
}

/** a + b */
export const plus: Entrywise = entrywise((a, b) => a + b);
/** a − b */
export const minus: Entrywise = entrywise((a, b) => a - b);
/** a ⊙ b */
export const times: Entrywise = entrywise((a, b) => a * b);
/** |a| */
export const absolute: EachEntry = eachEntry(Math.abs);
/** a² */
export const squared: EachEntry = eachEntry((value) => value * value);
/** max(a, 0) */
export const positive: EachEntry = eachEntry((value) => Math.max(0, value));

/** ⟨a, b⟩ of each row, over all parts, in double precision. */
export function rowDots(a: Parts, b: Parts): Float64Array {
  const dots = new Float64Array(a[0].shape[0]);
  for (const [part, { data }] of a.entries()) {
    const width = rowSize(a[part]);
    for (let i = 0; i < data.length; i++) dots[Math.floor(i / width)] += data[i] * b[part].data[i];
  }
  return dots;
}

/** Each row times its own factor. */
export function scaleRows(a: Parts, factors: ArrayLike<number>): NdArray[] {
  return a.map((array) => {
    const width = rowSize(array);
    return mapped(array, (value, i) => value * factors[Math.floor(i / width)]);
  });
}

/** a + α (b − a) */
export function between(a: NdArray, b: NdArray, alpha: number): NdArray {
  return mapped(a, (value, i) => value + alpha * (b.data[i] - value));
}

/** The same entries with one axis moved to the end. */
export function axisLast(array: NdArray, axis: number): NdArray {
  const { shape } = array;
  if (axis === shape.length - 1) return array;
  const extent = shape[axis];
  const inner = sizeOf(shape.slice(axis + 1));
  const data = new Float32Array(array.data.length);
  for (let i = 0; i < data.length; i++) {
    const within = i % (extent * inner);
    data[i - within + (within % inner) * extent + Math.floor(within / inner)] = array.data[i];
  }
  return { data, shape: [...shape.slice(0, axis), ...shape.slice(axis + 1), extent] };
}

/** Sum of each row, in double precision. */
export function rowSums(array: NdArray): number[] {
  const width = rowSize(array);
  return Array.from({ length: array.shape[0] }, (_, row) => {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) sum += array.data[i];
    return sum;
  });
}

/** Mean of each channel over the positions, [batch, …, channels] → [batch, channels], in double precision. */
export function channelMeans(array: NdArray): NdArray {
  const [batch, channels] = [array.shape[0], array.shape[array.shape.length - 1]];
  const positions = rowSize(array) / channels;
  const means = new Float64Array(batch * channels);
  array.data.forEach((value, i) => {
    means[Math.floor(i / (positions * channels)) * channels + (i % channels)] += value / positions;
  });
  return ndarray(means, [batch, channels]);
}

/** Σ_c weights_c · array_c at each position, [batch, …, channels] → [batch, …, 1]; `weights` is [batch, channels]. */
export function channelSum(array: NdArray, weights: NdArray): NdArray {
  const channels = array.shape[array.shape.length - 1];
  const width = rowSize(array);
  const sums = new Float64Array(array.data.length / channels);
  array.data.forEach((value, i) => {
    sums[Math.floor(i / channels)] += value * weights.data[Math.floor(i / width) * channels + (i % channels)];
  });
  return ndarray(sums, [...array.shape.slice(0, -1), 1]);
}

/** Smallest and largest entry of each row. */
export function rowRanges(array: NdArray): { min: number; max: number }[] {
  const width = rowSize(array);
  return Array.from({ length: array.shape[0] }, (_, row) => {
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const value = array.data[i];
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return { min, max };
  });
}

/** Sum over the last axis: [..., n] → [...]. */
export function sumLastAxis(array: NdArray): NdArray {
  const n = array.shape[array.shape.length - 1];
  const shape = array.shape.slice(0, -1);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    let sum = 0;
    for (let k = 0; k < n; k++) sum += array.data[i * n + k];
    data[i] = sum;
  }
  return { data, shape };
}

/** A reader by index over an array: `view(a)(row, column)`. */
export function view(array: NdArray): (...index: number[]) => number {
  const strides = array.shape.map((_, axis) => sizeOf(array.shape.slice(axis + 1)));
  return (...index) => array.data[index.reduce((at, i, axis) => at + i * strides[axis], 0)];
}
