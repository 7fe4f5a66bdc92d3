/** Gaussian blur along named axes, in double precision, with nothing beyond the border. */
import { sizeOf } from "../tensor";

/** Kernels reach so many standard deviations. */
const REACH = 4;

/**
 * Values blurred along some axes by a Gaussian of width σ, cut off at 4 σ and of sum 1; beyond the border lies 0. σ = 0 leaves them as they are.
 * @param axes numbers of the axes to blur along, in `shape`.
 */
export function gaussianBlur(
  values: Float64Array,
  shape: readonly number[],
  axes: readonly number[],
  sigma: number,
): Float64Array {
  if (sigma === 0) return values;
  const reach = Math.floor(REACH * sigma + 0.5);
  const weights = Float64Array.from({ length: reach + 1 }, (_, distance) =>
    Math.exp(-(distance ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight, distance) => sum + (distance === 0 ? weight : 2 * weight), 0);
  return axes.reduce((blurred, axis) => {
    const extent = shape[axis];
    const stride = sizeOf(shape.slice(axis + 1));
    const out = new Float64Array(blurred.length);
    for (let i = 0; i < out.length; i++) {
      const at = Math.floor(i / stride) % extent;
      const [first, last] = [Math.max(0, at - reach), Math.min(extent - 1, at + reach)];
      let sum = 0;
      for (let other = first; other <= last; other++)
        sum += weights[Math.abs(other - at)] * blurred[i + (other - at) * stride];
      out[i] = sum / total;
    }
    return out;
  }, values);
}
