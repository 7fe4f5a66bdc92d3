/** The reach of pooling windows along each spatial axis, by tfjs's own rules of padding and rounding. */
import type { NamedAttrMap, Tensor, Tensor4D, Tensor5D } from "@tensorflow/tfjs";
import type { Tf } from "./correction";

/** Windows over one axis. */
export interface Reach {
  /** Cells of the input. */
  readonly size: number;
  readonly windows: number;
  /** Cells of a window. */
  readonly window: number;
  readonly stride: number;
  /** Padding before the first cell. */
  readonly before: number;
}

/** Attributes of a pooling kernel, which tfjs does not type. */
interface PoolAttributes {
  readonly filterSize: number;
  readonly strides: number;
  readonly pad: "same" | "valid" | number;
  readonly dimRoundingMode?: "floor" | "round" | "ceil";
}

/** Height and width of a pooled image, or depth, height and width of a volume. */
export function poolReach(tf: Tf, x: Tensor, attrs: NamedAttrMap): Reach[] {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as PoolAttributes;
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  if (x.rank === 4) {
    const info = computePool2DInfo((x as Tensor4D).shape, filterSize, strides, 1, pad, dimRoundingMode);
    return [
      reach(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
      reach(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
    ];
  }
  const info = computePool3DInfo((x as Tensor5D).shape, filterSize, strides, 1, pad, dimRoundingMode);
  return [
    reach(info.inDepth, info.outDepth, info.filterDepth, info.strideDepth, info.padInfo.front),
    reach(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, info.padInfo.top),
    reach(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, info.padInfo.left),
  ];
}

/** Windows over one axis, from numbers in the order of `Reach`. */
export function reach(size: number, windows: number, window: number, stride: number, before: number): Reach {
  return { size, windows, window, stride, before };
}
