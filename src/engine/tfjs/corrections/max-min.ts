/** The gradients of the largest and the smallest entry along axes. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf } from "./correction";

/**
 * y = the largest (or smallest) entry of x along the axes: dy goes to the entries equal to y, in equal shares.
 *
 * Stock tfjs gives each of n equal entries all of dy, so that a flat region counts n times.
 */
function reductionOf(kernel: "Max" | "Min", axisAttribute: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["x"],
    outputsToSave: [true],
    backward: ([dy], [x, y], attrs) => ({
      x: () => {
        const axes = tf.util.parseAxisParam((attrs[axisAttribute] ?? null) as number[], x.shape);
        const keptShape = x.shape.map((length, i) => (axes.includes(i) ? 1 : length));
        const keepAxes = (t: Tensor): Tensor => tf.reshape(t, keptShape);
        const chosen = tf.cast(tf.equal(x, keepAxes(y)), "float32");
        return tf.mul(tf.div(keepAxes(dy), tf.sum(chosen, axes, true)), chosen);
      },
    }),
  }));
}

export const max: Correction = reductionOf("Max", "reductionIndices");
export const min: Correction = reductionOf("Min", "axis");
