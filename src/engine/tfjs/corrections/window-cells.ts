/** The cells of windows as tensors: one per place in the window. */
import type { Tensor } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

/** Below every finite value: padding is never the largest cell. */
export const LOWEST = -3.4e38;

/** Starts and extents of windows along each spatial axis. */
export interface Windows {
  readonly size: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly output: readonly number[];
}

/** The cells at each place of the windows: one tensor of the shape of the output per place, in order. */
export function cells(
  tf: Tf,
  x: Tensor,
  { size, strides, dilations, before, output }: Windows,
  fill: number,
): Tensor[] {
  const reach = output.map((n, i) => (n - 1) * strides[i] + (size[i] - 1) * dilations[i] + 1);
  const after = reach.map((n, i) => Math.max(0, n - before[i] - x.shape[i + 1]));
  const around = [[0, 0], ...before.map((n, i) => [n, after[i]]), [0, 0]] as [number, number][];
  const padded = tf.pad(x, around, fill);
  const places = size.reduce<number[][]>(
    (all, n) =>
      all.flatMap((place) => Array.from({ length: n }, (_, i) => [...place, i * dilations[place.length]])),
    [[]],
  );
  const [batch, channels] = [x.shape[0], x.shape[x.rank - 1]];
  return places.map((place) => {
    const end = place.map((n, i) => n + (output[i] - 1) * strides[i] + 1);
    return tf.stridedSlice(padded, [0, ...place, 0], [batch, ...end, channels], [1, ...strides, 1]);
  });
}

/** Out of each window's `values`, the one that stands where `candidates` first reach the `largest`. */
export function atFirstLargest(
  tf: Tf,
  candidates: readonly Tensor[],
  largest: Tensor,
  values: readonly Tensor[],
): Tensor {
  let free: Tensor = tf.onesLike(largest);
  let sum: Tensor = tf.zerosLike(largest);
  candidates.forEach((candidate, i) => {
    const taken = tf.mul(free, tf.cast(tf.equal(candidate, largest), "float32"));
    sum = tf.add(sum, tf.mul(taken, values[i]));
    free = tf.sub(free, taken);
  });
  return sum;
}
