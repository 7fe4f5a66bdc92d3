/** The gradient of sigmoid. */
import { type Correction, gradientOf } from "./correction";

/**
 * y = σ(x): dx = dy · σ(x) · σ(−x).
 *
 * Stock tfjs has dy · y · (1 − y), where 1 − y loses its digits as y nears 1: the gradient of a confident output is
 * then wrong by far more than rounding.
 */
export const sigmoid: Correction = gradientOf("Sigmoid", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x]) => ({ x: () => tf.mul(dy, tf.mul(tf.sigmoid(x), tf.sigmoid(tf.neg(x)))) }),
}));
