import type { Tensor } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

/**
 * The gradient of an operation that copies entries of its input to its output: dx[i] = Σ of dy over the copies of entry i.
 *
 * Which entry went where is found by applying the operation to the numbers of the entries.
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
