/** The gradient of softmax. */
import { type Correction, gradientOf } from "./correction";

/**
 * y = softmax(x): dx = y · (d − Σ y · d) with d = dy less its entry at the largest y.
 *
 * A number that is taken from all of dy changes nothing but digits: stock tfjs takes none, and of one class that is all but certain
 * leaves y − y², whose digits are lost as y nears 1. Only rows of a matrix, as outputs are, are worth it; attention has many that
 * are never certain together.
 */
export const softmax: Correction = gradientOf("Softmax", (tf) => ({
  outputsToSave: [true],
  backward: ([dy], [y], { dim }) => ({
    logits: () => {
      const axis = dim as number;
      let d = dy;
      if (y.rank <= 2) {
        const largest = tf.cast(tf.equal(y, tf.max(y, axis, true)), "float32");
        d = tf.sub(dy, tf.div(tf.sum(tf.mul(dy, largest), axis, true), tf.sum(largest, axis, true)));
      }
      const weighted = tf.mul(d, y);
      return tf.sub(weighted, tf.mul(tf.sum(weighted, axis, true), y));
    },
  }),
}));
