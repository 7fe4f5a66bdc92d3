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

/** Whether two shapes are the same. */
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
  const data = new Float32Array(a.data.length);
  for (let i = 0; i < data.length; i++) data[i] = f(a.data[i], i);
  return { data, shape: a.shape };
}

/** a + b */
export function plus(a: NdArray, b: NdArray): NdArray {
  return mapped(a, (value, i) => value + b.data[i]);
}

/** a − b */
export function minus(a: NdArray, b: NdArray): NdArray {
  return mapped(a, (value, i) => value - b.data[i]);
}

/** a ⊙ b */
export function times(a: NdArray, b: NdArray): NdArray {
  return mapped(a, (value, i) => value * b.data[i]);
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
