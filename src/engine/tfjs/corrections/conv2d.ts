/** The gradients of convolutions in two dimensions. */
import { type Correction, gradientOf, tuple } from "./correction";
import { type ConvolutionGradients, dilatedGradients } from "./dilated-filter";

/** The gradients of a two-dimensional convolution with respect to its input and its filter. */
export const conv2dGradients: ConvolutionGradients = (tf, dy, x, filter, attrs) => {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs;
  return dilatedGradients(tf, {
    dy,
    x,
    filter,
    dilations: tuple(attrs.dilations, 2),
    attrs: { strides, pad, dataFormat, dimRoundingMode },
    inputKernel: "Conv2DBackpropInput",
    filterKernel: "Conv2DBackpropFilter",
  });
};

/**
 * y = x ∗ w with dilation d: dx = dy ∗ᵀ w↑d, dw = (x ⋆ dy)↓d, where w↑d has d − 1 zeros between its entries.
 *
 * Stock tfjs throws for d > 1 and forgets the rounding of the output size.
 */
export const conv2d: Correction = gradientOf("Conv2D", (tf) => ({
  inputsToSave: ["x", "filter"],
  backward: ([dy], [x, filter], attrs) => conv2dGradients(tf, dy, x, filter, attrs),
}));
