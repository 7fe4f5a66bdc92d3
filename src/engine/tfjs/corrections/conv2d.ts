/** The gradients of convolutions in two dimensions. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type InputGradients, runKernel, type Tf, tuple } from "./correction";
import { dilatedShape, dilateFilter, undilateFilter } from "./dilated-filter";

/** The gradients of a two-dimensional convolution with respect to its input and its filter. */
export function conv2dGradients(
  tf: Tf,
  dy: Tensor,
  x: Tensor,
  filter: Tensor,
  attrs: NamedAttrMap,
): InputGradients {
  const { strides, pad, dataFormat, dimRoundingMode } = attrs;
  const dilations = tuple(attrs.dilations, 2);
  const common = { strides, pad, dataFormat, dimRoundingMode };
  return {
    x: () =>
      runKernel(
        tf,
        "Conv2DBackpropInput",
        { dy, filter: dilateFilter(tf, filter, dilations) },
        { ...common, inputShape: x.shape },
      ),
    filter: () => {
      const filterShape = dilatedShape(filter.shape, dilations);
      return undilateFilter(
        tf,
        runKernel(tf, "Conv2DBackpropFilter", { x, dy }, { ...common, filterShape }),
        dilations,
      );
    },
  };
}

/**
 * y = x ∗ w with dilation d: dx = dy ∗ᵀ w↑d, dw = (x ⋆ dy)↓d, where w↑d has d − 1 zeros between its entries.
 *
 * Stock tfjs throws for d > 1 and forgets the rounding of the output size.
 */
export const conv2d: Correction = gradientOf("Conv2D", (tf) => ({
  inputsToSave: ["x", "filter"],
  backward: ([dy], [x, filter], attrs) => conv2dGradients(tf, dy, x, filter, attrs),
}));
