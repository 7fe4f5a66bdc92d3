/** The gradient of a cast between types. */
import { type Correction, gradientOf, zerosOf } from "./correction";

/**
 * y = cast(x): dx = dy between real types; 0 where y is an integer or a boolean, since y is then piecewise constant.
 *
 * Stock tfjs passes dy through a cast to int32, as if truncation were the identity.
 */
export const cast: Correction = gradientOf("Cast", (tf) => ({
  inputsToSave: ["x"],
  backward: ([dy], [x], { dtype }) => ({
    x: () => (dtype === "int32" || dtype === "bool" ? zerosOf(tf, x) : tf.cast(dy, "float32")),
  }),
}));
