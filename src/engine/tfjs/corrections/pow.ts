/** The gradients of powers. */
import { type Correction, gradientOf, sumToShape } from "./correction";

/**
 * y = aᵇ: da = dy·b·aᵇ⁻¹, 0 where b = 0; db = dy·y·ln a, 0 where a ≤ 0.
 *
 * Stock tfjs has 0·∞ = NaN for da at a = 0, b = 0.
 */
export const pow: Correction = gradientOf("Pow", (tf) => ({
  inputsToSave: ["a", "b"],
  outputsToSave: [true],
  backward: ([dy], [a, b, y]) => ({
    a: () => {
      const exponent = tf.cast(b, "float32");
      const derivative = tf.mul(exponent, tf.pow(tf.cast(a, "float32"), tf.sub(exponent, 1)));
      const constant = tf.broadcastTo(tf.equal(exponent, 0), derivative.shape);
      return sumToShape(tf, tf.mul(dy, tf.where(constant, tf.zerosLike(derivative), derivative)), a.shape);
    },
    b: () => {
      const base = tf.cast(a, "float32");
      const positive = tf.greater(base, 0);
      const logarithm = tf.where(
        positive,
        tf.log(tf.where(positive, base, tf.onesLike(base))),
        tf.zerosLike(base),
      );
      return sumToShape(tf, tf.mul(dy, tf.mul(tf.cast(y, "float32"), logarithm)), b.shape);
    },
  }),
}));
