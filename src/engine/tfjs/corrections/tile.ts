/** The gradient of repeated tensors. */
import { type Correction, gradientOf } from "./correction";

/**
 * y = x repeated along its axes: dx = Σ of dy over the copies, which are axes of their own in dy.
 *
 * Stock tfjs throws for more than four axes; `broadcastTo` is a tile, too.
 */
export const tile: Correction = gradientOf("Tile", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], attrs) => ({
    x: () => {
      const reps = attrs.reps as number[];
      const apart: number[] = [];
      const copies: number[] = [];
      x.shape.forEach((length, axis) => {
        if (reps[axis] !== 1) {
          copies.push(apart.length);
          apart.push(reps[axis]);
        }
        apart.push(length);
      });
      return tf.reshape(copies.length > 0 ? tf.sum(tf.reshape(dy, apart), copies) : dy, x.shape);
    },
  }),
}));
