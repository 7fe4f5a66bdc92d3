/** Maps at the size of what lies beneath them, by linear interpolation. */
import { type NdArray, ndarray, sizeOf } from "../tensor";

/**
 * An array [batch, …positions, channels] with other numbers of positions: linear between the centres of cells along each axis,
 * constant beyond the outermost (bilinear for images, as `tf.image.resizeBilinear` with half-pixel centres).
 */
export function upsampled(array: NdArray, positions: readonly number[]): NdArray {
  return positions.reduce((current, extent, i) => alongAxis(current, i + 1, extent), array);
}

/** The same by the cell that a position lies in, ⌊k · cells / positions⌋. */
export function upsampledNearest(array: NdArray, positions: readonly number[]): NdArray {
  return positions.reduce((current, extent, i) => {
    const cells = Array.from({ length: extent }, (_, k) => Math.floor((k * current.shape[i + 1]) / extent));
    return takeAlong(current, i + 1, cells);
  }, array);
}

/** The named cells of an axis, in that order. */
function takeAlong({ data, shape }: NdArray, axis: number, cells: readonly number[]): NdArray {
  const [before, inner] = [shape[axis], sizeOf(shape.slice(axis + 1))];
  const result = new Float32Array((data.length / before) * cells.length);
  let to = 0;
  for (let from = 0; from < data.length; from += before * inner)
    for (const cell of cells) {
      result.set(data.subarray(from + cell * inner, from + (cell + 1) * inner), to);
      to += inner;
    }
  return ndarray(result, [...shape.slice(0, axis), cells.length, ...shape.slice(axis + 1)]);
}

function alongAxis({ data, shape }: NdArray, axis: number, extent: number): NdArray {
  const before = shape[axis];
  if (before === extent) return { data, shape };
  const outer = sizeOf(shape.slice(0, axis));
  const inner = sizeOf(shape.slice(axis + 1));
  const result = new Float32Array(outer * extent * inner);
  for (let k = 0; k < extent; k++) {
    const centre = Math.min(before - 1, Math.max(0, ((k + 0.5) * before) / extent - 0.5));
    const low = Math.floor(centre);
    const high = Math.min(before - 1, low + 1);
    const share = centre - low;
    for (let o = 0; o < outer; o++)
      for (let i = 0; i < inner; i++) {
        const at = (cell: number): number => data[(o * before + cell) * inner + i];
        result[(o * extent + k) * inner + i] = (1 - share) * at(low) + share * at(high);
      }
  }
  return ndarray(result, [...shape.slice(0, axis), extent, ...shape.slice(axis + 1)]);
}
