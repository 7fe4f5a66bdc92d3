/** The gradient of a product along axes. */
import { type Correction, gradientOf } from "./correction";

/**
 * y = Π x over the axes: dx[i] = dy·Π x[j] over j ≠ i.
 *
 * The product of the others is that of those before times that of those after, so it holds where x is 0.
 * Stock tfjs reads negative axes and several axes wrongly.
 */
export const prod: Correction = gradientOf("Prod", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], { axis }) => ({
    x: () => {
      const reduced = tf.util.parseAxisParam((axis ?? null) as number[], x.shape);
      const kept = [...x.shape.keys()].filter((i) => !reduced.includes(i));
      const order = [...kept, ...reduced];
      const count = reduced.reduce((size, i) => size * x.shape[i], 1);
      const rows = tf.reshape(tf.transpose(x, order), [-1, count]);
      const others = tf.mul(tf.cumprod(rows, 1, true, false), tf.cumprod(rows, 1, true, true));
      const gradient = tf.reshape(
        tf.mul(others, tf.reshape(dy, [-1, 1])),
        order.map((i) => x.shape[i]),
      );
      return tf.transpose(
        gradient,
        order.map((_, i) => order.indexOf(i)),
      );
    },
  }),
}));
