/** Input as users give it, read into one array per input with the batch axis first. */
import { nearest, outOfRange, shown, wrongType } from "../check";
import {
  concatRows,
  flattenNested,
  indexAt,
  type NdArray,
  type NestedArray,
  ndarray,
  sameShape,
  shapeOfNested,
  sizeOf,
} from "../tensor";
import type { InputFact, Model } from "./model";
import { checkNamed, numberNamed } from "./names";
import { checkTokenIds } from "./token-ids";
import type { TextInput } from "./tokenizer";
import { idsOf, isText } from "./words";

/** A tfjs tensor, by structure: any copy of tfjs may have made it. */
export interface TensorLike {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly isDisposed: boolean;
  dataSync(): ArrayLike<number> | ArrayLike<string>;
}

/** Pixels of a canvas, by structure: red, green, blue and alpha of 0 to 255. */
export interface ImageDataLike {
  readonly data: ArrayLike<number>;
  readonly width: number;
  readonly height: number;
}

/** One array in any accepted form: a tfjs tensor, nested arrays, `{ data, shape }`, or the pixels of a canvas. */
export type ArrayInput =
  | ImageDataLike
  | TensorLike
  | NestedArray
  | { readonly data: ArrayLike<number>; readonly shape: readonly number[] };

/**
 * The input of a model: one array, an array of examples without the batch axis for a model with one input, or an array or
 * record of arrays for a model with several inputs. Texts stand for the ids of their tokens.
 */
export type Input =
  | ArrayInput
  | TextInput
  | readonly (ArrayInput | TextInput)[]
  | Readonly<Record<string, ArrayInput | TextInput>>;

/** An input as read: batched arrays, and whether the batch axis was given. */
export interface ReadInput {
  readonly batch: readonly NdArray[];
  readonly examples: number;
  readonly batched: boolean;
}

/** Reads and checks the input of a model. Shapes keep a batch axis of 1 when none was given. */
export function readInput(fn: string, model: Model, x: Input, what = "input"): ReadInput {
  const facts = model.inputs;
  const arrays = separate(fn, facts, x, what).map((value, i) =>
    model.facts.tokens !== undefined && isText(value)
      ? idsOf(fn, model.facts, facts, i, value)
      : readExamples(fn, value, facts[i], argument(facts, i, what)),
  );
  const batched = arrays.map((array, i) => {
    const { preprocess, rows } = model.facts;
    const prepared = preprocess !== undefined && facts[i].dtype === "float32";
    return isBatched(fn, array, facts[i], argument(facts, i, what), {
      prepared,
      together: rows === "together",
    });
  });
  if (new Set(batched).size > 1)
    throw wrongType(fn, "all inputs with a batch axis, or none", arrays.map(shown).join(", "));
  const batch = arrays.map((array, i) =>
    batched[i] ? array : { data: array.data, shape: [1, ...array.shape] },
  );
  const examples = batch[0].shape[0];
  batch.forEach((array, i) => {
    const name = argument(facts, i, what);
    if (array.shape[0] === 0 || sizeOf(array.shape) === 0)
      throw outOfRange(fn, `${name} with at least one example`, shown(array));
    if (array.shape[0] !== examples)
      throw outOfRange(fn, `${name} with ${examples} examples, as the first input has`, shown(array));
    checkFinite(fn, array, name);
    checkTokenIds(fn, model, i, array, what === "input" ? "" : ` in ${what}`);
  });
  return { batch, examples, batched: batched[0] };
}

/** Examples given one by one, as a list of images, as one array. */
function readExamples(fn: string, value: unknown, fact: InputFact, what: string): NdArray {
  if (
    !Array.isArray(value) ||
    value.length < 2 ||
    !value.every((one) => isArrayLike(one) || isImageData(one))
  )
    return isImageData(value) ? readImage(value, fact) : readArray(fn, value, what);
  const each = value.map((one: unknown) =>
    isImageData(one) ? readImage(one, fact) : readArray(fn, one, what),
  );
  const [{ shape }] = each;
  const odd = each.find((one) => !sameShape(one.shape, shape));
  if (odd)
    throw outOfRange(
      fn,
      `${what} with examples of one shape, [${shape.join(", ")}]`,
      `[${odd.shape.join(", ")}]`,
    );
  return concatRows(each.map(({ data }) => ({ data, shape: [1, ...shape] })));
}

function isImageData(value: unknown): value is ImageDataLike {
  const image = value as Partial<ImageDataLike> | null;
  return (
    typeof image === "object" &&
    image !== null &&
    typeof image.width === "number" &&
    typeof image.height === "number" &&
    image.data?.length === 4 * image.width * image.height
  );
}

/** The pixels of a canvas: [height, width, 4], or without alpha where the model does not take four channels. */
function readImage({ data, width, height }: ImageDataLike, { shape }: InputFact): NdArray {
  const channels = shape?.[shape.length - 1] === 4 ? 4 : 3;
  const pixels = Float32Array.from(
    { length: width * height * channels },
    (_, i) => data[4 * Math.floor(i / channels) + (i % channels)],
  );
  return { data: pixels, shape: [height, width, channels] };
}

/** Name of an argument in errors. */
function argument(facts: readonly InputFact[], i: number, what: string): string {
  return facts.length === 1 ? what : `${what} "${facts[i]?.name}"`;
}

/** One value per input of the model. */
export function separate(fn: string, facts: readonly InputFact[], x: unknown, what: string): unknown[] {
  if (facts.length === 1) {
    if (Array.isArray(x) && x.length === 1 && isArrayLike(x[0])) return [x[0]];
    const [key, ...others] = isRecord(x) ? Object.keys(x) : [];
    if (key !== undefined && others.length === 0 && numberNamed(facts, key) === 0)
      return [(x as Record<string, unknown>)[key]];
    return [x];
  }
  const names = facts.map((fact) => fact.name);
  const expected = `${what} to be an array of ${facts.length} or a record {${names.join(", ")}}, one for each input`;
  if (isRecord(x)) {
    const keys = new Map(
      Object.keys(x).map((key) => [checkNamed(fn, `${what} to name an input`, key, facts), key] as const),
    );
    return names.map((name, i) => {
      const key = keys.get(i);
      if (key === undefined)
        throw wrongType(fn, expected, `no ${JSON.stringify(name)}${hint(name, Object.keys(x))}`);
      return x[key];
    });
  }
  if (!Array.isArray(x)) throw wrongType(fn, expected, shown(x));
  if (x.length !== facts.length) throw wrongType(fn, expected, shown(x));
  return [...x];
}

function hint(name: string, given: readonly string[]): string {
  const near = nearest(name, given, 1)[0];
  return near ? ` (nearest given: "${near}")` : "";
}

function isArrayLike(x: unknown): boolean {
  return typeof x === "object" && x !== null && "shape" in x;
}

function isRecord(x: unknown): x is Record<string, unknown> {
  return (
    typeof x === "object" && x !== null && !Array.isArray(x) && !ArrayBuffer.isView(x) && !("shape" in x)
  );
}

/** Reads one array in any accepted form. */
export function readArray(fn: string, value: unknown, what: string): NdArray {
  const expected = `${what} to be a tensor, nested arrays of numbers or { data, shape }`;
  if (value === null || value === undefined || typeof value === "string" || typeof value === "function") {
    throw wrongType(fn, expected, shown(value));
  }
  if (typeof value === "object" && "dataSync" in value && "shape" in value) {
    const tensor = value as TensorLike;
    if (tensor.isDisposed) throw wrongType(fn, `${what} to be a live tensor`, "a disposed tensor");
    if (tensor.dtype === "string" || tensor.dtype === "complex64")
      throw wrongType(fn, `${what} of real numbers`, `a ${tensor.dtype} tensor`);
    return { data: Float32Array.from(tensor.dataSync() as ArrayLike<number>), shape: [...tensor.shape] };
  }
  if (typeof value === "object" && "data" in value && "shape" in value) {
    const { data, shape } = value as { data: ArrayLike<number>; shape: readonly number[] };
    if (!Array.isArray(shape) || shape.some((extent) => !Number.isInteger(extent) || extent < 0)) {
      throw wrongType(fn, `${what}.shape to be whole numbers`, shown(shape));
    }
    if (typeof data !== "object" || data === null || typeof data.length !== "number" || isBigInts(data))
      throw wrongType(fn, expected, shown(data));
    if (data.length !== sizeOf(shape))
      throw outOfRange(
        fn,
        `${what} with ${sizeOf(shape)} entries for shape [${shape.join(", ")}]`,
        `${data.length} entries`,
      );
    return ndarray(Float32Array.from(data), shape);
  }
  if (ArrayBuffer.isView(value)) {
    if (isBigInts(value) || value instanceof DataView) throw wrongType(fn, expected, shown(value));
    const data = Float32Array.from(value as unknown as ArrayLike<number>);
    return { data, shape: [data.length] };
  }
  if (!Array.isArray(value) && typeof value !== "number") throw wrongType(fn, expected, shown(value));
  if (Array.isArray(value) && hasHoles(value)) throw wrongType(fn, expected, "an array with missing entries");
  const rows = withPlainRows(value);
  const shape = shapeOfNested(rows as NestedArray);
  if (shape === undefined) throw wrongType(fn, `${what} with rows of equal length`, "ragged nested arrays");
  const flat = flattenNested(rows as NestedArray);
  if (
    Array.isArray(rows) &&
    (rows.flat(Number.POSITIVE_INFINITY) as unknown[]).some(
      (v) => typeof v !== "number" && typeof v !== "boolean",
    )
  ) {
    throw wrongType(fn, expected, "nested arrays of something else");
  }
  return ndarray(flat, shape);
}

/** Nested arrays with plain ones in place of typed ones, on any level. */
function withPlainRows(value: unknown): unknown {
  if (Array.isArray(value)) return typeof value[0] === "object" ? value.map(withPlainRows) : value;
  const typed = ArrayBuffer.isView(value) && !isBigInts(value) && !(value instanceof DataView);
  return typed ? Array.from(value as unknown as ArrayLike<number>) : value;
}

function isBigInts(data: object): boolean {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** Whether entries are missing, on any level: `flat` would drop them, and shift what follows. */
function hasHoles(rows: readonly unknown[]): boolean {
  for (let i = 0; i < rows.length; i++) {
    if (!(i in rows)) return true;
    const row = rows[i];
    if (Array.isArray(row) && hasHoles(row)) return true;
  }
  return false;
}

/** What is true of a model's inputs beside their shapes. */
interface Batching {
  /** A preparation comes before the model. */
  readonly prepared: boolean;
  /** All rows of a batch are one example. */
  readonly together: boolean;
}

/**
 * Whether the first axis is the batch: by rank. A plain function, whose rank is unknown, always needs it. Extents are free
 * in front of a preparation, which may resize.
 */
function isBatched(
  fn: string,
  array: NdArray,
  fact: InputFact,
  what: string,
  { prepared, together }: Batching,
): boolean {
  const { shape } = fact;
  if (shape === undefined) {
    if (array.shape.length === 0) throw wrongType(fn, `${what} with a batch axis`, "a single number");
    return !together;
  }
  const wanted = `[${shape.map((extent, axis) => (extent === null ? (axis === 0 ? "batch" : "any") : extent)).join(", ")}]`;
  const fits = (given: readonly number[], expected: readonly (number | null)[]): boolean =>
    given.length === expected.length &&
    given.every((extent, axis) => expected[axis] === null || expected[axis] === extent);
  if (fits(array.shape, shape)) return true;
  if (fits(array.shape, shape.slice(1))) return false;
  if (prepared && array.shape.length > 0) return array.shape.length !== shape.length - 1;
  throw outOfRange(fn, `${what} of shape ${wanted}, or one example without the batch axis`, shown(array));
}

/** Throws where an entry is not a finite number, and says which one. */
export function checkFinite(fn: string, array: NdArray, what: string): void {
  const at = array.data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw outOfRange(
    fn,
    `${what} to be finite`,
    `${array.data[at]} at [${indexAt(array.shape, at).join(", ")}]`,
  );
}
