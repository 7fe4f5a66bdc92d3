/** Baselines that an input is compared with: presets, tensors, functions of the input and data sets. */
import { outOfRange, shown, unknownName, wrongType } from "../check";
import { random } from "../random";
import { filled, mapped, type NdArray, rowRanges, rowSize, sameShape, takeRows } from "../tensor";
import { type DatasetBaseline, datasetRows, isDataset } from "./dataset";
import { fingerprint } from "./fingerprint";
import { type ArrayInput, type Input, readArray, readInput, separate } from "./input";
import { withMaskedSteps } from "./masked-steps";
import type { Axis, Batch, InputFact, Model } from "./model";
import { numberNamed } from "./names";
import { checkTokenIds } from "./token-ids";

/** The presets by name. */
export type BaselineName =
  | "zeros"
  | "ones"
  | "min"
  | "max"
  | "mean"
  | "blur"
  | "noise"
  | "max-distance"
  | "pad";

/** The names of the presets. */
export const BASELINE_NAMES: readonly BaselineName[] = [
  "zeros",
  "ones",
  "min",
  "max",
  "mean",
  "blur",
  "noise",
  "max-distance",
  "pad",
];

/**
 * A baseline: a preset, a number, an array of the input's shape (with or without the batch axis), a function of
 * the input, or `dataset(xs)`. For several inputs one for all, an array, or a record by input name.
 *
 * Inputs of tokens are compared at their look-ups: "zeros" are zero vectors, "pad" is the padding token (for all
 * inputs alike it leaves those without tokens at "zeros"), and numbers, arrays and data sets hold token ids.
 */
export type Baseline =
  | BaselineName
  | number
  | ArrayInput
  | ((x: NdArray) => ArrayInput)
  | DatasetBaseline
  | readonly Baseline[]
  | { readonly [input: string]: Baseline };

/** Baselines of a call: one batch, or several for a data set. Each has one array per input. */
export interface ResolvedBaseline {
  readonly draws: readonly (readonly NdArray[])[];
  /** As recorded in the result. */
  readonly label: string;
  /**
   * For each input, whether its look-ups are compared with zero vectors. The draws then hold the input's own tokens,
   * since masks are made from tokens and stay those of x.
   */
  readonly zeroVectors: readonly boolean[];
}

/** Context that a baseline is read in. */
export interface BaselineContext {
  readonly fn: string;
  readonly model: Model;
  readonly batch: readonly NdArray[];
  readonly seed: number;
  /** Inputs that are held at x, by number. */
  readonly fixed?: ReadonlySet<number>;
}

/** Turns what the user wrote into arrays of the input's shape. */
export function resolveBaseline(context: BaselineContext, baseline: Baseline): ResolvedBaseline {
  const { fn, model, batch, fixed = new Set() } = context;
  if (isDataset(baseline)) {
    const { draws, ...drawn } = resolveDataset(context, baseline);
    const held = (draw: Batch): Batch => draw.map((array, i) => (fixed.has(i) ? batch[i] : array));
    return { ...drawn, draws: draws.map(held) };
  }
  const each = perInput(context, baseline);
  const zeroVectors = each.map((one, i) => one === "zeros" && model.lookups(i).length > 0 && !fixed.has(i));
  const values = batch.map((x, i) => {
    if (zeroVectors[i] || fixed.has(i)) return x;
    const value = single(context, x, i, each[i]);
    // Padding has nothing to be compared with; who gives arrays may think otherwise.
    const general = typeof each[i] === "string" || typeof each[i] === "number";
    return general ? withMaskedSteps(model.inputs[i], x, value) : value;
  });
  for (const [i, array] of values.entries()) checkTokenIds(fn, model, i, array, " in the baseline");
  const compared = each.filter((_, i) => !fixed.has(i));
  return { draws: [values], label: [...new Set(compared.map(labelOf))].join(", "), zeroVectors };
}

/** A baseline in words: the preset's name, or name, size and hash of what was given. */
export function labelOf(baseline: unknown): string {
  if (typeof baseline === "string" || typeof baseline === "number") return String(baseline);
  if (typeof baseline === "function") return `function ${baseline.name || "(anonymous)"}`;
  if (isDataset(baseline)) return `dataset(${baseline.samples ?? "all"})`;
  try {
    const array = readArray("baseline", baseline, "baseline");
    return `array [${array.shape.join(", ")}] ${fingerprint([array.data])}`;
  } catch {
    return shown(baseline);
  }
}

function resolveDataset(
  { fn, model, batch, seed }: BaselineContext,
  given: DatasetBaseline,
): ResolvedBaseline {
  const data = readInput(fn, model, given.xs, "the data set");
  data.batch.forEach((array, i) => {
    checkRows(fn, "the data set", model.inputs, i, array, batch[i]);
  });
  const draws = datasetRows(
    { fn, data: data.batch, batch, seed, tokens: (i) => model.lookups(i).length > 0 },
    given,
  );
  const what = given.choice === "rows" ? "" : `${given.choice}, `;
  const label = `dataset(${what}${draws.length} of ${data.examples}, ${fingerprint(data.batch.map((array) => array.data))})`;
  return { draws, label, zeroVectors: data.batch.map(() => false) };
}

/** Rows that are to stand for rows of x need its extents, also where the model leaves these free. */
function checkRows(
  fn: string,
  what: string,
  inputs: readonly InputFact[],
  input: number,
  rows: NdArray,
  x: NdArray,
): void {
  const [given, wanted] = [rows.shape.slice(1), x.shape.slice(1)];
  if (sameShape(given, wanted)) return;
  const where = inputs.length === 1 ? "" : ` for input "${inputs[input]?.name}"`;
  throw outOfRange(fn, `${what} with rows of shape [${wanted.join(", ")}]${where}`, `[${given.join(", ")}]`);
}

/** One baseline for each input. */
function perInput({ fn, model, fixed }: BaselineContext, baseline: Baseline): Baseline[] {
  const { inputs } = model;
  const tokens = inputs.map((_, i) => model.lookups(i).length > 0);
  // The padding token is one of tokens; other inputs beside them have their default.
  if (baseline === "pad" && tokens.includes(true)) return tokens.map((yes) => (yes ? "pad" : "zeros"));
  const only = inputs.length === 1 ? onlyOf(inputs, baseline) : undefined;
  if (only !== undefined) return [only];
  // null, too, is an object.
  const several = typeof baseline === "object" && (baseline === null || !("shape" in baseline));
  if (inputs.length === 1 || !several) return inputs.map(() => baseline);
  // Inputs that are held need no baseline.
  const named =
    fixed && fixed.size > 0 && !Array.isArray(baseline)
      ? { ...Object.fromEntries([...fixed].map((i) => [inputs[i].name, "zeros"])), ...(baseline as object) }
      : baseline;
  return separate(fn, inputs, named, "baseline") as Baseline[];
}

/** The baseline of a single input that a record names. */
function onlyOf(inputs: readonly InputFact[], baseline: Baseline): Baseline | undefined {
  if (typeof baseline !== "object" || baseline === null || Array.isArray(baseline)) return undefined;
  const key = Object.keys(baseline).find((name) => numberNamed(inputs, name) === 0);
  return key === undefined ? undefined : (baseline as Record<string, Baseline>)[key];
}

function single(context: BaselineContext, x: NdArray, input: number, baseline: Baseline): NdArray {
  const { fn, model } = context;
  if (typeof baseline === "number") {
    if (!Number.isFinite(baseline)) throw outOfRange(fn, "baseline to be finite", String(baseline));
    return filled(x.shape, baseline);
  }
  if (typeof baseline === "string") {
    if (!(BASELINE_NAMES as readonly string[]).includes(baseline)) {
      throw unknownName(
        fn,
        "baseline to be a known name, a number, an array or a function",
        baseline,
        BASELINE_NAMES,
      );
    }
    if (baseline !== "pad" && model.lookups(input).length > 0) {
      const { inputs } = model;
      const { name } = inputs[input];
      const other = inputs.find((_, i) => model.lookups(i).length === 0)?.name;
      const each =
        other === undefined ? "" : ` (one for each input: { ${name}: "zeros", ${other}: "${baseline}" })`;
      throw outOfRange(
        fn,
        `baseline "zeros", "pad" or an array of tokens for input "${name}"${each}`,
        shown(baseline),
      );
    }
    return preset(context, x, input, baseline);
  }
  if (typeof baseline === "function") {
    // A copy, so that a function that works in place leaves the input as it is.
    const own: NdArray = { data: x.data.slice(), shape: [...x.shape] };
    return fitted(fn, readArray(fn, baseline(own), "baseline"), x);
  }
  if (isDataset(baseline))
    throw wrongType(fn, "one data set with all inputs: dataset({ … })", "a dataset(…) for one input");
  return fitted(fn, readArray(fn, baseline, "baseline"), x);
}

/** Gives a baseline the batch axis of x. */
function fitted(fn: string, baseline: NdArray, x: NdArray): NdArray {
  const bad = baseline.data.find((value) => !Number.isFinite(value));
  if (bad !== undefined) throw outOfRange(fn, "baseline to be finite", String(bad));
  const examples = x.shape[0];
  const one = x.shape.slice(1);
  if (sameShape(baseline.shape, x.shape)) return baseline;
  if (sameShape(baseline.shape, one) || sameShape(baseline.shape, [1, ...one])) {
    return takeRows({ data: baseline.data, shape: [1, ...one] }, new Array<number>(examples).fill(0));
  }
  throw outOfRange(fn, `baseline of shape [${x.shape.join(", ")}] or [${one.join(", ")}]`, shown(baseline));
}

function preset(context: BaselineContext, x: NdArray, input: number, name: BaselineName): NdArray {
  const { fn, model, seed } = context;
  const width = rowSize(x);
  const ranges = model.facts.range
    ? rowRanges(x).map(() => ({
        min: (model.facts.range as readonly [number, number])[0],
        max: (model.facts.range as readonly [number, number])[1],
      }))
    : rowRanges(x);
  const rangeAt = (i: number): { min: number; max: number } => ranges[Math.floor(i / width)];
  switch (name) {
    case "zeros":
      return filled(x.shape, 0);
    case "ones":
      return filled(x.shape, 1);
    case "min":
      return mapped(x, (_, i) => rangeAt(i).min);
    case "max":
      return mapped(x, (_, i) => rangeAt(i).max);
    case "max-distance":
      return mapped(x, (value, i) =>
        value - rangeAt(i).min > rangeAt(i).max - value ? rangeAt(i).min : rangeAt(i).max,
      );
    case "noise": {
      // One draw for all examples, so that neither their number nor their order matters.
      const stream = random(seed, 0x0015e, input);
      const draw = Float32Array.from({ length: width }, () => stream.uniform());
      return mapped(x, (_, i) => rangeAt(i).min + draw[i % width] * (rangeAt(i).max - rangeAt(i).min));
    }
    case "mean": {
      if (model.facts.data === undefined)
        throw wrongType(fn, 'asModel(net, { data }) for baseline "mean"', "no data");
      const data = readInput(fn, model, model.facts.data as Input, "data").batch[input];
      checkRows(fn, "data", model.inputs, input, data, x);
      const rows = data.shape[0];
      const mean = new Float64Array(width);
      data.data.forEach((value, i) => {
        mean[i % width] += value / rows;
      });
      return mapped(x, (_, i) => mean[i % width]);
    }
    case "blur":
      return blurred(fn, x, axesOf(model.inputs[input], x));
    case "pad": {
      const { padId } = model.facts;
      if (padId === undefined) throw wrongType(fn, 'asModel(net, { padId }) for baseline "pad"', "no padId");
      if (model.lookups(input).length === 0)
        throw wrongType(fn, 'an input of tokens for baseline "pad"', `input "${model.inputs[input]?.name}"`);
      return filled(x.shape, padId);
    }
  }
}

/** Names of an input's axes: as told, else by rank; images are height, width, channel. */
export function axesOf(input: InputFact, x: NdArray): readonly Axis[] {
  const rank = x.shape.length - 1;
  if (input.axes && input.axes.length === rank) return input.axes;
  const byRank: readonly (readonly Axis[])[] = [
    [],
    ["feature"],
    ["time", "channel"],
    ["height", "width", "channel"],
    ["depth", "height", "width", "channel"],
  ];
  return byRank[rank] ?? Array.from({ length: rank }, () => "unit" as const);
}

/** Gaussian blur over the spatial axes, σ = an eighth of each extent, the border repeated. */
function blurred(fn: string, x: NdArray, axes: readonly Axis[]): NdArray {
  const spatial = axes
    .map((axis, i) => ({ axis, at: i + 1 }))
    .filter(({ axis }) => ["height", "width", "depth", "time"].includes(axis));
  if (spatial.length === 0)
    throw wrongType(fn, 'an input with height, width or time for baseline "blur"', shown(x));
  return spatial.reduce((blurredSoFar, { at }) => blurAlong(blurredSoFar, at), x);
}

function blurAlong(x: NdArray, axis: number): NdArray {
  const extent = x.shape[axis];
  const sigma = extent / 8;
  const radius = Math.ceil(3 * sigma);
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp(-((k - radius) ** 2) / (2 * sigma * sigma)),
  );
  const total = kernel.reduce((sum, value) => sum + value, 0);
  const stride = x.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  return mapped(x, (_, i) => {
    const position = Math.floor(i / stride) % extent;
    const base = i - position * stride;
    return kernel.reduce((sum, weight, k) => {
      const at = Math.min(extent - 1, Math.max(0, position + k - radius));
      return sum + (weight / total) * x.data[base + at * stride];
    }, 0);
  });
}
