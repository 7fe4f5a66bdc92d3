/** Filters with zeros between their entries: a dilated convolution as a plain one. */
import type { Tensor } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

/** The filter with `dilations[i] − 1` zeros between its entries along spatial axis i: convolving with it undilated gives the same result. */
export function dilateFilter<T extends Tensor>(tf: Tf, filter: T, dilations: readonly number[]): T {
  return dilations.reduce((current: Tensor, dilation, axis) => {
    if (dilation === 1) return current;
    const { shape } = current;
    const before = product(shape.slice(0, axis));
    const length = shape[axis];
    const after = product(shape.slice(axis + 1));
    const spaced = tf.pad(tf.reshape(current, [before, length, 1, after]), [
      [0, 0],
      [0, 0],
      [0, dilation - 1],
      [0, 0],
    ]);
    const spread = (length - 1) * dilation + 1;
    const cut = tf.slice(
      tf.reshape(spaced, [before, length * dilation, after]),
      [0, 0, 0],
      [before, spread, after],
    );
    return tf.reshape(
      cut,
      shape.map((n, i) => (i === axis ? spread : n)),
    );
  }, filter) as T;
}

/** The adjoint of `dilateFilter`: keeps the entries that are not between. */
export function undilateFilter<T extends Tensor>(tf: Tf, gradient: T, dilations: readonly number[]): T {
  if (dilations.every((dilation) => dilation === 1)) return gradient;
  const strides = gradient.shape.map((_, axis) => dilations[axis] ?? 1);
  return tf.stridedSlice(
    gradient,
    gradient.shape.map(() => 0),
    gradient.shape,
    strides,
  ) as T;
}

/** The shape of the dilated filter. */
export function dilatedShape(shape: readonly number[], dilations: readonly number[]): number[] {
  return shape.map((length, axis) => (length - 1) * (dilations[axis] ?? 1) + 1);
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => a * b, 1);
}
