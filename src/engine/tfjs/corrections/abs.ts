/** The gradient of |x|. */
import { type Correction, gradientOf } from "./correction";

/** y = |x|: dx = dy·sign(x), with sign(0) = 0. Stock tfjs takes −1 at 0. */
export const abs: Correction = gradientOf("Abs", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x]) => ({ x: () => tf.mul(dy, tf.sign(x)) }),
}));
