/** The gradient of any operation that copies entries of its input. */
import type { Tensor } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

/**
 * The gradient of an operation that copies entries of its input to its output: dx[i] = Σ of dy over the copies of entry i.
 *
 * The way of each entry is found by applying the operation to the numbers of the entries.
 *
 * @param select - the operation, applied here to int32 numbers.
 */
export function selectionGradient(
  tf: Tf,
  dy: Tensor,
  shape: number[],
  select: (x: Tensor) => Tensor,
): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const sources = select(tf.reshape(tf.range(0, size, 1, "int32"), shape));
  return tf.reshape(tf.scatterND(tf.reshape(sources, [-1, 1]), tf.reshape(dy, [-1]), [size]), shape);
}

/**
 * The same for an operation that takes slices across one axis: slice k of its output is slice places[k] of its input.
 *
 * Nothing is numbered but these slices, so that the other axes may be of any length.
 */
export function sliceGradient(tf: Tf, dy: Tensor, axis: number, places: Tensor, length: number): Tensor {
  const order = [axis, ...dy.shape.keys()].filter((other, i) => i === 0 || other !== axis);
  const turned = axis === 0 ? dy : tf.transpose(dy, order);
  const shape = [length, ...turned.shape.slice(1)];
  const gradient = tf.scatterND(tf.reshape(places, [-1, 1]), turned, shape);
  if (axis === 0) return gradient;
  return tf.transpose(
    gradient,
    order.map((_, i) => order.indexOf(i)),
  );
}
