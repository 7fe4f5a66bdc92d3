import { type Correction, gradientOf, zerosOf } from "./correction";

/**
 * dx = dy · (y ≥ 0 ? 1 : y + 1): with v the slope of what follows, d(dy) = v · (y ≥ 0 ? 1 : y + 1) and
 * dy' = v · dy where y < 0. Stock tfjs has no gradient of the gradient of elu.
 */
export const eluGradient: Correction = gradientOf("EluGrad", (tf) => ({
  inputsToSave: ["dy", "y"],
  backward: ([slope], [dy, y]) => {
    const rising = tf.greaterEqual(y, 0);
    return {
      dy: () => tf.where(rising, slope, tf.mul(slope, tf.add(y, 1))),
      y: () => tf.where(rising, zerosOf(tf, y), tf.mul(slope, dy)),
    };
  },
}));
