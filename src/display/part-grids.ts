import type { NdArray } from "../tensor";
import type { Grid } from "./grid";
import type { PartView } from "./map-view";

/** Whether the part is a picture: it has the axes height and width. */
export function isSpatial(part: PartView): boolean {
  return part.axes.includes("height") && part.axes.includes("width");
}

/** One example as rows and columns; every other axis is summed with its sign, or averaged. */
export function gridOf(
  array: NdArray,
  axes: readonly string[],
  example: number,
  reduce: "sum" | "mean",
): Grid {
  const shape = array.shape.slice(1);
  const heightAxis = axes.indexOf("height");
  const widthAxis = axes.indexOf("width");
  const rows = shape[heightAxis]!;
  const columns = shape[widthAxis]!;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Array<number>(rows * columns).fill(0);
  for (let i = 0; i < size; i++) {
    const row = Math.floor(i / strides[heightAxis]!) % rows;
    const column = Math.floor(i / strides[widthAxis]!) % columns;
    values[row * columns + column]! += array.data[example * size + i]!;
  }
  if (reduce === "mean") {
    const count = size / (rows * columns);
    for (let i = 0; i < values.length; i++) values[i]! /= count;
  }
  return { rows, columns, values };
}

/** How many values are added up into one cell of the picture. */
export function summedPerCell(part: PartView): number {
  return part.axes.reduce(
    (count, axis, i) => (axis === "height" || axis === "width" ? count : count * part.values.shape[i + 1]!),
    1,
  );
}

/** One example as a flat list. */
export function exampleOf(array: NdArray, example: number): number[] {
  const size = array.data.length / array.shape[0]!;
  return Array.from(array.data.subarray(example * size, (example + 1) * size));
}

/** The example's position in an array that may hold one entry for all (a shared baseline). */
export function sharedIndex(array: NdArray, example: number): number {
  return array.shape[0] === 1 ? 0 : example;
}
