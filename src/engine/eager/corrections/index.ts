import { abs } from "./abs.js";
import { averagePool, averagePool3d } from "./average-pool.js";
import { batchNorm } from "./batch-norm.js";
import { cast } from "./cast.js";
import { conv2d } from "./conv2d.js";
import { conv3d, conv3dTranspose } from "./conv3d.js";
import type { Correction, Tf } from "./correction.js";
import { cropAndResize } from "./crop-and-resize.js";
import { cumprod, cumsum } from "./cumulative.js";
import { depthwiseConv2d } from "./depthwise-conv2d.js";
import { diag } from "./diag.js";
import { einsum } from "./einsum.js";
import { fused } from "./fused.js";
import { gather, gatherNd } from "./gather.js";
import { matMul } from "./mat-mul.js";
import { max, min } from "./max-min.js";
import { maxPool, maxPoolWithArgmax } from "./max-pool.js";
import { maximum, minimum } from "./maximum-minimum.js";
import { optionalInputs } from "./optional-inputs.js";
import { pow } from "./pow.js";
import { prod } from "./prod.js";
import { resizeBilinear, resizeNearestNeighbor } from "./resize.js";
import { scatterNd, sparseToDense, tensorScatterUpdate } from "./scatter.js";
import { depthToSpace, flipLeftRight, mirrorPad, stridedSlice } from "./selections.js";
import { squaredDifference } from "./squared-difference.js";
import { topK } from "./top-k.js";
import { zeroGradients } from "./zero-gradient.js";

export type { Correction, Tf } from "./correction.js";
export { hasZeroGradient, type KernelCall, ZERO_GRADIENT_KERNELS } from "./zero-gradient.js";

/** Every repair of TensorFlow.js's gradients. */
export const corrections: readonly Correction[] = [
  optionalInputs,
  ...fused,
  ...zeroGradients,
  abs,
  averagePool,
  averagePool3d,
  batchNorm,
  cast,
  conv2d,
  conv3d,
  conv3dTranspose,
  cropAndResize,
  cumprod,
  cumsum,
  depthToSpace,
  depthwiseConv2d,
  diag,
  einsum,
  flipLeftRight,
  gather,
  gatherNd,
  matMul,
  max,
  maxPool,
  maxPoolWithArgmax,
  maximum,
  min,
  minimum,
  mirrorPad,
  pow,
  prod,
  resizeBilinear,
  resizeNearestNeighbor,
  scatterNd,
  sparseToDense,
  squaredDifference,
  stridedSlice,
  tensorScatterUpdate,
  topK,
];

/**
 * Corrects the gradients of TensorFlow.js in this process.
 *
 * They belong to tfjs's global registry, so a copy of tfjs-core loaded later brings its own back: call this before
 * each use; it changes only what is not already corrected. The corrections hold on every backend.
 */
export function installCorrections(tf: Tf): void {
  for (const correction of corrections) correction.install(tf);
}
