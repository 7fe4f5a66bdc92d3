/** The gradients of the larger and the smaller of two numbers. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, sumToShape } from "./correction";

/**
 * y = the larger (or smaller) of a and b: dy goes to the one that was taken, half to each where they are equal,
 * summed over the axes along which it was broadcast.
 *
 * Stock tfjs forgets that sum and throws, and gives all of dy to a where they are equal.
 */
function extremumOf(kernel: "Maximum" | "Minimum"): Correction {
  return gradientOf(kernel, (tf) => {
    const taken = kernel === "Maximum" ? tf.greater : tf.less;
    const share = (dy: Tensor, own: Tensor, other: Tensor): Tensor => {
      const wins = tf.cast(taken(own, other), "float32");
      const ties = tf.mul(tf.cast(tf.equal(own, other), "float32"), 0.5);
      return sumToShape(tf, tf.mul(dy, tf.add(wins, ties)), own.shape);
    };
    return {
      inputsToSave: ["a", "b"],
      backward: ([dy], [a, b]) => ({ a: () => share(dy, a, b), b: () => share(dy, b, a) }),
    };
  });
}

export const maximum: Correction = extremumOf("Maximum");
export const minimum: Correction = extremumOf("Minimum");
