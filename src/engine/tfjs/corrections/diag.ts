/** The gradient of a diagonal matrix. */
import { type Correction, gradientOf } from "./correction";

/** y = diag(x): dx = the diagonal of dy. Stock tfjs has no gradient. */
export const diag: Correction = gradientOf("Diag", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x]) => ({
    x: () => tf.reshape(tf.sum(tf.mul(tf.reshape(dy, [x.size, x.size]), tf.eye(x.size)), 1), x.shape),
  }),
}));
