/** Maps at the size of what lies beneath them, by linear interpolation. */
import { type NdArray, ndarray, sizeOf } from "../tensor";

/**
 * An array [batch, …positions, channels] with other numbers of positions: linear between the centres of cells along each axis,
 * constant beyond the outermost (bilinear for images, as `tf.image.resizeBilinear` with half-pixel centres).
 */
export function upsampled(array: NdArray, positions: readonly number[]): NdArray {
  return positions.reduce((current, extent, i) => alongAxis(current, i + 1, extent), array);
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
