/** Parts of one example as grids, rows and names. */

import type { NdArray } from "../tensor";
import type { Grid } from "./grid";
import type { PartView } from "./map-view";

/** True of pictures: parts with the axes height and width. */
export function isSpatial(part: PartView): boolean {
  return part.axes.includes("height") && part.axes.includes("width");
}

/** True of a part that records an input with its own axes, at whatever resolution. */
export function hasInput(part: PartView): part is PartView & { input: NdArray } {
  return part.input !== undefined && part.input.shape.length === part.axes.length + 1;
}

/** What the values of a part's input are, in words: those of a layer are its activations. */
export function inputName(part: PartView): "input" | "activation" {
  return part.at === "layer" && part.input?.data.length === part.values.data.length ? "activation" : "input";
}

/** The axis along which a volume or a film is cut into pictures; undefined of a part without one. */
export function sliceAxis({ axes }: PartView): "depth" | "time" | undefined {
  return axes.includes("depth") ? "depth" : axes.includes("time") ? "time" : undefined;
}

/** True of volumes and films: pictures one behind the other. */
export function isVolume(part: PartView): boolean {
  return isSpatial(part) && sliceAxis(part) !== undefined;
}

/** Number of a part's channels; one where it has no such axis. */
export function channelCount({ axes, values }: PartView): number {
  return axes.includes("channel") ? values.shape[axes.indexOf("channel") + 1] : 1;
}

/** True of a layer's map of so many channels that their sum alone would hide them. */
export function hasManyChannels(part: PartView): boolean {
  return part.at === "layer" && isSpatial(part) && !isVolume(part) && channelCount(part) > 1;
}

/** True of a map that is coarser than the picture under it, as that of Grad-CAM. */
export function isCoarser(part: PartView): boolean {
  if (!isSpatial(part) || !hasInput(part)) return false;
  const { values, input, axes } = part;
  return axes.some(
    (axis, i) => (axis === "height" || axis === "width") && values.shape[i + 1] < input.shape[i + 1],
  );
}

/** What becomes of the values of a cell: their signed sum, their mean, or Σ|·|. */
export type CellReduction = "sum" | "mean" | "magnitude";

/** One example as rows and columns; every other axis is summed, with its sign or without, or averaged. */
export function gridOf(
  array: NdArray,
  axes: readonly string[],
  example: number,
  reduce: CellReduction,
): Grid {
  const shape = array.shape.slice(1);
  const heightAxis = axes.indexOf("height");
  const widthAxis = axes.indexOf("width");
  const rows = shape[heightAxis];
  const columns = shape[widthAxis];
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const size = shape.reduce((a, b) => a * b, 1);
  const values = new Array<number>(rows * columns).fill(0);
  for (let i = 0; i < size; i++) {
    const row = Math.floor(i / strides[heightAxis]) % rows;
    const column = Math.floor(i / strides[widthAxis]) % columns;
    const value = array.data[example * size + i];
    values[row * columns + column] += reduce === "magnitude" ? Math.abs(value) : value;
  }
  if (reduce === "mean") {
    const count = size / (rows * columns);
    for (let i = 0; i < values.length; i++) values[i] /= count;
  }
  return { rows, columns, values };
}

/** One channel of one example, as a batch of one with all axes. */
export function ofChannel(
  array: NdArray,
  axes: readonly string[],
  example: number,
  channel: number,
): NdArray {
  const at = axes.indexOf("channel");
  return at < 0 ? ofExample(array, example) : sliceOf(ofExample(array, example), at, channel);
}

/** One entry along an axis of a batch of one, with all axes. */
function sliceOf({ data, shape }: NdArray, axis: number, index: number): NdArray {
  const inner = shape.slice(axis + 2).reduce((a, b) => a * b, 1);
  const along = shape[axis + 1];
  const size = data.length / along;
  const start = (i: number) => (Math.floor(i / inner) * along + index) * inner + (i % inner);
  return {
    data: Float32Array.from({ length: size }, (_, i) => data[start(i)]),
    shape: shape.map((extent, i) => (i === axis + 1 ? 1 : extent)),
  };
}

/** One example as a batch of one. */
export function ofExample(array: NdArray, example: number): NdArray {
  const size = array.data.length / array.shape[0];
  return {
    data: array.data.subarray(example * size, (example + 1) * size),
    shape: [1, ...array.shape.slice(1)],
  };
}

/** Number of values that are added up into one cell of the picture. */
export function summedPerCell(part: PartView): number {
  return part.axes.reduce(
    (count, axis, i) => (axis === "height" || axis === "width" ? count : count * part.values.shape[i + 1]),
    1,
  );
}

/** A sentence for each part whose cells add up several values. */
export function summedNotes(parts: readonly PartView[]): string[] {
  const sums = parts
    .filter((part) => isSpatial(part) && summedPerCell(part) > 1)
    .map((part) => {
      const axes = part.axes.filter(
        (axis, i) => axis !== "height" && axis !== "width" && part.values.shape[i + 1] > 1,
      );
      const what = axes.every((axis) => axis === "channel")
        ? "channels"
        : `values along ${axes.join(" and ")}`;
      return `Each cell is the signed sum of ${summedPerCell(part)} ${what}.`;
    });
  return [...new Set(sums)];
}

/** A sentence where every attribution of a part is zero: bars and lines would show nothing, and not say why. */
export function zeroNotes(parts: readonly PartView[], example: number): string[] {
  const zero = parts.filter((part) => exampleOf(part.values, example).every((value) => value === 0));
  if (zero.length === parts.length) return ["Every attribution is zero."];
  return zero.map((part) => `Every attribution to ${part.name} is zero.`);
}

/** One example as a flat list. */
export function exampleOf(array: NdArray, example: number): number[] {
  const size = array.data.length / array.shape[0];
  return Array.from(array.data.subarray(example * size, (example + 1) * size));
}

/** The example's position in an array that may hold one entry for all (a shared baseline). */
export function sharedIndex(array: NdArray, example: number): number {
  return array.shape[0] === 1 ? 0 : example;
}

/** One example as cells, whatever its axes: a picture, channels by time, or one row. */
export function cellsOf(part: PartView, array: NdArray, example: number, reduce: CellReduction): Grid {
  if (isSpatial(part)) return gridOf(array, part.axes, example, reduce);
  const values = exampleOf(array, example).map((value) => (reduce === "magnitude" ? Math.abs(value) : value));
  const steps = part.axes[0] === "time" ? array.shape[1] : values.length;
  return { rows: values.length / steps, columns: steps, values: stepsAcross(values, steps) };
}

/** Names of those cells, of a part without picture axes. */
export function cellNames(part: PartView): string[] {
  const names = entryNames(part);
  return part.axes[0] === "time" ? stepsAcross(names, part.values.shape[1]) : names;
}

/** Entries step by step, as rows of one entry per step. */
function stepsAcross<T>(entries: readonly T[], steps: number): T[] {
  const rows = entries.length / steps;
  return entries.map((_, i) => entries[(i % steps) * rows + Math.floor(i / steps)]);
}

/** Names of the entries of a part without picture axes, in one example; over all examples tokens have places, not words. */
export function entryNames(part: PartView, example?: number): string[] {
  const count = part.values.data.length / part.values.shape[0];
  const words = example === undefined ? undefined : part.words?.[example];
  if (words?.length === count) return words;
  if (part.labels?.length === count) return [...part.labels];
  const shape = part.values.shape.slice(1);
  return Array.from({ length: count }, (_, i) => {
    const index: number[] = [];
    let rest = i;
    for (const size of [...shape].reverse()) {
      index.unshift(rest % size);
      rest = Math.floor(rest / size);
    }
    const last = part.labels && part.labels.length === shape.at(-1) ? part.labels[index.at(-1)!] : undefined;
    return last && shape.length === 2 ? `${last} [${index[0]}]` : `${part.name}[${index.join(", ")}]`;
  });
}
