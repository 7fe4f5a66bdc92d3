/** The gradients of splits and of slices taken apart. */
import type { Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type Tf } from "./correction";

/** The dy of parts of integers or booleans, which tfjs makes of that type where nothing uses a part. */
function real(tf: Tf, dy: Tensor[]): Tensor[] {
  return dy.map((t) => (t.dtype === "float32" ? t : tf.cast(t, "float32")));
}

/** The parts of x along an axis: dx = the dy of the parts, joined. Stock tfjs throws where there is only one part. */
export const split: Correction = gradientOf("SplitV", (tf) => ({
  backward: (dy, _saved, { axis }) => ({ x: () => tf.concat(real(tf, dy), axis as number) }),
}));

/** The slices of x along an axis: dx = the dy of the slices, stacked. Stock tfjs throws where there is only one slice. */
export const unstack: Correction = gradientOf("Unpack", (tf) => ({
  backward: (dy, _saved, { axis }) => ({ value: () => tf.stack(real(tf, dy), axis as number) }),
}));
