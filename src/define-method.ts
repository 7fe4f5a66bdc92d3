/** Makes a method out of its equation: reads and checks arguments, resolves what they mean, records the result. */
import {
  type Again,
  Attribution,
  type AttributionPart,
  type AttributionPath,
  type AttributionRecord,
} from "./attribution";
import { axesOf, type Baseline, labelOf, type ResolvedBaseline, resolveBaseline } from "./baseline";
import {
  checkInteger,
  checkName,
  checkOptions,
  outOfRange,
  shown,
  throwIfAborted,
  unknownName,
  wrongType,
} from "./check";
import { asModel, type Net } from "./engine";
import { host, type Progress } from "./host";
import { type Input, type ReadInput, readInput } from "./input";
import type {
  Axis,
  EngineName,
  ForwardAnswer,
  Head,
  InputFact,
  LayerPlace,
  Model,
  Place,
  Replacement,
} from "./model";
import { type Budget, Problem } from "./problem";
import { EXPLAIN_NAMES, type Explain, type ResolvedTarget, resolveTarget, type Target } from "./target";
import { mapped, type NdArray, plus, rowSums, sameShape, sumLastAxis } from "./tensor";

/** Axioms that a method may claim; each claimed one is tested. */
export type Axiom =
  | "completeness"
  | "sensitivity"
  | "dummy"
  | "implementation invariance"
  | "linearity"
  | "symmetry";

/** An option of a method: its default, and a check that returns the value or throws. */
export interface OptionRule<T> {
  readonly default: T;
  readonly check: (fn: string, value: unknown) => T;
}

/** What is said of a method; tests, tables and `compare` read it. Only the name is required. */
export interface MethodMeta<Own extends object> {
  readonly name: string;
  readonly paper?: string;
  readonly axioms?: readonly Axiom[];
  /** Whether it compares with a baseline. */
  readonly needsBaseline?: boolean;
  /** Whether the gradient is multiplied by the input (or its difference from the baseline). */
  readonly multipliesByInput?: boolean;
  /** What the values are, in words that go before "the logit". Default "attribution to". */
  readonly quantity?: (options: Own) => string;
  /** Model evaluations per example. */
  readonly passes?: (options: Own) => number;
  /** Its own options. */
  readonly options?: { readonly [Name in keyof Own]-?: OptionRule<Own[Name]> };
  /** The layer to explain when none is named; for methods that live at a layer. */
  readonly defaultLayer?: (fn: string, model: Model) => string;
  /** Throws when options do not go together. */
  readonly check?: (fn: string, options: Own) => void;
}

/** Options that every method takes. */
export interface CommonOptions {
  /** What is explained. Default: the predicted class. */
  readonly target?: Target;
  /** Which of several outputs, by number or name. Default 0. */
  readonly output?: number | string;
  /** The logit (default), the probability or its logarithm, when the model ends in softmax or sigmoid. */
  readonly explain?: Explain;
  /** Explain a layer's activations instead of the input; `{ layer, side: "input" }` for what goes in. */
  readonly layer?: string | { readonly layer: string; readonly side?: "output" | "input" };
  /** Seed of everything random. Default 0. */
  readonly seed?: number;
  readonly engine?: EngineName;
  /** Memory for tensors, in bytes. Default 512 MiB. */
  readonly maxBytes?: number;
  /** Aborting rejects the call; nothing is leaked. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** Options of methods with a baseline. */
export interface BaselineOptions {
  /** What the input is compared with. Default "zeros". */
  readonly baseline?: Baseline;
}

/** What a method's equation returns: one array per place, or more to be recorded. */
export interface Solution {
  readonly values: readonly NdArray[];
  readonly path?: Omit<AttributionPath, "accumulated"> & { readonly accumulated: readonly NdArray[] };
  /** Shown beneath the map instead of what is at the place: Grad-CAM lies over the image. */
  readonly input?: readonly NdArray[];
  readonly axes?: readonly (readonly Axis[])[];
}

/** The equation of a method. */
export type Solve<Own> = (problem: Problem<Own>) => Promise<Solution | readonly NdArray[]>;

/** A method: an async function, with what is known about it. */
export interface Method<Own extends object = Record<never, never>> {
  (model: Net, x: Input, options?: CommonOptions & BaselineOptions & Partial<Own>): Promise<Attribution>;
  /** What is said of it, complete. */
  readonly meta: Required<Omit<MethodMeta<Own>, "defaultLayer">> & Pick<MethodMeta<Own>, "defaultLayer">;
  /** The same method with other defaults. */
  with(options: CommonOptions & BaselineOptions & Partial<Own>): Method<Own>;
  /** The equation alone, for methods that wrap others. */
  readonly solve: Solve<Own>;
}

/** Any method, whatever its options. */
export type AnyMethod = Method<any>;

const COMMON_OPTIONS = [
  "target",
  "output",
  "explain",
  "layer",
  "seed",
  "engine",
  "maxBytes",
  "signal",
  "onProgress",
];

/**
 * Makes a method. The equation sees a `Problem` and returns one array per explained place:
 *
 * ```ts
 * const myMethod = defineMethod({ name: "myMethod" }, async (p) => (await p.gradient()).map((g, i) => times(g, p.x[i])));
 * ```
 * @throws TypeError when the meta has no name or the equation is no function.
 */
export function defineMethod<Own extends object = Record<never, never>>(
  meta: MethodMeta<Own>,
  solve: Solve<Own>,
): Method<Own> {
  if (typeof meta?.name !== "string" || meta.name === "")
    throw wrongType("defineMethod", "meta with a name", shown(meta));
  if (typeof solve !== "function") throw wrongType("defineMethod", "a function of the problem", shown(solve));
  const full: Method<Own>["meta"] = {
    paper: "",
    axioms: [],
    needsBaseline: false,
    multipliesByInput: false,
    quantity: () => "attribution to",
    passes: () => 1,
    options: {} as Method<Own>["meta"]["options"],
    check: () => {},
    ...meta,
  };
  const withDefaults = (defaults: Record<string, unknown>): Method<Own> => {
    checkNames(full, defaults);
    const call = (model: Net, x: Input, options: Record<string, unknown> = {}): Promise<Attribution> =>
      attribute(full, solve, model, x, defaults, options);
    return Object.assign(call, {
      meta: full,
      solve,
      with: (options: Record<string, unknown>) => withDefaults({ ...defaults, ...options }),
    }) as unknown as Method<Own>;
  };
  return withDefaults({});
}

type Meta<Own extends object> = Method<Own>["meta"];

function checkNames<Own extends object>(meta: Meta<Own>, options: unknown): void {
  const allowed = [
    ...COMMON_OPTIONS,
    ...Object.keys(meta.options),
    ...(meta.needsBaseline ? ["baseline"] : []),
  ];
  checkOptions(meta.name, options, allowed);
}

/** The common options, checked. */
interface Common {
  readonly target: Target;
  readonly output: number;
  readonly explain: Explain;
  readonly layer: LayerPlace | undefined;
  readonly baseline: Baseline;
  readonly seed: number;
}

async function attribute<Own extends object>(
  meta: Meta<Own>,
  solve: Solve<Own>,
  net: Net,
  x: Input,
  defaults: Record<string, unknown>,
  given: Record<string, unknown>,
): Promise<Attribution> {
  const fn = meta.name;
  const started = performance.now();
  checkNames(meta, given);
  const options: Record<string, unknown> = { ...defaults, ...given };
  const model = asModel(net);
  model.checkAlive(fn);
  const own = ownOptions(meta, options);
  const common = commonOptions(fn, model, options);
  meta.check(fn, own);
  const read = readInput(fn, model, x);
  const early = model.layers.length > 0 ? chosenLayer(meta, model, common.layer) : undefined;
  const budget = makeBudget(meta, own, options, read.examples, started);
  throwIfAborted(budget.signal);

  const clean = await model.forward(read.batch, { ...ask(budget), explain: common.explain });
  budget.forward += read.examples;
  const layer = early ?? chosenLayer(meta, model, common.layer);
  const of = await resolvedTarget(fn, model, common, read, clean, budget);
  const lookups = await lookUps(fn, model, read, layer, budget);
  const places = layer ? [layer] : explainedPlaces(model);
  const atX = await valuesAt(model, read.batch, lookups, places, budget);
  const compared = meta.needsBaseline
    ? resolveBaseline({ fn, model, batch: read.batch, seed: common.seed }, common.baseline)
    : undefined;

  const problemAt = (baseline: readonly NdArray[]): Problem<Own> =>
    new Problem({
      model,
      budget,
      options: own,
      seed: common.seed,
      of,
      inputs: read.batch,
      lookups,
      places,
      x: atX,
      baseline,
    });
  const scores = await problemAt([]).score();
  const draws = compared
    ? await baselinesAt(fn, model, compared, common.baseline, read, layer, places, atX, budget)
    : [[]];
  const solutions: Solution[] = [];
  const baselineScores: Float64Array[] = [];
  for (const baseline of draws) {
    const problem = problemAt(baseline);
    const answer = await solve(problem);
    solutions.push(checkedSolution(fn, answer, places.length));
    if (compared) baselineScores.push(await problem.score(baseline));
  }
  const solution = solutions.length === 1 ? (solutions[0] as Solution) : meanSolution(solutions);
  const baselineScore = compared ? meanOf(baselineScores) : undefined;
  const complete =
    meta.axioms.includes("completeness") &&
    (own as { multiplyByInputs?: boolean }).multiplyByInputs !== false;
  const delta =
    complete && baselineScore ? convergenceDelta(solution.values, scores, baselineScore) : undefined;
  const explain =
    of.score.kind === "mask" || of.score.kind === "function"
      ? of.head === "none"
        ? "output"
        : common.explain
      : "output";
  warnAbout({ budget, solution, scores, baselineScore, delta, atX, draws, of, clean, common });
  const baselinePart =
    draws.length === 1 ? (draws[0] as readonly NdArray[]) : draws.length > 1 ? meanArrays(draws) : [];
  const parts = partsOf({
    model,
    read,
    layer,
    places,
    solution,
    atX,
    baseline: compared ? baselinePart : [],
  });

  const record: AttributionRecord = {
    method: fn,
    parts,
    target: of.values,
    targetLabels: of.labels,
    score: Array.from(scores),
    ...(baselineScore ? { baselineScore: Array.from(baselineScore) } : {}),
    ...(delta ? { convergenceDelta: delta } : {}),
    explain,
    quantity: meta.quantity(own),
    options: recordedOptions(common, own, compared, of, model),
    seed: common.seed,
    engine: model.engine,
    checked: "reference",
    passes: { forward: budget.forward, backward: budget.backward },
    elapsedMs: performance.now() - started,
    warnings: [...budget.warnings],
    batched: read.batched,
    ...(solution.path ? { path: solution.path } : {}),
  };
  const repeat = (changes: Again): Promise<Attribution> =>
    attribute(meta, solve, changes.model ?? net, changes.input ?? x, defaults, {
      ...given,
      ...(changes.target === undefined ? {} : { target: changes.target }),
    });
  return new Attribution(record, repeat);
}

function checkedSolution(fn: string, answer: Solution | readonly NdArray[], places: number): Solution {
  const solution = Array.isArray(answer) ? { values: answer } : (answer as Solution | undefined);
  const values: readonly NdArray[] | undefined = solution?.values;
  const good =
    Array.isArray(values) &&
    values.length === places &&
    values.every((v) => v?.data instanceof Float32Array && Array.isArray(v.shape));
  if (!good) {
    const arrays = `${places} array${places === 1 ? "" : "s"} { data: Float32Array, shape }`;
    throw wrongType(fn, `its equation to return ${arrays}`, shown(values ?? answer));
  }
  return solution as Solution;
}

function ownOptions<Own extends object>(meta: Meta<Own>, options: Record<string, unknown>): Own {
  const own: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(meta.options) as [string, OptionRule<unknown>][]) {
    const value = options[name];
    own[name] = value === undefined ? rule.default : rule.check(meta.name, value);
  }
  return own as Own;
}

function commonOptions(fn: string, model: Model, options: Record<string, unknown>): Common {
  const {
    target = "predicted",
    output = 0,
    explain = "logit",
    layer,
    baseline = "zeros",
    seed = 0,
  } = options;
  if (options.maxBytes !== undefined) checkInteger(fn, "maxBytes", options.maxBytes, 1);
  if (options.engine !== undefined) checkName(fn, "engine", options.engine, ["eager"] as const);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal))
    throw wrongType(fn, "signal to be an AbortSignal", shown(options.signal));
  if (options.onProgress !== undefined && typeof options.onProgress !== "function")
    throw wrongType(fn, "onProgress to be a function", shown(options.onProgress));
  checkInteger(fn, "seed", seed, Number.MIN_SAFE_INTEGER);
  if (target === null || (typeof target === "string" && target !== "predicted")) {
    const known = ["predicted"];
    throw typeof target === "string"
      ? unknownName(fn, "target to be an index or a known name", target, known)
      : wrongType(fn, "a target", "null");
  }
  return {
    target: target as Target,
    output: outputIndex(fn, model, output),
    explain: checkName(fn, "explain", explain, EXPLAIN_NAMES),
    layer: layerPlace(fn, model, layer),
    baseline: baseline as Baseline,
    seed: seed as number,
  };
}

function outputIndex(fn: string, model: Model, output: unknown): number {
  const names = model.outputs.map((fact) => fact.name);
  if (typeof output === "string") {
    if (!names.includes(output)) throw unknownName(fn, "output to name an output", output, names);
    return names.indexOf(output);
  }
  checkInteger(fn, "output", output, 0);
  // The outputs of a plain function are counted when it has run.
  if ((output as number) >= names.length && model.layers.length > 0) {
    throw outOfRange(fn, `output from 0 to ${names.length - 1}`, shown(output));
  }
  return output as number;
}

function layerPlace(fn: string, model: Model, layer: unknown): LayerPlace | undefined {
  if (layer === undefined) return undefined;
  const given = typeof layer === "string" ? { layer } : (layer as { layer?: unknown; side?: unknown } | null);
  if (given === null || typeof given !== "object" || typeof given.layer !== "string") {
    throw wrongType(fn, 'layer to be a name or { layer, side: "input" | "output" }', shown(layer));
  }
  const { side = "output" } = given as { side?: unknown };
  checkName(fn, "side", side, ["output", "input"] as const);
  const place: LayerPlace = { layer: given.layer, side: side as "output" | "input" };
  if (model.layers.length > 0) checkLayer(fn, model, place);
  return place;
}

/** Throws when a model has no such layer, naming the nearest; a layer that is called often needs `#n`. */
export function checkLayer(fn: string, model: Model, place: LayerPlace): void {
  const names = model.layers.map((fact) => fact.name);
  if (names.includes(place.layer)) return;
  const calls = names.filter((name) => name.startsWith(`${place.layer}#`));
  if (calls.length > 0) {
    throw outOfRange(
      fn,
      `layer to name one call of a shared layer (${calls.join(", ")})`,
      shown(place.layer),
    );
  }
  throw unknownName(fn, "layer to name a layer", place.layer, names);
}

function chosenLayer<Own extends object>(
  meta: Meta<Own>,
  model: Model,
  layer: LayerPlace | undefined,
): LayerPlace | undefined {
  if (layer) {
    checkLayer(meta.name, model, layer);
    return layer;
  }
  return meta.defaultLayer ? { layer: meta.defaultLayer(meta.name, model), side: "output" } : undefined;
}

function makeBudget<Own extends object>(
  meta: Meta<Own>,
  own: Own,
  options: Record<string, unknown>,
  examples: number,
  started: number,
): Budget {
  const around = host();
  const signal = (options.signal as AbortSignal | undefined) ?? around.signal;
  const onProgress = (options.onProgress as ((progress: Progress) => void) | undefined) ?? around.onProgress;
  const expected = examples * meta.passes(own);
  let done = 0;
  return {
    forward: 0,
    backward: 0,
    signal,
    maxBytes: options.maxBytes as number | undefined,
    warnings: [],
    onRows(rows) {
      done += rows;
      onProgress?.({
        method: meta.name,
        done,
        total: Math.max(expected, done),
        elapsedMs: performance.now() - started,
      });
    },
  };
}

function ask(budget: Budget): { signal?: AbortSignal; maxBytes?: number } {
  return {
    ...(budget.signal ? { signal: budget.signal } : {}),
    ...(budget.maxBytes === undefined ? {} : { maxBytes: budget.maxBytes }),
  };
}

async function resolvedTarget(
  fn: string,
  model: Model,
  common: Common,
  read: ReadInput,
  clean: ForwardAnswer,
  budget: Budget,
): Promise<ResolvedTarget> {
  const outputValues = clean.outputs[common.output];
  if (outputValues === undefined)
    throw outOfRange(fn, `output from 0 to ${clean.outputs.length - 1}`, String(common.output));
  const head = clean.heads[common.output] as Head;
  if (head === "none" && common.explain === "logProbability") {
    throw outOfRange(
      fn,
      'explain "logProbability" only for a model that ends in softmax or sigmoid',
      "an output of another kind",
    );
  }
  const { classes } = model.facts;
  if (
    classes &&
    classes.length !== outputValues.shape[outputValues.shape.length - 1] &&
    model.outputs.length === 1
  ) {
    throw outOfRange(
      fn,
      `${outputValues.shape[outputValues.shape.length - 1]} class names, one per output`,
      `${classes.length}`,
    );
  }
  const of = resolveTarget({
    fn,
    target: common.target,
    explain: common.explain,
    output: common.output,
    outputValues,
    head,
    ...(classes ? { classes } : {}),
  });
  if (of.score.kind === "neuron") await checkNeuron(fn, model, read, of.score.place, of.score.index, budget);
  return of;
}

async function checkNeuron(
  fn: string,
  model: Model,
  read: ReadInput,
  place: LayerPlace,
  index: readonly number[],
  budget: Budget,
): Promise<void> {
  checkLayer(fn, model, place);
  const { activations } = await model.forward(read.batch, { ...ask(budget), at: [place] });
  budget.forward += read.examples;
  const shape = (activations[0] as NdArray).shape.slice(1);
  if (index.length !== shape.length || index.some((i, axis) => i >= (shape[axis] as number))) {
    throw outOfRange(
      fn,
      `a neuron of layer "${place.layer}", which has shape [${shape.join(", ")}]`,
      `[${index.join(", ")}]`,
    );
  }
}

/** Where inputs are explained: at themselves, or at the look-ups they feed. */
function explainedPlaces(model: Model): Place[] {
  return model.inputs.flatMap((_, input): Place[] => {
    const lookups = model.lookups(input);
    return lookups.length > 0 ? [...lookups] : [{ input }];
  });
}

/** Values of the look-ups of integer inputs; any other integer input cannot be explained. */
async function lookUps(
  fn: string,
  model: Model,
  read: ReadInput,
  layer: LayerPlace | undefined,
  budget: Budget,
): Promise<Replacement[]> {
  const places = model.inputs.flatMap((_, input) => [...model.lookups(input)]);
  if (layer === undefined) {
    model.inputs.forEach((input: InputFact, i) => {
      if (input.dtype !== "float32" && model.lookups(i).length === 0) {
        throw wrongType(
          fn,
          `input "${input.name}" to be of float numbers or to feed look-ups alone`,
          `${input.dtype} that feeds other operations`,
        );
      }
    });
  }
  if (places.length === 0 || (layer && places.some((place) => place.layer === layer.layer))) return [];
  const { activations } = await model.forward(read.batch, { ...ask(budget), at: places });
  budget.forward += read.examples;
  return places.map((place, i) => ({ place, values: activations[i] as NdArray }));
}

async function valuesAt(
  model: Model,
  batch: readonly NdArray[],
  lookups: readonly Replacement[],
  places: readonly Place[],
  budget: Budget,
): Promise<readonly NdArray[]> {
  const layers = places.filter(
    (place): place is LayerPlace => "layer" in place && !lookups.some((r) => r.place === place),
  );
  const known = new Map<Place, NdArray>(lookups.map((r) => [r.place, r.values]));
  const missing = layers.filter(
    (place) =>
      ![...known.keys()].some((k) => "layer" in k && k.layer === place.layer && k.side === place.side),
  );
  if (missing.length > 0) {
    const { activations } = await model.forward(batch, { ...ask(budget), at: missing });
    budget.forward += (batch[0] as NdArray).shape[0] as number;
    missing.forEach((place, i) => {
      known.set(place, activations[i] as NdArray);
    });
  }
  return places.map((place) => {
    if ("input" in place) return batch[place.input] as NdArray;
    const key = [...known.keys()].find(
      (k) => "layer" in k && k.layer === place.layer && k.side === place.side,
    ) as Place;
    return known.get(key) as NdArray;
  });
}

/** x′ at the places, for each draw. Look-ups are compared with zero vectors, or with the padding token's vector. */
async function baselinesAt(
  fn: string,
  model: Model,
  compared: ResolvedBaseline,
  baseline: Baseline,
  read: ReadInput,
  layer: LayerPlace | undefined,
  places: readonly Place[],
  atX: readonly NdArray[],
  budget: Budget,
): Promise<(readonly NdArray[])[]> {
  const tokens = model.inputs.some((_, input) => model.lookups(input).length > 0);
  if (tokens && typeof baseline === "string" && baseline !== "zeros" && baseline !== "pad") {
    throw outOfRange(
      fn,
      'baseline "zeros", "pad" or an array of tokens for an input of tokens',
      shown(baseline),
    );
  }
  const zeroVectors = tokens && baseline === "zeros";
  const draws: (readonly NdArray[])[] = [];
  for (const draw of compared.draws) {
    // Masks are made from tokens: with zero vectors they stay those of x.
    const batch = zeroVectors
      ? draw.map((array, i) => (model.lookups(i).length > 0 ? (read.batch[i] as NdArray) : array))
      : draw;
    const lookupPlaces = zeroVectors ? model.inputs.flatMap((_, input) => [...model.lookups(input)]) : [];
    if (layer === undefined && zeroVectors) {
      draws.push(
        places.map((place, i) =>
          "input" in place ? (batch[place.input] as NdArray) : mapped(atX[i] as NdArray, () => 0),
        ),
      );
      continue;
    }
    let replaced: Replacement[] = [];
    if (lookupPlaces.length > 0) {
      const { activations } = await model.forward(read.batch, { ...ask(budget), at: lookupPlaces });
      replaced = lookupPlaces.map((place, i) => ({
        place,
        values: mapped(activations[i] as NdArray, () => 0),
      }));
    }
    const layers = places.filter((place): place is LayerPlace => "layer" in place);
    const activations =
      layers.length > 0
        ? (await model.forward(batch, { ...ask(budget), replace: replaced, at: layers })).activations
        : [];
    if (layers.length > 0) budget.forward += read.examples;
    draws.push(
      places.map((place) =>
        "input" in place ? (batch[place.input] as NdArray) : (activations[layers.indexOf(place)] as NdArray),
      ),
    );
  }
  return draws;
}

function meanOf(rows: readonly Float64Array[]): Float64Array {
  return (rows[0] as Float64Array).map(
    (_, i) => rows.reduce((sum, row) => sum + (row[i] as number), 0) / rows.length,
  );
}

function meanArrays(draws: readonly (readonly NdArray[])[]): NdArray[] {
  return (draws[0] as readonly NdArray[]).map((array, i) => {
    const sum = new Float64Array(array.data.length);
    for (const draw of draws) {
      const { data } = draw[i] as NdArray;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (data[k] as number) / draws.length;
    }
    return { data: Float32Array.from(sum), shape: array.shape };
  });
}

/** The mean over several baselines: the expected form of a path method. */
function meanSolution(solutions: readonly Solution[]): Solution {
  const { path: _, ...first } = solutions[0] as Solution;
  return { ...first, values: meanArrays(solutions.map((solution) => solution.values)) };
}

/** Σ attribution − (F(x) − F(x′)), per example. */
function convergenceDelta(
  values: readonly NdArray[],
  scores: Float64Array,
  baselineScores: Float64Array,
): number[] {
  const sums = values.map(rowSums);
  return Array.from(scores, (score, row) => {
    const total = sums.reduce((sum, part) => sum + (part[row] as number), 0);
    return total - (score - (baselineScores[row] as number));
  });
}

interface PartsContext {
  readonly model: Model;
  readonly read: ReadInput;
  readonly layer: LayerPlace | undefined;
  readonly places: readonly Place[];
  readonly solution: Solution;
  readonly atX: readonly NdArray[];
  readonly baseline: readonly NdArray[];
}

/** One part per explained input or layer, in the shapes the user gave. */
function partsOf({ model, read, layer, places, solution, atX, baseline }: PartsContext): AttributionPart[] {
  const given = (array: NdArray): NdArray =>
    read.batched ? array : { data: array.data, shape: array.shape.slice(1) };
  if (layer) {
    const values = solution.values[0] as NdArray;
    const input = solution.input?.[0] ?? (atX[0] as NdArray);
    const axes =
      solution.axes?.[0] ??
      axesOf({ name: layer.layer, dtype: "float32" }, values).map((axis) =>
        axis === "feature" ? "unit" : axis,
      );
    const name = layer.side === "input" ? `${layer.layer} (input)` : layer.layer;
    return [
      {
        name,
        at: "layer",
        values: given(values),
        input: given(input),
        ...(baseline[0] ? { baseline: given(baseline[0]) } : {}),
        axes,
      },
    ];
  }
  return model.inputs.map((fact, i): AttributionPart => {
    const mine = places.flatMap((place, p) =>
      ("input" in place ? place.input === i : model.lookups(i).some((l) => l.layer === place.layer))
        ? [p]
        : [],
    );
    const input = read.batch[i] as NdArray;
    const direct = "input" in (places[mine[0] as number] as Place);
    const p = mine[0] as number;
    if (direct) {
      const values = solution.values[p] as NdArray;
      const axes = solution.axes?.[p] ?? axesOf(fact, values);
      const labels = labelsOf(model, axes, values);
      return {
        name: fact.name,
        at: "input",
        values: given(values),
        input: given(solution.input?.[p] ?? input),
        ...(baseline[p] ? { baseline: given(baseline[p] as NdArray) } : {}),
        axes,
        ...(labels ? { labels } : {}),
      };
    }
    // Several look-ups of one input add up; each is summed over its embedding axis.
    const values = mine.map((at) => sumLastAxis(solution.values[at] as NdArray)).reduce(plus);
    return {
      name: fact.name,
      at: "input",
      values: given(values),
      input: given(input),
      axes: values.shape.length === 2 ? ["token"] : axesOf(fact, values),
    };
  });
}

function labelsOf(model: Model, axes: readonly Axis[], values: NdArray): readonly string[] | undefined {
  const { features } = model.facts;
  const last = values.shape[values.shape.length - 1] as number;
  return features && axes[axes.length - 1] === "feature" && features.length === last ? features : undefined;
}

interface WarningContext {
  readonly budget: Budget;
  readonly solution: Solution;
  readonly scores: Float64Array;
  readonly baselineScore: Float64Array | undefined;
  readonly delta: readonly number[] | undefined;
  readonly atX: readonly NdArray[];
  readonly draws: readonly (readonly NdArray[])[];
  readonly of: ResolvedTarget;
  readonly clean: ForwardAnswer;
  readonly common: Common;
}

/** Says in words what a reader of the map must know. */
function warnAbout({
  budget,
  solution,
  scores,
  baselineScore,
  delta,
  atX,
  draws,
  of,
  common,
}: WarningContext): void {
  const warn = (text: string): void => {
    if (!budget.warnings.includes(text)) budget.warnings.push(text);
  };
  const which = (rows: readonly number[]): string =>
    scores.length === 1 ? "" : ` (example ${rows.slice(0, 8).join(", ")}${rows.length > 8 ? ", …" : ""})`;
  const rowsWhere = (test: (row: number) => boolean): number[] =>
    Array.from(scores, (_, row) => row).filter(test);

  const bad = solution.values.reduce(
    (count, array) => count + array.data.reduce((n, v) => n + (Number.isFinite(v) ? 0 : 1), 0),
    0,
  );
  if (bad > 0)
    warn(`the map holds ${bad} value${bad === 1 ? "" : "s"} that ${bad === 1 ? "is" : "are"} not finite`);
  const badScores = rowsWhere((row) => !Number.isFinite(scores[row] as number));
  if (badScores.length > 0) warn(`the model's score is not finite${which(badScores)}`);

  const magnitudes = solution.values.map((array) => rowSums(mapped(array, Math.abs)));
  const flat = rowsWhere((row) => magnitudes.every((sums) => sums[row] === 0));
  const atBaseline =
    draws.length === 1 && (draws[0] as readonly NdArray[]).length > 0
      ? rowsWhere((row) =>
          (draws[0] as readonly NdArray[]).every((array, i) => sameRow(array, atX[i] as NdArray, row)),
        )
      : [];
  if (atBaseline.length > 0)
    warn(`the baseline equals the input, so that there is nothing to attribute${which(atBaseline)}`);
  const dead = flat.filter((row) => !atBaseline.includes(row));
  if (dead.length > 0)
    warn(`the gradient is zero everywhere: dead units, or a saturated output${which(dead)}`);

  if (of.score.kind === "mask" && common.explain === "probability" && of.head !== "none") {
    const saturated = rowsWhere(
      (row) => (scores[row] as number) > 0.9999 || (scores[row] as number) < 0.0001,
    );
    if (saturated.length > 0)
      warn(
        `the probability is saturated, so that its gradient nearly vanishes; the logit (explain: "logit") says more${which(saturated)}`,
      );
  }
  if (baselineScore) {
    const plateau = rowsWhere((row) => {
      const [high, low] = [scores[row] as number, baselineScore[row] as number];
      return (
        !atBaseline.includes(row) &&
        Math.abs(high - low) <= 1e-6 * Math.max(Math.abs(high), Math.abs(low), 1e-30)
      );
    });
    if (plateau.length > 0)
      warn(
        `the score is the same at the input and at the baseline, so that the attributions cancel or vanish${which(plateau)}`,
      );
  }
  if (delta && baselineScore) {
    const off = rowsWhere((row) => {
      const difference = Math.abs((scores[row] as number) - (baselineScore[row] as number));
      return difference > 0 && Math.abs(delta[row] as number) > 0.05 * difference;
    });
    if (off.length > 0)
      warn(
        `the attributions miss F(x) − F(x′) by more than 5 %: raise steps, or give a tolerance${which(off)}`,
      );
  }
}

function sameRow(a: NdArray, b: NdArray, row: number): boolean {
  if (!sameShape(a.shape, b.shape)) return false;
  const width = a.data.length / (a.shape[0] as number);
  for (let i = row * width; i < (row + 1) * width; i++) if (a.data[i] !== b.data[i]) return false;
  return true;
}

/** Options as resolved, in a form that JSON can hold. */
function recordedOptions(
  common: Common,
  own: object,
  compared: ResolvedBaseline | undefined,
  of: ResolvedTarget,
  model: Model,
): Record<string, unknown> {
  const record: Record<string, unknown> = {
    target: of.labels.length === 1 ? of.labels[0] : [...of.labels],
    output: model.outputs[common.output]?.name ?? common.output,
    explain: common.explain,
  };
  if (common.layer) record.layer = common.layer.side === "input" ? { ...common.layer } : common.layer.layer;
  if (compared) record.baseline = compared.label;
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) record[name] = typeof value === "function" ? labelOf(value) : value;
  }
  return record;
}
