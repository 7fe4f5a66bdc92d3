/** Every correction of TensorFlow.js's gradients, and their installation. */
import { abs } from "./abs";
import { averagePool, averagePool3d } from "./average-pool";
import { batchNorm } from "./batch-norm";
import { cast } from "./cast";
import { complex } from "./complex";
import { complexBroadcast } from "./complex-broadcast";
import { conv2d } from "./conv2d";
import { conv3d, conv3dTranspose } from "./conv3d";
import type { Correction, Tf } from "./correction";
import { cropAndResize } from "./crop-and-resize";
import { cumulative } from "./cumulative";
import { depthwiseConv2d } from "./depthwise-conv2d";
import { diag } from "./diag";
import { dilationGradients } from "./dilation-gradients";
import { divNoNan } from "./div-no-nan";
import { einsum } from "./einsum";
import { elu } from "./elu";
import { filterGradients } from "./filter-gradients";
import { fused } from "./fused";
import { gather, gatherNd } from "./gather";
import { localResponseGradient } from "./lrn-gradient";
import { matMul } from "./mat-mul";
import { max, min } from "./max-min";
import { maxPool, maxPoolWithArgmax } from "./max-pool";
import { maxPool3d } from "./max-pool-3d";
import { maximum, minimum } from "./maximum-minimum";
import { optionalInputs } from "./optional-inputs";
import { ownOutputs } from "./own-outputs";
import { poolGradients } from "./pool-gradients";
import { pow } from "./pow";
import { prod } from "./prod";
import { resizeBilinear, resizeNearestNeighbor } from "./resize";
import { same3d } from "./same-3d";
import { scatterNd, sparseToDense } from "./scatter";
import { depthToSpace, flipLeftRight, mirrorPad, stridedSlice } from "./selections";
import { sigmoid } from "./sigmoid";
import { softmax } from "./softmax";
import { split, unstack } from "./split";
import { squaredDifference } from "./squared-difference";
import { tanh } from "./tanh";
import { tensorScatterUpdate } from "./tensor-scatter-update";
import { tensorflowForms } from "./tensorflow-forms";
import { tile } from "./tile";
import { topK } from "./top-k";
import { zeroGradients } from "./zero-gradient";

export { disposeFailedTape, withCleanTape } from "./clean-tape";
export type { Correction, Tf } from "./correction";
export { hasZeroGradient, type KernelCall, ZERO_GRADIENT_KERNELS } from "./zero-gradient";

/** Every repair of TensorFlow.js's gradients. */
export const corrections: readonly Correction[] = [
  optionalInputs,
  ownOutputs,
  ...fused,
  ...zeroGradients,
  abs,
  averagePool,
  averagePool3d,
  ...batchNorm,
  cast,
  complex,
  ...complexBroadcast,
  conv2d,
  conv3d,
  conv3dTranspose,
  cropAndResize,
  ...cumulative,
  depthToSpace,
  depthwiseConv2d,
  diag,
  ...dilationGradients,
  divNoNan,
  einsum,
  elu,
  ...filterGradients,
  flipLeftRight,
  gather,
  gatherNd,
  localResponseGradient,
  ...matMul,
  max,
  maxPool,
  maxPool3d,
  maxPoolWithArgmax,
  maximum,
  min,
  minimum,
  mirrorPad,
  ...poolGradients,
  pow,
  prod,
  resizeBilinear,
  resizeNearestNeighbor,
  same3d,
  scatterNd,
  sigmoid,
  softmax,
  sparseToDense,
  split,
  squaredDifference,
  stridedSlice,
  tanh,
  ...tensorScatterUpdate,
  tensorflowForms,
  tile,
  topK,
  unstack,
];

/**
 * Corrects the gradients of TensorFlow.js in this process.
 *
 * They belong to tfjs's global registry, so a copy of tfjs-core loaded later brings its own back: call this before
 * each use; it changes only what is not already corrected. The gradients hold on every backend, also on one that is
 * registered later. They are lazy: a gradient with respect to inputs computes nothing else, in particular no
 * gradient of a filter.
 */
export function installCorrections(tf: Tf): void {
  for (const correction of corrections) correction.install(tf);
}
