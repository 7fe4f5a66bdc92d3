/** Columns of a table that a net looks up: their share of a map is that of their vectors, beside the other columns' own. */
import type { Batch, LookedUpColumns, Model } from "../model/model";
import { type NdArray, rowSize } from "../tensor";
import type { Reduce } from "./record";

/** The looked-up columns of the inputs that are explained. */
export function explainedColumns(
  model: Model,
  batch: Batch,
  fixed: ReadonlySet<number>,
): readonly LookedUpColumns[] {
  return (model.lookedUpColumns?.(batch) ?? []).filter(({ input }) => !fixed.has(input));
}

/** The vectors of some columns, one row of them after the other. */
export interface ColumnVectors {
  readonly columns: readonly number[];
  readonly vectors: NdArray;
}

/**
 * A table with the share of its looked-up columns: the sum or mean of their vectors' entries beside the column's own, or the
 * length of all of these. Tables lie one behind the other, `width` entries to a row.
 */
export function withColumnVectors(
  table: NdArray,
  width: number,
  looked: readonly ColumnVectors[],
  by: Reduce,
): NdArray {
  if (looked.length === 0) return table;
  const data = Float64Array.from(table.data);
  const touched = new Set(looked.flatMap(({ columns }) => columns));
  const rows = data.length / width;
  for (let row = 0; row < rows; row++) {
    const own = data.subarray(row * width, (row + 1) * width);
    if (by === "norm") for (const column of touched) own[column] **= 2;
    for (const { columns, vectors } of looked) {
      const entries = vectors.shape[vectors.shape.length - 1];
      columns.forEach((column, i) => {
        const start = (row * columns.length + i) * entries;
        for (const entry of vectors.data.subarray(start, start + entries))
          own[column] += by === "norm" ? entry ** 2 : by === "mean" ? entry / entries : entry;
      });
    }
    if (by === "norm") for (const column of touched) own[column] = Math.sqrt(own[column]);
  }
  return { data: Float32Array.from(data), shape: table.shape };
}

/** An input's values with the columns of another's that are looked up: those have vectors to be moved in their place. */
export function withHeldColumns(
  values: NdArray,
  held: NdArray,
  rows: ArrayLike<number>,
  columns: readonly number[],
): NdArray {
  if (columns.length === 0) return values;
  const data = Float32Array.from(values.data);
  const width = rowSize(values);
  for (let row = 0; row < rows.length; row++)
    for (const column of columns) data[row * width + column] = held.data[rows[row] * width + column];
  return { data, shape: values.shape };
}

const REDUCED: Readonly<Record<Reduce, string>> = { norm: "the length", sum: "the sum", mean: "the mean" };

/** A sentence for each look-up of columns. */
export function columnsInWords(model: Model, looked: readonly LookedUpColumns[], by: Reduce): string[] {
  return looked.map(({ input, place, columns }) => {
    const { name } = model.inputs[input];
    const named = columns.map((column) => JSON.stringify(model.facts.features?.[column] ?? column));
    const shown = named.length > 4 ? [...named.slice(0, 4), "…"] : named;
    const [noun, verb, whose] =
      columns.length === 1 ? ["column", "is", "its"] : ["columns", "are", "each one's"];
    return (
      `${noun} ${shown.join(", ")} of input "${name}" ${verb} explained at the look-up of layer "${place.layer}": ` +
      `${REDUCED[by]} of ${whose} vector's entries`
    );
  });
}
