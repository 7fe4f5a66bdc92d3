/** The gradients of depthwise convolutions. */
import { type Correction, gradientOf, tuple } from "./correction";
import { type ConvolutionGradients, dilatedGradients } from "./dilated-filter";

/** The gradients of a depthwise convolution with respect to its input and its filter. */
export const depthwiseConv2dGradients: ConvolutionGradients = (tf, dy, x, filter, attrs) => {
  const { strides, pad, dimRoundingMode } = attrs;
  return dilatedGradients(tf, {
    dy,
    x,
    filter,
    dilations: tuple(attrs.dilations, 2),
    attrs: { strides, pad, dimRoundingMode, dilations: [1, 1] },
    inputKernel: "DepthwiseConv2dNativeBackpropInput",
    filterKernel: "DepthwiseConv2dNativeBackpropFilter",
  });
};

/**
 * y = x ∗ w channel by channel with dilation d: dx = dy ∗ᵀ w↑d, dw = (x ⋆ dy)↓d.
 *
 * Stock tfjs throws for d > 1.
 */
export const depthwiseConv2d: Correction = gradientOf("DepthwiseConv2dNative", (tf) => ({
  inputsToSave: ["x", "filter"],
  backward: ([dy], [x, filter], attrs) => depthwiseConv2dGradients(tf, dy, x, filter, attrs),
}));
