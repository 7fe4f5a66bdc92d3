/** The gradients of maximum pooling. */
import { type Correction, gradientOf, runKernel } from "./correction";

/** y = the largest cell of the window: dy goes to the first largest cell. Stock tfjs forgets the rounding of the output size. */
export const maxPool: Correction = gradientOf("MaxPool", (tf) => ({
  inputsToSave: ["x"],
  outputsToSave: [true],
  backward: ([dy], [input, output], attrs) => ({
    x: () => runKernel(tf, "MaxPoolGrad", { dy, input, output }, attrs),
  }),
}));

/** The same for the kernel that also returns the places. Stock tfjs has no gradient. */
export const maxPoolWithArgmax: Correction = gradientOf("MaxPoolWithArgmax", (tf) => ({
  inputsToSave: ["x"],
  outputsToSave: [true, false],
  backward: ([dy], [input, output], { filterSize, strides, pad }) => ({
    x: () => runKernel(tf, "MaxPoolGrad", { dy, input, output }, { filterSize, strides, pad }),
  }),
}));
