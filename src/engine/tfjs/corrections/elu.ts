/** The gradient of elu. */
import { type Correction, gradientOf } from "./correction";

/**
 * y = x ≥ 0 ? x : exp(x) − 1: dx = dy · exp(min(x, 0)).
 *
 * Stock tfjs has dy · (y + 1) where y < 0, which loses its digits as y nears −1, and no gradient of that.
 */
export const elu: Correction = gradientOf("Elu", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x]) => ({
    x: () => tf.mul(dy, tf.exp(tf.where(tf.greaterEqual(x, 0), tf.zerosLike(x), x))),
  }),
}));
