/** Felzenszwalb's segmentation: a graph of neighbours, whose pieces merge where their border is no stronger than they vary inside. */
import { checkInteger, checkNumber, checkOptions } from "../../check";
import type { ArrayInput } from "../../model/input";
import { type NdArray, sizeOf } from "../../tensor";
import { labelArray, neighbourSteps, neighbours, type Picture, readPicture } from "./picture";

/** Options of `felzenszwalb`. */
export interface FelzenszwalbOptions {
  /** Scale of observation: higher is larger segments. Default 100. */
  readonly scale: number;
  /** Standard deviation of the blur before, in positions. Default 0.8. */
  readonly sigma: number;
  /** Positions of a segment, at least; smaller ones join a neighbour. Default 20. */
  readonly smallest: number;
}

const DEFAULTS: FelzenszwalbOptions = { scale: 100, sigma: 0.8, smallest: 20 };

/** Scales are told for values up to 255. */
const LARGEST_VALUE = 255;

/**
 * Segments of a picture by Felzenszwalb and Huttenlocher: edges between neighbours, from the weakest to the strongest, merge two
 * pieces where they are no stronger than either varies inside, by a margin that shrinks as it grows.
 *
 * merge C₁ and C₂ when w < min(Int(C₁) + k / |C₁|, Int(C₂) + k / |C₂|), k = scale / 255, Int the strongest edge merged inside
 *
 * @param picture [height, width, channels], or channels behind any other axes of positions; scales are meant for values in [0, 1].
 * @returns [...positions, 1]: whole numbers from 0, to be given as the option `groups`.
 * @throws RangeError for an array without positions.
 *
 * Felzenszwalb, Huttenlocher: Efficient Graph-Based Image Segmentation (2004), doi 10.1023/B:VISI.0000022288.19776.77.
 */
export function felzenszwalb(picture: ArrayInput, options: Partial<FelzenszwalbOptions> = {}): NdArray {
  checkOptions("felzenszwalb", options, Object.keys(DEFAULTS));
  const all = { ...DEFAULTS, ...options };
  checkNumber("felzenszwalb", "scale", all.scale, 0, true);
  checkNumber("felzenszwalb", "sigma", all.sigma, 0);
  checkInteger("felzenszwalb", "smallest", all.smallest, 1);
  const read = readPicture("felzenszwalb", picture);
  const [labels] = felzenszwalbLabels(read, { ...all, scales: [all.scale] });
  return labelArray(labels, read.positions);
}

/** Labels at several scales, by one graph. */
export function felzenszwalbLabels(
  picture: Picture,
  { scales, sigma, smallest }: Omit<FelzenszwalbOptions, "scale"> & { readonly scales: readonly number[] },
): Int32Array[] {
  const edges = sortedEdges(blurred(picture, sigma));
  const count = sizeOf(picture.positions);
  return scales.map((scale) => merged(edges, count, scale / LARGEST_VALUE, smallest));
}

/** Edges between neighbours, diagonal ones too, from the weakest to the strongest. */
interface Edges {
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly weights: Float64Array;
}

function sortedEdges({ data, positions, channels }: Picture): Edges {
  const pairs = neighbourSteps(positions.length, true).flatMap((step) => [...neighbours(positions, step)]);
  const weights = Float64Array.from(pairs, ([a, b]) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += (data[a * channels + c] - data[b * channels + c]) ** 2;
    return Math.sqrt(sum);
  });
  const order = Int32Array.from(pairs.keys()).sort((i, j) => weights[i] - weights[j] || i - j);
  return {
    from: order.map((i) => pairs[i][0]),
    to: order.map((i) => pairs[i][1]),
    weights: Float64Array.from(order, (i) => weights[i]),
  };
}

function merged({ from, to, weights }: Edges, count: number, k: number, smallest: number): Int32Array {
  const parents = Int32Array.from({ length: count }, (_, i) => i);
  const sizes = new Int32Array(count).fill(1);
  const inside = new Float64Array(count);
  const root = (i: number): number => {
    while (parents[i] !== i) {
      parents[i] = parents[parents[i]];
      i = parents[i];
    }
    return i;
  };
  const join = (a: number, b: number): number => {
    const [kept, gone] = a < b ? [a, b] : [b, a];
    parents[gone] = kept;
    sizes[kept] += sizes[gone];
    return kept;
  };
  for (const [e, weight] of weights.entries()) {
    const [a, b] = [root(from[e]), root(to[e])];
    if (a === b) continue;
    if (weight < Math.min(inside[a] + k / sizes[a], inside[b] + k / sizes[b])) inside[join(a, b)] = weight;
  }
  for (const e of weights.keys()) {
    const [a, b] = [root(from[e]), root(to[e])];
    if (a !== b && Math.min(sizes[a], sizes[b]) < smallest) join(a, b);
  }
  const numbers = new Map<number, number>();
  return Int32Array.from({ length: count }, (_, i) => {
    const piece = root(i);
    const number = numbers.get(piece) ?? numbers.size;
    numbers.set(piece, number);
    return number;
  });
}

/** Widths of the blur, in standard deviations. */
const TRUNCATED = 4;

/** Gaussian blur along the axes of positions, which are mirrored at their ends. */
function blurred(picture: Picture, sigma: number): Picture {
  const radius = Math.floor(TRUNCATED * sigma + 0.5);
  if (radius === 0) return picture;
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = kernel.reduce((sum, weight) => sum + weight, 0);
  const { positions, channels } = picture;
  let { data } = picture;
  for (const [axis, extent] of positions.entries()) {
    const stride = sizeOf(positions.slice(axis + 1)) * channels;
    data = data.map((_, i) => {
      const place = Math.floor(i / stride) % extent;
      let sum = 0;
      for (const [k, weight] of kernel.entries())
        sum += weight * data[i + (mirrored(place + k - radius, extent) - place) * stride];
      return sum / total;
    });
  }
  return { data, positions, channels };
}

/** The place that stands for one beyond an end: … 1 0 | 0 1 2 … */
function mirrored(place: number, extent: number): number {
  const period = 2 * extent;
  const at = ((place % period) + period) % period;
  return at < extent ? at : period - 1 - at;
}
