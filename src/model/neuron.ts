/** Units of a layer as a target: one, a list, a slice, a weighted sum, or a function of the layer's values. */
import { outOfRange, shown, wrongType } from "../check";
import { filled, type NdArray, sameShape, sizeOf } from "../tensor";
import { readArray, type TensorLike } from "./input";
import { type LayerName, type LayerPlace, layerNamed } from "./place";
import type { ScoreForm, TensorFunction } from "./score";

/** A range of an axis, from the first to the one before `to`; `{}` is the whole axis. */
export interface Slice {
  readonly from?: number;
  readonly to?: number;
}

/**
 * Units of a layer: an index into its only axis, or a tuple of one index or slice per axis (without the batch);
 * a list of such tuples, or of indices into the only axis; a mask of weights in the shape of one row; or a function from
 * the layer's values (a tensor, batch axis first) to one score per example.
 */
export type Neurons =
  | number
  | readonly (number | Slice)[]
  | readonly (readonly number[])[]
  | NdArray
  | TensorLike
  | TensorFunction;

/** One unit or several units of a layer. */
export interface NeuronTarget {
  readonly kind: "neuron";
  readonly layer: string;
  readonly side: "output" | "input";
  readonly entry?: number;
  readonly index: Neurons;
}

/**
 * Units of a layer as the target: `neuron("conv2", [3, 4, 7])`, an index into [height, width, channel]. The score of
 * several units is their sum: of a list `[[3, 4, 7], [3, 5, 7]]`, of a slice `[3, {}, { from: 0, to: 4 }]`, of a mask
 * `{ data, shape }` with its weights. A function of the layer's values gives one score per example.
 *
 * @throws TypeError for anything else; where it is used, RangeError for units that the layer does not have.
 */
export function neuron(layer: LayerName, which: Neurons): NeuronTarget {
  const place = layerNamed("neuron", layer);
  checkNeurons("neuron", which);
  return { kind: "neuron", ...place, index: kept(which) };
}

/** Throws a TypeError for what names no units, whatever the layer. */
function checkNeurons(fn: string, which: unknown): void {
  if (typeof which === "function") return;
  if (isMask(which)) {
    readArray(fn, which, "weights");
    return;
  }
  const entries = Array.isArray(which) ? which : [which];
  const good = (entry: unknown): boolean => isIndex(entry) || isSlice(entry);
  if (entries.every((entry) => (Array.isArray(entry) ? entry.every(isIndex) : good(entry)))) return;
  throw wrongType(
    fn,
    "index to be whole numbers from 0 or slices { from, to }, one per axis; a list of those; a mask { data, shape }; or a function",
    shown(which),
  );
}

/** The units of a layer whose row has `shape` as a score, and how it is called. */
export function neuronScore(
  fn: string,
  { layer, side, entry, index }: NeuronTarget,
  shape: readonly number[],
  examples: number,
): { readonly score: ScoreForm; readonly label: string } {
  const place: LayerPlace = { layer, side, ...(entry === undefined ? {} : { entry }) };
  if (typeof index === "function") {
    const name = index.name ? `function ${index.name}` : "function";
    const all = Array.from({ length: examples }, (_, row) => row);
    return {
      score: { kind: "function", score: index, reads: place, examples: all },
      label: `${name} of ${layer}`,
    };
  }
  const { data } = weightsOf(fn, layer, index, shape);
  const weights = { data, shape: [1, ...shape] };
  return { score: { kind: "neuron", place, weights }, label: labelOf(layer, index) };
}

function weightsOf(
  fn: string,
  layer: string,
  index: Exclude<Neurons, TensorFunction>,
  shape: readonly number[],
): NdArray {
  const refuse = (): RangeError =>
    outOfRange(
      fn,
      `a neuron of layer "${layer}", which has shape [${shape.join(", ")}]`,
      wordsFor(index, ", "),
    );
  if (isMask(index)) {
    const mask = readArray(fn, index, "weights");
    if (!sameShape(mask.shape, shape))
      throw outOfRange(fn, `weights of shape [${shape.join(", ")}] for layer "${layer}"`, shown(mask));
    return mask;
  }
  const weights = filled(shape, 0);
  for (const tuple of tuplesOf(index, shape.length)) {
    if (tuple.length !== shape.length) throw refuse();
    const ranges = tuple.map((entry, axis): [number, number] =>
      typeof entry === "number" ? [entry, entry + 1] : [entry.from ?? 0, entry.to ?? shape[axis]],
    );
    if (ranges.some(([from, to], axis) => from >= to || to > shape[axis])) throw refuse();
    for (const unit of unitsIn(ranges, shape)) weights.data[unit] = 1;
  }
  return weights;
}

/** One tuple per unit or block of units. Numbers are one tuple, or units of a layer's only axis. */
function tuplesOf(
  index: number | readonly (number | Slice)[] | readonly (readonly number[])[],
  axes: number,
): (readonly (number | Slice)[])[] {
  if (typeof index === "number") return [[index]];
  const lists = index as readonly (number | Slice | readonly number[])[];
  if (lists.length > 0 && lists.every((entry) => Array.isArray(entry)))
    return lists as readonly (readonly number[])[] as (readonly number[])[];
  const entries = index as readonly (number | Slice)[];
  return axes === 1 ? entries.map((entry) => [entry]) : [entries];
}

/** Positions of the units within ranges of each axis. */
function unitsIn(ranges: readonly (readonly [number, number])[], shape: readonly number[]): number[] {
  return ranges.reduce<number[]>(
    (units, [from, to], axis) =>
      units.flatMap((unit) => Array.from({ length: to - from }, (_, i) => unit * shape[axis] + from + i)),
    [0],
  );
}

function labelOf(layer: string, index: Exclude<Neurons, TensorFunction>): string {
  if (isMask(index)) return `mask of ${sizeOf(index.shape)} neurons of ${layer}`;
  return `neuron ${layer}${wordsFor(index)}`;
}

function wordsFor(index: Exclude<Neurons, TensorFunction>, comma = ","): string {
  if (isMask(index)) return `mask [${index.shape.join(", ")}]`;
  const entries: readonly unknown[] = Array.isArray(index) ? index : [index];
  const word = (entry: unknown): string => {
    if (Array.isArray(entry)) return `[${entry.join(comma)}]`;
    if (!isSlice(entry)) return String(entry);
    return `${entry.from ?? ""}:${entry.to ?? ""}`;
  };
  return `[${entries.map(word).join(comma)}]`;
}

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function isSlice(value: unknown): value is Slice {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(
    ([name, end]) => (name === "from" || name === "to") && (end === undefined || isIndex(end)),
  );
}

function isMask(value: unknown): value is NdArray | TensorLike {
  return typeof value === "object" && value !== null && "shape" in value;
}

/** A copy, since the caller may change what was given. */
function kept(which: Neurons): Neurons {
  if (Array.isArray(which)) return which.map((entry) => (Array.isArray(entry) ? [...entry] : entry));
  if (isMask(which)) return readArray("neuron", which, "weights");
  return typeof which === "number" ? [which] : which;
}
