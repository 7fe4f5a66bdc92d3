/** Steps of a sequence that a mask skips: padding, which stays as it is wherever else an input is changed. */
import type { NdArray } from "../tensor";

/** Mask of an input: the steps all of whose entries are this number are skipped. */
export interface StepMask {
  /** The layer that skips them. */
  readonly layer: string;
  readonly value: number;
}

/** An input, as far as its mask. */
interface Masked {
  readonly mask?: StepMask;
}

/**
 * Values with the steps of x that its mask skips as they are there.
 * @param rows the row of x for each row of the values. Default: the same.
 */
export function withMaskedSteps(
  { mask }: Masked,
  x: NdArray,
  values: NdArray,
  rows?: ArrayLike<number>,
): NdArray {
  if (!mask) return values;
  const { width, perRow } = steps(x);
  const kept = Float32Array.from(values.data);
  for (let at = 0; at < kept.length; at += width) {
    const row = Math.floor(at / (perRow * width));
    const start = (rows ? rows[row] : row) * perRow * width + (at % (perRow * width));
    const step = x.data.subarray(start, start + width);
    if (isMasked(step, mask)) kept.set(step, at);
  }
  return { data: kept, shape: values.shape };
}

/** Whether the mask of an input skips every step of a row. */
export function isWhollyMasked({ mask }: Masked, x: NdArray, row: number): boolean {
  if (!mask) return false;
  const { width, perRow } = steps(x);
  return isMasked(x.data.subarray(row * perRow * width, (row + 1) * perRow * width), mask);
}

function isMasked(entries: Float32Array, { value }: StepMask): boolean {
  return entries.every((entry) => entry === Math.fround(value));
}

/** Entries of a step, and steps of a row. */
function steps({ shape }: NdArray): { readonly width: number; readonly perRow: number } {
  const width = shape[shape.length - 1];
  return { width, perRow: shape.slice(1, -1).reduce((a, b) => a * b, 1) };
}
