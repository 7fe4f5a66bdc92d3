/** SLIC: superpixels by k-means over colour and position, each in one piece. */
import { checkInteger, checkNumber, checkOptions } from "../../check";
import type { ArrayInput } from "../../model/input";
import { type NdArray, sizeOf } from "../../tensor";
import { labColours } from "./lab-colours";
import { labelArray, neighbourSteps, neighbours, type Picture, readPicture } from "./picture";

/** Options of `slic`. */
export interface SlicOptions {
  /** Superpixels, about: their centres begin on a regular grid. Default 50. */
  readonly segments: number;
  /** Weight of distance against colour, whose values are scaled to [0, 1] first: higher is squarer. Default 10. */
  readonly compactness: number;
  /** Most rounds of k-means; fewer where nothing changes. Default 10. */
  readonly iterations: number;
}

/** Their defaults. */
export const SLIC_DEFAULTS: SlicOptions = { segments: 50, compactness: 10, iterations: 10 };

/** Sizes of a superpixel that is kept, as shares of the mean size: smaller ones join a neighbour, larger ones are cut. */
const SMALLEST = 0.5;
const LARGEST = 3;

/**
 * Superpixels of a picture: k-means over colour and position, each centre looking only around itself, then made connected.
 *
 * D² = |colour − colour_k|² / compactness² + |position − position_k|² / step²
 *
 * @param picture [height, width, channels], or channels behind any other axes of positions. Three channels are taken for red,
 *   green and blue, and compared in CIE Lab.
 * @returns [...positions, 1]: whole numbers from 0, to be given as the option `groups`.
 * @throws RangeError for an array without positions.
 *
 * Achanta et al.: SLIC Superpixels (2012), doi 10.1109/TPAMI.2012.120.
 */
export function slic(picture: ArrayInput, options: Partial<SlicOptions> = {}): NdArray {
  checkOptions("slic", options, Object.keys(SLIC_DEFAULTS));
  const all = { ...SLIC_DEFAULTS, ...options };
  checkInteger("slic", "segments", all.segments, 1);
  checkInteger("slic", "iterations", all.iterations, 1);
  checkNumber("slic", "compactness", all.compactness, 0, true);
  const read = readPicture("slic", picture);
  return labelArray(slicLabels(read, all), read.positions);
}

/** The superpixel of each position. */
export function slicLabels(picture: Picture, options: SlicOptions): Int32Array {
  const { positions } = picture;
  const grid = regularGrid(positions, options.segments);
  const { labels, centres } = clusters(scaledColours(picture, options.compactness), positions, grid, options);
  return connected(labels, positions, sizeOf(positions) / centres);
}

/** Values in [0, 1], those of three channels in Lab, divided by the compactness: [positions · channels]. */
function scaledColours({ data, channels }: Picture, compactness: number): Picture["data"] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const scaled = data.map((value) => (value - low) / (high === low ? 1 : high - low));
  const colours = channels === 3 ? labColours(scaled) : scaled;
  return colours.map((value) => value / compactness);
}

/** Start and step of centres along an axis. */
interface Along {
  readonly start: number;
  readonly step: number;
}

/** About `count` centres at equal steps along all axes; an axis that is shorter than a step has one. */
function regularGrid(positions: readonly number[], count: number): Along[] {
  if (sizeOf(positions) <= count) return positions.map(() => ({ start: 0, step: 1 }));
  const order = positions.map((_, axis) => axis).sort((a, b) => positions[a] - positions[b] || a - b);
  const steps = new Float64Array(positions.length);
  let [rest, left] = [sizeOf(positions), positions.length];
  for (const axis of order) {
    const even = (rest / count) ** (1 / left);
    steps[axis] = Math.min(positions[axis], even);
    if (positions[axis] >= even) {
      for (const other of order.slice(positions.length - left)) steps[other] = even;
      break;
    }
    rest /= positions[axis];
    left--;
  }
  return Array.from(steps, (step) => ({
    start: Math.floor(step / 2),
    step: Math.max(1, roundHalfEven(step)),
  }));
}

function roundHalfEven(value: number): number {
  const low = Math.floor(value);
  return value - low === 0.5 ? low + (low % 2) : Math.round(value);
}

/** k-means in which a centre competes for the positions within two steps of it. */
function clusters(
  colours: Float64Array,
  positions: readonly number[],
  grid: readonly Along[],
  { iterations }: SlicOptions,
): { readonly labels: Int32Array; readonly centres: number } {
  const count = sizeOf(positions);
  const channels = colours.length / count;
  const axes = positions.length;
  const strides = positions.map((_, axis) => sizeOf(positions.slice(axis + 1)));
  const longest = Math.max(...grid.map(({ step }) => step));
  let centres: number[][] = [[]];
  for (const [axis, { start, step }] of grid.entries())
    centres = centres.flatMap((centre) => {
      const along = Math.ceil((positions[axis] - start) / step);
      return Array.from({ length: along }, (_, k) => [...centre, start + k * step]);
    });
  const places = centres.map((centre) => Float64Array.from(centre));
  const means = centres.map(() => new Float64Array(channels));
  const labels = new Int32Array(count);
  const distances = new Float64Array(count);
  for (let round = 0; round < iterations; round++) {
    let changed = false;
    distances.fill(Number.POSITIVE_INFINITY);
    for (const [k, place] of places.entries()) {
      const low = grid.map(({ step }, axis) => Math.trunc(Math.max(place[axis] - 2 * step, 0)));
      const high = grid.map(({ step }, axis) =>
        Math.trunc(Math.min(place[axis] + 2 * step + 1, positions[axis])),
      );
      for (const at of box(low, high)) {
        let [i, distance] = [0, 0];
        for (let axis = 0; axis < axes; axis++) {
          i += at[axis] * strides[axis];
          distance += (place[axis] - at[axis]) ** 2;
        }
        distance /= longest * longest;
        for (let c = 0; c < channels; c++) distance += (colours[i * channels + c] - means[k][c]) ** 2;
        if (distance < distances[i]) {
          labels[i] = k;
          distances[i] = distance;
          changed = true;
        }
      }
    }
    if (!changed) break;
    moveCentres(labels, colours, { positions, strides, places, means });
  }
  return { labels, centres: places.length };
}

/** Centres at the mean position and colour of what is theirs. */
function moveCentres(
  labels: Int32Array,
  colours: Float64Array,
  {
    positions,
    strides,
    places,
    means,
  }: {
    readonly positions: readonly number[];
    readonly strides: readonly number[];
    readonly places: readonly Float64Array[];
    readonly means: readonly Float64Array[];
  },
): void {
  const channels = means[0].length;
  const sizes = new Float64Array(places.length);
  for (const array of [...places, ...means]) array.fill(0);
  for (const [i, k] of labels.entries()) {
    sizes[k]++;
    for (const [axis, stride] of strides.entries())
      places[k][axis] += Math.floor(i / stride) % positions[axis];
    for (let c = 0; c < channels; c++) means[k][c] += colours[i * channels + c];
  }
  for (const [k, size] of sizes.entries())
    for (const array of [places[k], means[k]]) for (let a = 0; a < array.length; a++) array[a] /= size;
}

/** All positions from `low` up to `high`, without it, in their order; one array, written anew. */
function* box(low: readonly number[], high: readonly number[]): Generator<readonly number[]> {
  if (low.some((start, axis) => !(start < high[axis]))) return;
  const at = [...low];
  for (;;) {
    yield at;
    let axis = at.length - 1;
    while (axis >= 0 && ++at[axis] >= high[axis]) at[axis] = low[axis--];
    if (axis < 0) return;
  }
}

/** Labels in which each is one piece: what is too small joins a piece beside it, and what is too large is cut. */
function connected(labels: Int32Array, positions: readonly number[], size: number): Int32Array {
  const [smallest, largest] = [Math.trunc(SMALLEST * size), Math.trunc(LARGEST * size)];
  const beside = adjacency(positions);
  const found = new Int32Array(labels.length).fill(-1);
  const waiting: number[][] = [];
  let next = 0;
  for (let start = 0; start < labels.length; start++) {
    if (found[start] >= 0) continue;
    let neighbour = -1;
    const piece = [start];
    found[start] = next;
    for (let k = 0; k < piece.length && piece.length < largest; k++)
      for (const other of beside[piece[k]])
        if (found[other] < 0 && labels[other] === labels[start]) {
          found[other] = next;
          if (piece.push(other) >= largest) break;
        } else if (found[other] >= 0 && found[other] !== next) neighbour = found[other];
    if (piece.length >= smallest) next++;
    else if (neighbour >= 0) for (const i of piece) found[i] = neighbour;
    else {
      // The first piece of all has nothing beside it yet.
      waiting.push(piece);
      next++;
    }
  }
  for (const piece of waiting) {
    const other = piece.flatMap((i) => beside[i]).find((i) => found[i] !== found[piece[0]]);
    if (other !== undefined) for (const i of piece) found[i] = found[other];
  }
  return withoutGaps(found);
}

function withoutGaps(labels: Int32Array): Int32Array {
  const numbers = new Map<number, number>();
  return labels.map((label) => {
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    return number;
  });
}

/** Neighbours of each position along the axes, the last axis first. */
function adjacency(positions: readonly number[]): number[][] {
  const beside = Array.from({ length: sizeOf(positions) }, (): number[] => []);
  for (const step of neighbourSteps(positions.length, false)) {
    const pairs = [...neighbours(positions, step)];
    for (const [a, b] of pairs) beside[a].push(b);
    for (const [a, b] of pairs) beside[b].push(a);
  }
  return beside;
}
