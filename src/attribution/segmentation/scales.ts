/** Regions of a picture at several scales at once, grown beyond their borders, as XRAI asks for. */
import { sizeOf } from "../../tensor";
import { felzenszwalbLabels } from "./felzenszwalb";
import type { Picture } from "./picture";

/** Scales, blur and sizes, for a picture of 224 × 224 with values in [−1, 1]. */
const SCALES = [50, 100, 150, 250, 500, 1200];
const SIGMA = 0.8;
const SMALLEST = 150;
const EDGE = 224;

/** How much shorter an edge of the picture is than that which parameters are told for. */
export function edgeShare(positions: readonly number[]): number {
  return sizeOf(positions) ** (1 / positions.length) / EDGE;
}

/**
 * Felzenszwalb's segments at six scales, each grown by a ball of `dilation` positions: the positions of each. Parameters that are
 * told for 224 × 224 shrink and grow with the picture.
 */
export function regionsAtScales(picture: Picture, dilation: number): Int32Array[] {
  const { positions } = picture;
  const share = edgeShare(positions);
  const volume = share ** positions.length;
  const labelings = felzenszwalbLabels(stretched(picture), {
    scales: SCALES.map((scale) => scale * volume),
    sigma: SIGMA * share,
    smallest: Math.max(1, Math.round(SMALLEST * volume)),
  });
  return labelings.flatMap((labels) => regionsOf(labels).map((region) => grown(region, positions, dilation)));
}

/** The positions of each label. */
export function regionsOf(labels: ArrayLike<number>): Int32Array[] {
  const regions: number[][] = [];
  for (let i = 0; i < labels.length; i++) {
    regions[labels[i]] ??= [];
    regions[labels[i]].push(i);
  }
  return Array.from(regions, (region = []) => Int32Array.from(region));
}

/** Values in [−1, 1]. */
function stretched(picture: Picture): Picture {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of picture.data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const width = high === low ? 1 : high - low;
  return { ...picture, data: picture.data.map((value) => (2 * (value - low)) / width - 1) };
}

/** A region and all positions within a distance of it. */
function grown(region: Int32Array, positions: readonly number[], radius: number): Int32Array {
  if (radius < 1) return region;
  const strides = positions.map((_, axis) => sizeOf(positions.slice(axis + 1)));
  const inside = new Uint8Array(sizeOf(positions));
  for (const i of region) inside[i] = 1;
  const at = (i: number, axis: number): number => Math.floor(i / strides[axis]) % positions[axis];
  // A position of the border alone reaches beyond what is inside.
  const isBorder = (i: number): boolean =>
    strides.some(
      (stride, axis) =>
        (at(i, axis) > 0 && inside[i - stride] === 0) ||
        (at(i, axis) < positions[axis] - 1 && inside[i + stride] === 0),
    );
  const border = region.filter(isBorder);
  let ball: number[][] = [[]];
  for (let axis = 0; axis < positions.length; axis++)
    ball = ball.flatMap((step) =>
      Array.from({ length: 2 * Math.floor(radius) + 1 }, (_, k) => [...step, k - Math.floor(radius)]),
    );
  ball = ball.filter((step) => step.reduce((sum, d) => sum + d * d, 0) <= radius * radius);
  for (const i of border)
    for (const step of ball) {
      const isThere = step.every((d, axis) => at(i, axis) + d >= 0 && at(i, axis) + d < positions[axis]);
      if (isThere) inside[step.reduce((sum, d, axis) => sum + d * strides[axis], i)] = 1;
    }
  return Int32Array.from(inside.keys()).filter((i) => inside[i] === 1);
}
