/** Filters with zeros between their entries: a dilated convolution as a plain one. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type InputGradients, runKernel, type Tf } from "./correction";

/** A dilated convolution on the way back, and the kernels of tfjs that compute its gradients for a plain one. */
export interface DilatedConvolution {
  readonly dy: Tensor;
  readonly x: Tensor;
  readonly filter: Tensor;
  readonly dilations: readonly number[];
  readonly attrs: NamedAttrMap;
  readonly inputKernel: string;
  readonly filterKernel: string;
}

/** The gradients of a convolution with respect to its input and its filter. */
export type ConvolutionGradients = (
  tf: Tf,
  dy: Tensor,
  x: Tensor,
  filter: Tensor,
  attrs: NamedAttrMap,
) => InputGradients;

/** dx = dy ∗ᵀ w↑d, dw = (x ⋆ dy)↓d, where w↑d has d − 1 zeros between its entries. */
export function dilatedGradients(
  tf: Tf,
  { dy, x, filter, dilations, attrs, inputKernel, filterKernel }: DilatedConvolution,
): InputGradients {
  return {
    x: () => {
      const inputs = { dy, filter: dilateFilter(tf, filter, dilations) };
      return runKernel(tf, inputKernel, inputs, { ...attrs, inputShape: x.shape });
    },
    filter: () => {
      const filterShape = dilatedShape(filter.shape, dilations);
      return undilateFilter(tf, runKernel(tf, filterKernel, { x, dy }, { ...attrs, filterShape }), dilations);
    },
  };
}

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
