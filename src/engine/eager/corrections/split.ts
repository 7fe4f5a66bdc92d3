import { type Correction, gradientOf } from "./correction";

/** The parts of x along an axis: dx = the dy of the parts, joined. Stock tfjs throws where there is only one part. */
export const split: Correction = gradientOf("SplitV", (tf) => ({
  backward: (dy, _saved, { axis }) => ({ x: () => tf.concat(dy, axis as number) }),
}));

/** The slices of x along an axis: dx = the dy of the slices, stacked. Stock tfjs throws where there is only one slice. */
export const unstack: Correction = gradientOf("Unpack", (tf) => ({
  backward: (dy, _saved, { axis }) => ({ value: () => tf.stack(dy, axis as number) }),
}));
