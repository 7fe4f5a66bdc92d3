/** Pictures that can be painted on: the examples of an explorer, as cells of a grid from black to white. */
import { outOfRange, shown } from "../../check";
import { type Input, readInput } from "../../model/input";
import type { Model } from "../../model/model";
import { type NdArray, ndarray, sizeOf } from "../../tensor";

/** How inputs of a model lie on a grid, and what can be chosen of them. */
export interface ExploredInput {
  /** Shape of one input. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** Values of black and of white. */
  readonly range: readonly [number, number];
  /** Examples in the model's own units, the batch axis first. */
  readonly examples: NdArray;
}

const MOST_EXAMPLES = 300;
const MOST_SIDE = 64;
/** A list of at least so many numbers that fill a square is drawn as one. */
const LEAST_SQUARE = 16;

/** Reads the examples; without any, those of the model's data, and without those an edge. */
export function exploredInput(
  fn: string,
  model: Model,
  given: Input | undefined,
  grid: readonly [number, number] | undefined,
): ExploredInput {
  const [input, more] = model.inputs;
  if (!input || more || input.dtype !== "float32")
    throw outOfRange(
      fn,
      "a net with one input of numbers",
      model.inputs.map(({ name, dtype }) => `${name} (${dtype})`).join(", "),
    );
  const data = given ?? asGiven(model.facts.data);
  const batch = data === undefined ? undefined : readInput(fn, model, data, "examples").batch[0];
  const shape = batch ? batch.shape.slice(1) : knownShape(fn, input.shape);
  const [rows, columns] = gridOf(fn, shape, grid, model.facts.features !== undefined);
  const size = rows * columns;
  const shares = Float32Array.from({ length: size }, (_, i) => (i % columns < columns / 2 ? 0.9 : 0.1));
  const range = model.facts.range ?? rangeOf(batch?.data ?? shares);
  const [low, high] = range;
  const examples = batch ?? {
    data: shares.map((share) => low + share * (high - low)),
    shape: [1, ...shape],
  };
  const outside = examples.data.find((value) => value < low || value > high);
  if (outside !== undefined) throw outOfRange(fn, `examples from ${low} to ${high}`, `${outside}`);
  const count = Math.min(MOST_EXAMPLES, examples.shape[0]);
  const kept = ndarray(examples.data.subarray(0, count * size), [count, ...shape]);
  return { shape, rows, columns, range, examples: kept };
}

/** The data of a model, as whoever gave them wrote them. */
function asGiven(data: unknown): Input | undefined {
  return data === undefined ? undefined : (data as Input);
}

function knownShape(fn: string, shape: readonly (number | null)[] | undefined): number[] {
  const known = shape?.slice(1).flatMap((extent) => (extent === null ? [] : [extent]));
  if (!shape || !known || known.length < shape.length - 1)
    throw outOfRange(fn, "examples, since the net takes inputs of any size", "none");
  return known;
}

/** Rows and columns of an input: its own where it is a picture of one channel. */
function gridOf(
  fn: string,
  shape: readonly number[],
  grid: readonly [number, number] | undefined,
  named: boolean,
): readonly [number, number] {
  const size = sizeOf(shape);
  const side = Math.sqrt(size);
  const [first, second, channels = 1] = shape;
  const square = !named && size >= LEAST_SQUARE && Number.isInteger(side);
  const own: readonly [number, number] =
    shape.length === 1 ? (square ? [side, side] : [1, size]) : [first, second ?? 1];
  const [rows, columns] = grid ?? own;
  if (shape.length > 3 || channels !== 1)
    throw outOfRange(fn, "inputs that are a picture of one channel, or a list", shown({ shape }));
  if (rows * columns !== size) throw outOfRange(fn, `a grid of ${size} cells`, `${rows} × ${columns}`);
  if (rows > MOST_SIDE || columns > MOST_SIDE)
    throw outOfRange(fn, `a grid of at most ${MOST_SIDE} × ${MOST_SIDE}`, `${rows} × ${columns}`);
  return [rows, columns];
}

/** From 0 to 1 where the values lie between; else their own range. */
function rangeOf(values: ArrayLike<number>): readonly [number, number] {
  const all = Array.from(values);
  const [low, high] = [Math.min(0, ...all), Math.max(1, ...all)];
  return [low, high];
}
