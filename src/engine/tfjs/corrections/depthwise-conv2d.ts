/** The gradients of depthwise convolutions. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type InputGradients, runKernel, type Tf, tuple } from "./correction";
import { dilatedShape, dilateFilter, undilateFilter } from "./dilated-filter";

/** The gradients of a depthwise convolution with respect to its input and its filter. */
export function depthwiseConv2dGradients(
  tf: Tf,
  dy: Tensor,
  x: Tensor,
  filter: Tensor,
  attrs: NamedAttrMap,
): InputGradients {
  const { strides, pad, dimRoundingMode } = attrs;
  const dilations = tuple(attrs.dilations, 2);
  const common = { strides, pad, dimRoundingMode, dilations: [1, 1] };
  return {
    x: () =>
      runKernel(
        tf,
        "DepthwiseConv2dNativeBackpropInput",
        { dy, filter: dilateFilter(tf, filter, dilations) },
        { ...common, inputShape: x.shape },
      ),
    filter: () => {
      const filterShape = dilatedShape(filter.shape, dilations);
      return undilateFilter(
        tf,
        runKernel(tf, "DepthwiseConv2dNativeBackpropFilter", { x, dy }, { ...common, filterShape }),
        dilations,
      );
    },
  };
}

/**
 * y = x ∗ w channel by channel with dilation d: dx = dy ∗ᵀ w↑d, dw = (x ⋆ dy)↓d.
 *
 * Stock tfjs throws for d > 1.
 */
export const depthwiseConv2d: Correction = gradientOf("DepthwiseConv2dNative", (tf) => ({
  inputsToSave: ["x", "filter"],
  backward: ([dy], [x, filter], attrs) => depthwiseConv2dGradients(tf, dy, x, filter, attrs),
}));
