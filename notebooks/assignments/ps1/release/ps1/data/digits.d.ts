/** Images with their labels. */
export interface DigitSet {
  /** Images, shape [count, 8, 8, 1], each pixel from 0 (paper) to 1 (ink). */
  readonly x: { readonly data: Float32Array; readonly shape: readonly number[] };
  /** The digit each image shows, 0 to 9. */
  readonly labels: number[];
}

/** 1,497 images to learn from. */
export declare const train: DigitSet;

/** 300 images that the shipped models have never seen. */
export declare const test: DigitSet;

/** The images at these positions, in this order. */
export declare function take(set: DigitSet, indices: number[]): DigitSet;
