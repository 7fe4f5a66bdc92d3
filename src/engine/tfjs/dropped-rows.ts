/** The axis of rows, given back to outputs of one example that lost it. */
import type { Tensor } from "./adapter";

/**
 * An output with the axis of its rows. Code that drops axes of one entry, as `squeeze()` does, drops that of the rows
 * where there is one example, and no other axis tells how many there are.
 *
 * @param extents of one row, where they are known.
 */
export function withRows(output: Tensor, rows: number, extents?: readonly (number | null)[]): Tensor {
  if (rows !== 1 || output.shape[0] === 1) return output;
  const { shape } = output;
  const dropped =
    extents === undefined
      ? shape.length === 0
      : shape.length === extents.length && shape.every((extent, i) => extent === (extents[i] ?? extent));
  return dropped ? output.reshape([1, ...shape]) : output;
}
