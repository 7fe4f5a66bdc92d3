import { expect } from "vitest";
import type { NdArray } from "../../../../src";

/** The largest entry that is a number. */
export function largestOf(arrays: readonly NdArray[]): number {
  let largest = 0;
  for (const { data } of arrays)
    for (const v of data) if (Number.isFinite(v)) largest = Math.max(largest, Math.abs(v));
  return largest;
}

/** The largest difference of each example, as a share of `scale`. */
export function differences(
  a: readonly NdArray[],
  b: readonly NdArray[],
  rows: number,
  scale: number,
): number[] {
  const worst = new Array<number>(rows).fill(0);
  b.forEach(({ data }, part) => {
    const width = data.length / rows;
    const other = (a[part] as NdArray).data;
    expect(other.length).toBe(data.length);
    for (let i = 0; i < data.length; i++) {
      if (Object.is(other[i], data[i])) continue;
      const difference = Math.abs((other[i] as number) - (data[i] as number)) / (scale || 1);
      const row = Math.floor(i / width);
      worst[row] = Math.max(
        worst[row] as number,
        Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference,
      );
    }
  });
  return worst;
}
