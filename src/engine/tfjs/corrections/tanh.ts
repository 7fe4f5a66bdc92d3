/** The gradient of tanh. */
import { type Correction, gradientOf } from "./correction";

/**
 * y = tanh(x): dx = dy · 4 · σ(2x) · σ(−2x).
 *
 * Stock tfjs has dy · (1 − y²), where the rounding of y costs a tenth of the derivative at |x| = 8, and all of it beyond 9:
 * the gradient through a saturated unit is then wrong by far more than rounding.
 */
export const tanh: Correction = gradientOf("Tanh", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x]) => ({
    x: () => {
      const twice = tf.mul(x, 2);
      const derivative = tf.mul(tf.mul(tf.sigmoid(twice), tf.sigmoid(tf.neg(twice))), 4);
      return tf.mul(dy, derivative);
    },
  }),
}));
