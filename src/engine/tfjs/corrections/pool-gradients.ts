/** Second derivatives of pooling. */
import type { NamedAttrMap, Tensor } from "@tensorflow/tfjs";
import { type Correction, gradientOf, runKernel, type Tf, zerosOf } from "./correction";
import { poolReach } from "./reach";
import { atFirstLargest, cells, LOWEST, type Windows } from "./window-cells";

function windowsOf(tf: Tf, x: Tensor, attrs: NamedAttrMap): Windows {
  const axes = poolReach(tf, x, attrs);
  return {
    size: axes.map(({ window }) => window),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(() => 1),
    before: axes.map(({ before }) => before),
    output: axes.map(({ windows }) => windows),
  };
}

/**
 * The gradient of a maximum pool is linear in dy, which it sends to the first largest cell: d(dy) is the cotangent that
 * comes back at that cell. Stock tfjs has no gradient of it.
 */
function ofMaxPoolGradient(kernel: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["dy", "input", "output"],
    backward: ([upstream], [, input, output], attrs) => ({
      dy: () => {
        const windows = windowsOf(tf, input, attrs);
        const candidates = cells(tf, input, windows, LOWEST);
        return atFirstLargest(tf, candidates, output, cells(tf, upstream, windows, 0));
      },
      input: () => zerosOf(tf, input),
      output: () => zerosOf(tf, output),
    }),
  }));
}

/** The gradient of an average pool is linear in dy: d(dy) is the average pool of the cotangent that comes back. */
function ofAveragePoolGradient(kernel: string, pool: string, dataFormat: string): Correction {
  return gradientOf(kernel, (tf) => ({
    inputsToSave: ["input"],
    backward: ([upstream], [input], { filterSize, strides, pad, dimRoundingMode }) => ({
      dy: () =>
        runKernel(tf, pool, { x: upstream }, { filterSize, strides, pad, dimRoundingMode, dataFormat }),
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
