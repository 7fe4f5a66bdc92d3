import * as tf from "@tensorflow/tfjs";

type T = tf.Tensor;
type T3 = tf.Tensor3D;
type T4 = tf.Tensor4D;
type T5 = tf.Tensor5D;
type Table = Record<string, (...inputs: never[]) => T>;

export const convolutions: Table = {
  "conv2d same": (x: T4, w: T4) => tf.conv2d(x, w, 1, "same"),
  "conv2d stride 2 same": (x: T4, w: T4) => tf.conv2d(x, w, 2, "same"),
  "conv2d strides": (x: T4, w: T4) => tf.conv2d(x, w, [1, 2], "valid"),
  "conv2d numeric pad": (x: T4, w: T4) => tf.conv2d(x, w, 1, 1),
  "conv2d numeric pad ceil": (x: T4, w: T4) => tf.conv2d(x, w, 2, 1, "NHWC", 1, "ceil"),
  "conv2d explicit pad": (x: T4, w: T4) =>
    tf.conv2d(x, w, 1, [
      [0, 0],
      [1, 2],
      [0, 1],
      [0, 0],
    ]),
  "conv2d dilated same": (x: T4, w: T4) => tf.conv2d(x, w, 1, "same", "NHWC", 2),
  "conv2d dilated valid": (x: T4, w: T4) => tf.conv2d(x, w, 1, "valid", "NHWC", [2, 1]),
  "conv2d channels first": (x: T4, w: T4) => tf.conv2d(x, w, 1, "same", "NCHW"),
  "conv2d channels first explicit pad": (x: T4, w: T4) =>
    tf.conv2d(
      x,
      w,
      1,
      [
        [0, 0],
        [0, 0],
        [1, 2],
        [0, 1],
      ],
      "NCHW",
    ),
  "conv2d one image": (x: T3, w: T4) => tf.conv2d(x, w, 1, "same"),
  "fused conv2d": (x: T4, filter: T4, bias: T) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias }),
  "fused conv2d relu": (x: T4, filter: T4, bias: T) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias, activation: "relu" }),
  "fused conv2d dilated": (x: T4, filter: T4, bias: T) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: "same", dilations: 2, bias }),
  "fused conv2d without bias": (x: T4, filter: T4) =>
    tf.fused.conv2d({ x, filter, strides: 2, pad: "valid" }),
  "fused conv2d one image": (x: T3, filter: T4, bias: T) =>
    tf.fused.conv2d({ x, filter, strides: 1, pad: "same", bias }),
  conv1d: (x: T3, w: T3) => tf.conv1d(x, w, 1, "same"),
  "conv1d dilated": (x: T3, w: T3) => tf.conv1d(x, w, 1, "valid", "NWC", 2),
  "conv2d transpose": (x: T4, w: T4) => tf.conv2dTranspose(x, w, [2, 10, 12, 3], 2, "same"),
  "conv2d transpose valid": (x: T4, w: T4) => tf.conv2dTranspose(x, w, [2, 7, 8, 3], 1, "valid"),
  "depthwise same": (x: T4, w: T4) => tf.depthwiseConv2d(x, w, 1, "same"),
  "depthwise stride 2": (x: T4, w: T4) => tf.depthwiseConv2d(x, w, 2, "same"),
  "depthwise dilated": (x: T4, w: T4) => tf.depthwiseConv2d(x, w, 1, "same", "NHWC", 2),
  "fused depthwise": (x: T4, filter: T4, bias: T) =>
    tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "same", bias }),
  "fused depthwise dilated": (x: T4, filter: T4) =>
    tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: "valid", dilations: 2 }),
  separable: (x: T4, depthwise: T4, pointwise: T4) => tf.separableConv2d(x, depthwise, pointwise, 1, "same"),
  conv3d: (x: T5, w: T5) => tf.conv3d(x, w, 1, "same"),
  "conv3d stride 2": (x: T5, w: T5) => tf.conv3d(x, w, 2, "valid"),
  "conv3d dilated": (x: T5, w: T5) => tf.conv3d(x, w, 1, "valid", "NDHWC", [1, 2, 2]),
  "conv3d stride beyond the filter": (x: T5, w: T5) => tf.conv3d(x, w, [2, 4, 3], "same"),
  "conv3d transpose stride beyond the filter": (x: T5, w: T5) =>
    tf.conv3dTranspose(x, w, [2, 4, 4, 4, 2], 2, "same"),
  "conv3d transpose": (x: T5, w: T5) => tf.conv3dTranspose(x, w, [2, 4, 4, 4, 2], 2, "same"),
  "dilation2d same": (x: T4, w: T3) => tf.dilation2d(x, w, 1, "same", 1),
  "dilation2d dilated": (x: T4, w: T3) => tf.dilation2d(x, w, 1, "valid", 2),
};
