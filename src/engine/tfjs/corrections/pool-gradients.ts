/** Second derivatives of pooling. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel, type Tf, zerosOf } from "./correction";
import { atFirstLargest, cells, LOWEST, type Windows } from "./window-cells";

function windowsOf(tf: Tf, x: Tensor, attrs: NamedAttrMap): Windows {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: number;
    strides: number;
    pad: "same";
    dimRoundingMode?: "floor";
  };
  if (x.rank === 4) {
    const shape = x.shape as [number, number, number, number];
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    return {
      size: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      dilations: [1, 1],
      before: [info.padInfo.top, info.padInfo.left],
      output: [info.outHeight, info.outWidth],
    };
  }
  const shape = x.shape as [number, number, number, number, number];
  const info = tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
  return {
    size: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    dilations: [1, 1, 1],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    output: [info.outDepth, info.outHeight, info.outWidth],
  };
}

/**
 * The gradient of a maximum pool is linear in dy, which it sends to the first largest cell: d(dy) is the slope of what
 * follows at that cell. Stock tfjs has no gradient of it.
 */
function ofMaxPoolGradient(kernel: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["dy", "input", "output"],
    backward: ([slope], [, input, output], attrs) => ({
      dy: () => {
        const windows = windowsOf(tf, input, attrs);
        const candidates = cells(tf, input, windows, LOWEST);
        return atFirstLargest(tf, candidates, output, cells(tf, slope, windows, 0));
      },
      input: () => zerosOf(tf, input),
      output: () => zerosOf(tf, output),
    }),
  }));
}

/** The gradient of an average pool is linear in dy: d(dy) is the average pool of the slope of what follows. */
function ofAveragePoolGradient(kernel: string, pool: string, dataFormat: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["input"],
    backward: ([slope], [input], { filterSize, strides, pad, dimRoundingMode }) => ({
      dy: () => runKernel(tf, pool, { x: slope }, { filterSize, strides, pad, dimRoundingMode, dataFormat }),
      input: () => zerosOf(tf, input),
    }),
  }));
}

/** Second derivatives of pools. */
export const poolGradients: readonly Correction[] = [
  ofMaxPoolGradient("MaxPoolGrad"),
  ofMaxPoolGradient("MaxPool3DGrad"),
  ofAveragePoolGradient("AvgPoolGrad", "AvgPool", "NHWC"),
  ofAveragePoolGradient("AvgPool3DGrad", "AvgPool3D", "NDHWC"),
];
