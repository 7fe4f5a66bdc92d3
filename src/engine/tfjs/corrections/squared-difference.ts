/** The gradients of squared differences. */
import { type Correction, gradientOf, sumToShape } from "./correction";

/** y = (a − b)²: da = 2·dy·(a − b), db = −da, each summed over the axes along which it was broadcast. Stock tfjs forgets that sum and throws. */
export const squaredDifference: Correction = gradientOf("SquaredDifference", (tf) => ({
  inputsToSave: ["a", "b"],
  backward: ([dy], [a, b]) => ({
    a: () => sumToShape(tf, tf.mul(dy, tf.mul(tf.sub(a, b), 2)), a.shape),
    b: () => sumToShape(tf, tf.mul(dy, tf.mul(tf.sub(b, a), 2)), b.shape),
  }),
}));
