/** Second derivatives of convolutions. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel, type Tf } from "./correction";

/**
 * The gradient with respect to a filter is linear in the image and in dy. With v the cotangent that comes back:
 * dx = dy ∗ᵀ v, d(dy) = x ∗ v. Stock tfjs has no such second derivatives.
 */
function ofFilterGradient(
  kernel: string,
  forward: (tf: Tf, x: Tensor, filter: Tensor, attrs: NamedAttrMap) => Tensor,
  backward: (tf: Tf, dy: Tensor, filter: Tensor, attrs: NamedAttrMap, inputShape: number[]) => Tensor,
): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["x", "dy"],
    backward: ([upstream], [x, dy], attrs) => ({
      x: () => backward(tf, dy, upstream, attrs, x.shape),
      dy: () => forward(tf, x, upstream, attrs),
    }),
  }));
}

const one = [1, 1];

const conv2dFilter: Correction = ofFilterGradient(
  "Conv2DBackpropFilter",
  (tf, x, filter, { strides, pad, dataFormat, dimRoundingMode }) =>
    runKernel(tf, "Conv2D", { x, filter }, { strides, pad, dataFormat, dimRoundingMode, dilations: one }),
  (tf, dy, filter, { strides, pad, dataFormat, dimRoundingMode }, inputShape) =>
    runKernel(
      tf,
      "Conv2DBackpropInput",
      { dy, filter },
      { strides, pad, dataFormat, dimRoundingMode, inputShape },
    ),
);

const conv3dFilter: Correction = ofFilterGradient(
  "Conv3DBackpropFilterV2",
  (tf, x, filter, { strides, pad }) =>
    runKernel(tf, "Conv3D", { x, filter }, { strides, pad, dataFormat: "NDHWC", dilations: [1, 1, 1] }),
  (tf, dy, filter, { strides, pad }, inputShape) =>
    runKernel(tf, "Conv3DBackpropInputV2", { dy, filter }, { strides, pad, inputShape }),
);

const depthwiseForward = (tf: Tf, x: Tensor, filter: Tensor, attrs: NamedAttrMap): Tensor => {
  const { strides, pad, dimRoundingMode } = attrs;
  return runKernel(
    tf,
    "DepthwiseConv2dNative",
    { x, filter },
    { strides, pad, dimRoundingMode, dataFormat: "NHWC", dilations: one },
  );
};

const depthwiseFilter: Correction = ofFilterGradient(
  "DepthwiseConv2dNativeBackpropFilter",
  depthwiseForward,
  (tf, dy, filter, { strides, pad, dimRoundingMode }, inputShape) =>
    runKernel(
      tf,
      "DepthwiseConv2dNativeBackpropInput",
      { dy, filter },
      { strides, pad, dimRoundingMode, dilations: one, inputShape },
    ),
);

/** The gradient with respect to the image is linear in dy and in the filter. Stock tfjs has no gradient of it. */
const depthwiseInput: Correction = gradientOf("DepthwiseConv2dNativeBackpropInput", (tf) => ({
  inputsToSave: ["dy", "filter"],
  backward: ([upstream], [dy, filter], attrs) => {
    const { strides, pad, dimRoundingMode } = attrs;
    return {
      dy: () => depthwiseForward(tf, upstream, filter, attrs),
      filter: () =>
        runKernel(
          tf,
          "DepthwiseConv2dNativeBackpropFilter",
          { x: upstream, dy },
          { strides, pad, dimRoundingMode, dilations: one, filterShape: filter.shape },
        ),
    };
  },
}));

/** Second derivatives of convolutions. */
export const filterGradients: readonly Correction[] = [
  conv2dFilter,
  conv3dFilter,
  depthwiseFilter,
  depthwiseInput,
];
