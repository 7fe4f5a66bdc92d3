/** The gradient of the largest entries. */
import { type Correction, gradientOf } from "./correction";

/** values = x[indices] along the last axis: dx = dvalues scattered to those indices. Stock tfjs has no gradient. */
export const topK: Correction = gradientOf("TopK", (tf) => ({
  inputsToSave: ["x"],
  outputsToSave: [false, true],
  backward: ([dy], [x, indices]) => ({
    x: () => {
      const length = x.shape[x.rank - 1];
      const rows = x.size / length;
      const rowStarts = tf.reshape(tf.range(0, x.size, length, "int32"), [rows, 1]);
      const places = tf.add(tf.reshape(indices, [rows, -1]), rowStarts);
      return tf.reshape(tf.scatterND(tf.reshape(places, [-1, 1]), tf.reshape(dy, [-1]), [x.size]), x.shape);
    },
  }),
}));
