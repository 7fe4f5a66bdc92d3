/** Second derivatives of the dilation of images. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, type Tf, zerosOf } from "./correction";
import { atFirstLargest, cells, LOWEST, type Windows } from "./window-cells";

function windowsOf(tf: Tf, x: Tensor, filter: Tensor, attrs: NamedAttrMap): Windows {
  const info = tf.backend_util.computeDilation2DInfo(
    x.shape as [number, number, number, number],
    filter.shape as [number, number, number],
    attrs.strides as number,
    attrs.pad as "same",
    "NHWC",
    attrs.dilations as number,
  );
  return {
    size: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    before: [info.padInfo.top, info.padInfo.left],
    output: [info.outHeight, info.outWidth],
  };
}

/** The entries of a filter of shape [height, width, channels], one tensor per place. */
function entries(tf: Tf, filter: Tensor): Tensor[] {
  return tf.unstack(tf.reshape(filter, [-1, filter.shape[2] as number]));
}

/**
 * y = max of x + w over a window: both gradients are linear in dy, which they send to the first largest sum; d(dy) is the
 * cotangent that comes back there. Stock tfjs has no gradients of them.
 */
function ofDilationGradient(
  kernel: string,
  read: (tf: Tf, upstream: Tensor, windows: Windows) => Tensor[],
): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["x", "filter", "dy"],
    backward: ([upstream], [x, filter, dy], attrs) => ({
      x: () => zerosOf(tf, x),
      filter: () => zerosOf(tf, filter),
      dy: () => {
        const windows = windowsOf(tf, x, filter, attrs);
        const weights = entries(tf, filter);
        const sums = cells(tf, x, windows, LOWEST).map((cell, i) => tf.add(cell, weights[i]));
        const largest = sums.reduce((a, b) => tf.maximum(a, b));
        const values = read(tf, upstream, windows).map((value) => tf.broadcastTo(value, dy.shape));
        return atFirstLargest(tf, sums, largest, values);
      },
    }),
  }));
}

/** Second derivatives of the dilation of images. */
export const dilationGradients: readonly Correction[] = [
  ofDilationGradient("Dilation2DBackpropInput", (tf, upstream, windows) => cells(tf, upstream, windows, 0)),
  ofDilationGradient("Dilation2DBackpropFilter", (tf, upstream) => entries(tf, upstream)),
];
