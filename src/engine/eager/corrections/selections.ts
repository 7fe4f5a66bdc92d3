import type { NamedAttrMap } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel } from "./correction";
import { selectionGradient } from "./selection";

/** y holds copies of entries of its only tensor input: dx[i] = Σ of dy over the copies of entry i. */
function selectionOf(kernel: string, input: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: [input],
    backward: ([dy], [x], attrs: NamedAttrMap) => ({
      [input]: () =>
        selectionGradient(tf, dy, x.shape, (numbers) => runKernel(tf, kernel, { [input]: numbers }, attrs)),
    }),
  }));
}

/** Reflected and symmetric padding: the border repeats entries. Stock tfjs drops the gradient of the border. */
export const mirrorPad: Correction = selectionOf("MirrorPad", "x");

/** Slices with strides. Stock tfjs has no gradient. */
export const stridedSlice: Correction = selectionOf("StridedSlice", "x");

/** Blocks of channels moved into space. Stock tfjs has no gradient. */
export const depthToSpace: Correction = selectionOf("DepthToSpace", "x");

/** Mirrored images. Stock tfjs has no gradient. */
export const flipLeftRight: Correction = selectionOf("FlipLeftRight", "image");
