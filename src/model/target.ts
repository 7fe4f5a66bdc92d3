/** Targets of maps: a class, a neuron, a weighted sum of outputs, a loss or a function; logit or probability. */
import { outOfRange, shown, unknownName, wrongType } from "../check";
import { type NdArray, rowSize, sameShape, sizeOf, takeRows } from "../tensor";
import { type ArrayInput, checkFinite, readArray, type TensorLike } from "./input";
import { type NeuronTarget, neuronScore } from "./neuron";
import type { Explain, Head, ResolvedTarget, ScoreForm, TensorFunction } from "./score";
import { isWeighed, type WeighedTarget, weighedEntries } from "./weighed-targets";

/** The names of `explain`. */
export const EXPLAIN_NAMES: readonly Explain[] = ["logit", "probability", "logProbability"];

/** The loss against a label: cross-entropy for softmax and sigmoid, squared error otherwise. */
export interface LossTarget {
  readonly kind: "loss";
  readonly label: number | readonly number[];
}

/** A weighted sum of the output's entries: Σ mask ⊙ output. */
export interface MaskTarget {
  readonly kind: "mask";
  readonly mask: NdArray;
}

/**
 * The forms of a target: the predicted class; a class, by number or by name; one class per example; an index tuple of a dense
 * output (or one tuple per example); a mask, a neuron, a loss; a function from the output tensor (in the
 * form that `explain` names) to one score per example. A net with several outputs gives such a function all of
 * them, `(boxes, classes) => …`, unless the option `output` names one.
 */
export type Target =
  | "predicted"
  | number
  | string
  | readonly string[]
  | readonly number[]
  | readonly (readonly number[])[]
  | TensorLike
  | { readonly data: ArrayLike<number>; readonly shape: readonly number[] }
  | Int32Array
  | Uint8Array
  | Float32Array
  | NeuronTarget
  | LossTarget
  | MaskTarget
  | WeighedTarget
  | TensorFunction;

/** A target without arrays of numbers in other forms than plain ones. */
type PlainTarget =
  | "predicted"
  | number
  | readonly number[]
  | readonly (readonly number[])[]
  | NeuronTarget
  | LossTarget
  | MaskTarget
  | WeighedTarget
  | TensorFunction;

/** Whether what a target means follows from the numbers of the outputs, not from their shapes alone. */
export function readsOutputs(target: Target): boolean {
  return target === "predicted" || (isWeighed(target) && target.kind === "contrast");
}

/** The loss against a label (one, or one per example) as the target. */
export function loss(label: number | readonly number[] | ArrayBufferView | TensorLike | NdArray): LossTarget {
  const given = plainNumbers(label);
  const labels = typeof given === "number" ? [given] : given;
  if (!Array.isArray(labels) || labels.some((l) => typeof l !== "number" || !Number.isFinite(l))) {
    throw wrongType("loss", "a label, or one label per example", shown(label));
  }
  return { kind: "loss", label: given as number | readonly number[] };
}

/** Numbers of a typed array or a tensor as plain arrays, on each axis; anything else as it is. */
function plainNumbers(given: unknown): unknown {
  if (ArrayBuffer.isView(given) && "length" in given)
    return Array.from(given as unknown as ArrayLike<number>);
  if (typeof given !== "object" || given === null || !("shape" in given)) return given;
  const { data, shape } = readArray("target", given, "target");
  const [rows = 0, width] = shape;
  if (shape.length === 0) return data[0];
  if (width === undefined) return Array.from(data);
  return Array.from({ length: rows }, (_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
}

/** A weighted sum of the output's entries as the target; shape of one example's output, or with a batch axis. */
export function mask(weights: ArrayInput): MaskTarget {
  const array = readArray("mask", weights, "weights");
  if (array.shape.length === 0 || array.data.length === 0)
    throw wrongType("mask", "weights of the output's entries", shown(weights));
  checkFinite("mask", array, "weights");
  return { kind: "mask", mask: array };
}

/** The same target for other rows: row i of the answer is row `rows[i]` of `of`. */
export function targetRows(of: ResolvedTarget, rows: ArrayLike<number>): ResolvedTarget {
  const pick = <T>(values: readonly T[]): T[] => Array.from(rows, (row) => values[row]);
  let score = of.score;
  if (score.kind === "mask") score = { kind: "mask", mask: takeRows(score.mask, rows) };
  if (score.kind === "neuron" && score.weights.shape[0] > 1)
    score = { ...score, weights: takeRows(score.weights, rows) };
  if (score.kind === "loss") score = { kind: "loss", label: pick(score.label) };
  if (score.kind === "function") score = { ...score, examples: pick(score.examples) };
  return { ...of, score, labels: pick(of.labels), values: pick(of.values) };
}

/** Context of `resolveTarget`: the outputs of the clean input, as explained. */
export interface TargetContext {
  readonly fn: string;
  readonly target: Target;
  readonly explain: Explain;
  readonly output: number;
  readonly outputValues: NdArray;
  readonly head: Head;
  readonly classes?: readonly string[];
  /** Arguments of a function target. */
  readonly reads: "output" | "outputs";
  /** The shape of one row of the layer whose neurons are explained. */
  readonly layerShape?: readonly number[];
}

/** Turns what the user wrote into one score per example. Throws before any gradient is computed. */
export function resolveTarget(context: TargetContext): ResolvedTarget {
  const { fn, explain, output, head } = context;
  const target = plainNumbers(context.target) as PlainTarget;
  const examples = context.outputValues.shape[0];
  const every = <T>(value: T): T[] => new Array<T>(examples).fill(value);
  const base = { output, explain, head };
  if (typeof target === "function") {
    const name = target.name ? `function ${target.name}` : "function";
    const all = Array.from({ length: examples }, (_, row) => row);
    const score: ScoreForm = { kind: "function", score: target, reads: context.reads, examples: all };
    return { ...base, score, labels: every(name), values: every(name) };
  }
  if (isWeighed(target)) {
    const { mask, labels } = weighedEntries(target, {
      fn,
      outputValues: context.outputValues,
      numbersOf: (one) => classNumbers(context, one, examples),
      nameOf: (index) => context.classes?.[index] ?? String(index),
    });
    return { ...base, score: { kind: "mask", mask }, labels, values: labels };
  }
  if (typeof target === "object" && "kind" in target) {
    if (target.kind === "neuron") {
      const { score, label } = neuronScore(fn, target, context.layerShape ?? [], examples);
      return { ...base, score, labels: every(label), values: every(label) };
    }
    if (target.kind === "loss") {
      const label = lossLabels(context, target.label, examples);
      return {
        ...base,
        score: { kind: "loss", label },
        labels: label.map((l) => `loss(${l})`),
        values: label,
      };
    }
    if (target.kind === "mask") {
      const score: ScoreForm = { kind: "mask", mask: fullMask(context, target.mask) };
      return { ...base, score, labels: every("mask"), values: every("mask") };
    }
  }
  const indices = resolveIndices(context, target, examples);
  const shape = context.outputValues.shape;
  const width = sizeOf(shape.slice(1));
  const data = new Float32Array(examples * width);
  indices.forEach((index, row) => {
    data[row * width + flatIndex(index, shape.slice(1))] = 1;
  });
  const named = (index: readonly number[]): string => {
    const last = index[index.length - 1];
    const name = last === undefined ? undefined : context.classes?.[last];
    // A single number that is no probability has no classes.
    if (shape.length === 1 || (head === "none" && width === 1 && !context.classes)) return "output";
    if (index.length === 1) return name ?? String(last);
    return `[${index.join(",")}]${name === undefined ? "" : ` ${name}`}`;
  };
  return {
    ...base,
    score: { kind: "mask", mask: { data, shape } },
    labels: indices.map(named),
    values: indices.map((index) => (index.length === 1 ? index[0] : shape.length === 1 ? "output" : index)),
  };
}

/** The numbers of a class along the last axis of the outputs, one per example. */
function classNumbers(context: TargetContext, named: number | string, examples: number): number[] {
  const { fn, outputValues } = context;
  const { shape } = outputValues;
  if (shape.length === 2) return resolveIndices(context, named, examples).map(([index]) => index);
  const meant = typeof named === "string" ? indexNamed(context, named) : named;
  return Array.from({ length: examples }, () => checkIndex(fn, meant, shape[shape.length - 1]));
}

function flatIndex(index: readonly number[], shape: readonly number[]): number {
  return index.reduce((flat, i, axis) => flat * shape[axis] + i, 0);
}

/** A target as a record names it: a number, an index tuple in brackets, the only output. */
const RECORDED = /^(?:(\d+)|\[(\d+(?:,\d+)*)\].*|output)$/s;

/** Throws when a name is that of no class, nor what a record may say as its target. */
export function checkTargetName(fn: string, name: string, classes: readonly string[] | undefined): void {
  if (classes?.includes(name) || RECORDED.test(name)) return;
  throw unknownName(fn, "target to be an index or a known name", name, ["predicted", ...(classes ?? [])]);
}

/** What a name means: a class, or the index that a record writes so. */
function indexNamed({ fn, classes, outputValues }: TargetContext, name: string): number | readonly number[] {
  const named = classes?.indexOf(name) ?? -1;
  if (named >= 0) return named;
  checkTargetName(fn, name, classes);
  const [, number, tuple] = RECORDED.exec(name) ?? [];
  if (number !== undefined) return Number(number);
  if (tuple !== undefined) return tuple.split(",").map(Number);
  const width = sizeOf(outputValues.shape.slice(1));
  if (width !== 1) throw outOfRange(fn, `target from 0 to ${width - 1}`, shown(name));
  return 0;
}

function resolveIndices(
  context: TargetContext,
  named: number | string | readonly unknown[],
  examples: number,
): number[][] {
  const meant = (one: unknown): unknown => (typeof one === "string" ? indexNamed(context, one) : one);
  const target = named === "predicted" ? named : Array.isArray(named) ? named.map(meant) : meant(named);
  const { fn, outputValues } = context;
  const shape = outputValues.shape.slice(1);
  if (target === "predicted") {
    if (shape.length > 1) {
      throw wrongType(
        fn,
        `target to be an index tuple, a mask, a neuron or a function for an output of shape [${["batch", ...shape].join(", ")}]`,
        '"predicted"',
      );
    }
    if (shape.length === 0) return Array.from({ length: examples }, () => []);
    const width = shape[0];
    return Array.from({ length: examples }, (_, row) => [
      argMax(outputValues.data.subarray(row * width, (row + 1) * width)),
    ]);
  }
  if (typeof target === "number") {
    if (shape.length === 0) {
      if (target !== 0)
        throw outOfRange(fn, "target to be 0 for a model with one output per example", shown(target));
      return Array.from({ length: examples }, () => []);
    }
    if (shape.length > 1) {
      throw wrongType(
        fn,
        `target to be an index tuple of ${shape.length} numbers for an output of shape [${["batch", ...shape].join(", ")}]`,
        shown(target),
      );
    }
    return Array.from({ length: examples }, () => [checkIndex(fn, target, shape[0])]);
  }
  if (!Array.isArray(target)) {
    throw wrongType(
      fn,
      'target to be "predicted", an index, one index per example, an index tuple, mask(…), neuron(…), loss(…) or a function',
      shown(target),
    );
  }
  if (shape.length > 1 && target.every((entry) => typeof entry === "number")) {
    const index = checkTuple(fn, target, shape);
    return Array.from({ length: examples }, () => index);
  }
  if (target.length !== examples) {
    throw outOfRange(fn, `one target per example (${examples})`, `${target.length}`);
  }
  return target.map((entry) => {
    if (Array.isArray(entry)) return checkTuple(fn, entry, shape);
    const index = checkIndex(fn, entry, shape[0] ?? 1);
    return shape.length === 0 ? [] : [index];
  });
}

function checkTuple(fn: string, tuple: readonly unknown[], shape: readonly number[]): number[] {
  if (tuple.length !== shape.length) {
    throw outOfRange(
      fn,
      `an index tuple of ${shape.length} numbers for an output of shape [${["batch", ...shape].join(", ")}]`,
      shown(tuple),
    );
  }
  return tuple.map((entry, axis) => checkIndex(fn, entry, shape[axis]));
}

function checkIndex(fn: string, value: unknown, extent: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw wrongType(fn, `target to be a whole number from 0 to ${extent - 1}`, shown(value));
  }
  if (value < 0 || value >= extent) throw outOfRange(fn, `target from 0 to ${extent - 1}`, shown(value));
  return value;
}

/**
 * F of each row, Σ mask ⊙ output, from the output in the form that is explained; undefined for a score that is not read
 * from it. Entries without weight do not count, so that the logarithm of zero beside the explained class is no harm.
 */
export function scoresFromOutput({ score }: ResolvedTarget, output: NdArray): Float64Array | undefined {
  if (score.kind !== "mask") return undefined;
  const width = rowSize(output);
  const scores = new Float64Array(output.shape[0]);
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    for (let i = row * width; i < (row + 1) * width; i++) {
      const weight = score.mask.data[i];
      if (weight !== 0) sum += weight * output.data[i];
    }
    scores[row] = sum;
  }
  return scores;
}

/** The index of the largest entry; the first of equals. */
function argMax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

function fullMask(context: TargetContext, weights: NdArray): NdArray {
  const { fn, outputValues } = context;
  const one = outputValues.shape.slice(1);
  if (sameShape(weights.shape, outputValues.shape)) return weights;
  if (sameShape(weights.shape, one)) {
    const examples = outputValues.shape[0];
    return takeRows({ data: weights.data, shape: [1, ...one] }, new Array<number>(examples).fill(0));
  }
  throw outOfRange(
    fn,
    `a mask of shape [${one.join(", ")}] or [${outputValues.shape.join(", ")}]`,
    shown(weights),
  );
}

function lossLabels(context: TargetContext, label: number | readonly number[], examples: number): number[] {
  const { fn, outputValues, head } = context;
  const labels = typeof label === "number" ? new Array<number>(examples).fill(label) : [...label];
  if (labels.length !== examples)
    throw outOfRange(fn, `one label per example (${examples})`, `${labels.length}`);
  if (outputValues.shape.length > 2) {
    throw wrongType(fn, "loss(label) on an output of at most one axis beside the batch", shown(outputValues));
  }
  if (head !== "none") for (const l of labels) checkIndex(fn, l, outputValues.shape[1] ?? 1);
  else if (sizeOf(outputValues.shape.slice(1)) !== 1) {
    throw wrongType(
      fn,
      "loss(label) on a softmax, a sigmoid or a single number as output",
      shown(outputValues),
    );
  }
  return labels;
}
