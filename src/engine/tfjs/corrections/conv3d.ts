/** The gradients of convolutions in three dimensions, and of transposed ones. */
import { type Correction, gradientOf, runKernel, tuple } from "./correction";
import { dilatedShape, dilateFilter, undilateFilter } from "./dilated-filter";

/**
 * y = x ∗ w in three dimensions with dilation d: dx = dy ∗ᵀ w↑d, dw = (x ⋆ dy)↓d.
 *
 * Stock tfjs throws for d > 1.
 */
export const conv3d: Correction = gradientOf("Conv3D", (tf) => ({
  inputsToSave: ["x", "filter"],
  backward: ([dy], [x, filter], { strides, pad, dilations }) => {
    const spacing = tuple(dilations, 3);
    return {
      x: () =>
        runKernel(
          tf,
          "Conv3DBackpropInputV2",
          { dy, filter: dilateFilter(tf, filter, spacing) },
          { strides, pad, inputShape: x.shape },
        ),
      filter: () => {
        const filterShape = dilatedShape(filter.shape, spacing);
        return undilateFilter(
          tf,
          runKernel(tf, "Conv3DBackpropFilterV2", { x, dy }, { strides, pad, filterShape }),
          spacing,
        );
      },
    };
  },
}));

/**
 * y = x ∗ᵀ w in three dimensions (`conv3dTranspose`): dx = dy ∗ w, dw = dy ⋆ x.
 *
 * Stock tfjs has no gradient.
 */
export const conv3dTranspose: Correction = gradientOf("Conv3DBackpropInputV2", (tf) => ({
  inputsToSave: ["dy", "filter"],
  backward: ([dy], [x, filter], { strides, pad }) => ({
    dy: () =>
      runKernel(tf, "Conv3D", { x: dy, filter }, { strides, pad, dataFormat: "NDHWC", dilations: [1, 1, 1] }),
    filter: () =>
      runKernel(tf, "Conv3DBackpropFilterV2", { x: dy, dy: x }, { strides, pad, filterShape: filter.shape }),
  }),
}));
