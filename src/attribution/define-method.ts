/** Makes a method out of its equation: reads and checks arguments, resolves what they mean, records the result. */

import { failure, outOfRange, shown, throwIfAborted, UnsupportedOperationError, wrongType } from "../check";
import { INSPECT } from "../display";
import { asModel, type Net, onChosenEngine } from "../engine";
import { axesOf, type ResolvedBaseline, resolveBaseline } from "../model/baseline";
import { type Input, type ReadInput, readInput } from "../model/input";
import type { Batch, ForwardAnswer, Model, NextRequest, OutputDescription } from "../model/model";
import { readsOutputs, scoresFromOutput } from "../model/target";
import { concatRows, type NdArray, rowSize, rowSums, sliceRows } from "../tensor";
import { makeBudget, warnOfFindings } from "./budget";
import { checkNeurons, resolvedTarget } from "./call-target";
import { checkedSolution } from "./checked-solution";
import { columnsInWords, explainedColumns } from "./column-vectors";
import { heldInputs, heldInWords } from "./held-inputs";
import { keptInput, keptOptions } from "./kept";
import { layerContext } from "./layer-context";
import { noteCall } from "./map-call";
import { MeanSolution, meanArrays } from "./mean-solution";
import type { Axiom, Meta, Method, MethodMeta, Solution, Solve } from "./method";
import { completed } from "./method-meta";
import { checkLayer } from "./named-layers";
import { type Common, checkNames, commonOptions, ownOptions, recordedOptions } from "./options";
import { partsOf, pathOfParts } from "./parts";
import { baselinesAt, explainedPlaces, lookUps, noisePlaces, valuesAt } from "./places";
import { Problem } from "./problem";
import type { Budget, EndpointScores } from "./problem-state";
import { type Again, Attribution, type AttributionRecord } from "./record";
import { cancellingSums } from "./reduced-vectors";
import { examinationInWords, rowsThatMiss, warnAbout } from "./warnings";

/**
 * Makes a method. The equation sees a `Problem` and returns one array per explained place:
 *
 * ```ts
 * const myMethod = defineMethod({ name: "myMethod" }, async (p) => (await p.gradient()).map((g, i) => times(g, p.x[i])));
 * ```
 * @throws TypeError when the meta has no name or the equation is no function.
 */
export function defineMethod<Own extends object = Record<never, never>>(
  meta: MethodMeta<Own> & {
    readonly needsBaseline: true;
    readonly axioms: readonly ["completeness", ...Axiom[]];
  },
  solve: Solve<Own>,
): Method<Own, "complete">;
export function defineMethod<Own extends object = Record<never, never>>(
  meta: MethodMeta<Own> & { readonly needsBaseline: true },
  solve: Solve<Own>,
): Method<Own, "baseline">;
export function defineMethod<Own extends object = Record<never, never>>(
  meta: MethodMeta<Own>,
  solve: Solve<Own>,
): Method<Own>;
export function defineMethod<Own extends object>(meta: MethodMeta<Own>, solve: Solve<Own>): Method<Own> {
  if (typeof meta?.name !== "string" || meta.name === "")
    throw wrongType("defineMethod", "meta with a name", shown(meta));
  if (typeof solve !== "function") throw wrongType("defineMethod", "a function of the problem", shown(solve));
  const full = completed(meta);
  if (!full.gradient) withoutGradient.add(full.name);
  // Checked here, so that methods that wrap this one are told of its faults as well.
  const checked = async (problem: Problem<Own>): Promise<Solution> =>
    checkedSolution(full.name, await solve(problem), problem);
  const withDefaults = (defaults: Record<string, unknown>): Method<Own> => {
    const call = (model: Net, x: Input, options: Record<string, unknown> = {}): Promise<Attribution> =>
      attribute(full, checked, model, x, defaults, options);
    Object.defineProperties(call, {
      name: { value: full.name },
      [INSPECT]: { value: () => methodText(full, defaults) },
    });
    return Object.assign(call, {
      meta: full,
      solve: checked,
      defaults: Object.freeze({ ...defaults }),
      with: (options: Record<string, unknown>) => {
        checkNames(full, options);
        return withDefaults({ ...defaults, ...thoseGiven(options) });
      },
    }) as unknown as Method<Own>;
  };
  return withDefaults({});
}

/**
 * Puts questions about the examples of a call, in the space that its options explain: `work` sees the problem that a method
 * would, and its answer is what it returns.
 * @param passes evaluations of the model per example, from which the engine is chosen.
 */
export async function question<T>(
  fn: string,
  net: Net,
  x: Input,
  options: Record<string, unknown>,
  passes: number,
  work: (problem: Problem<object>) => Promise<T>,
): Promise<T> {
  const answers: T[] = [];
  const meta = completed<object>({
    name: fn,
    needsBaseline: true,
    drawsBaselines: true,
    gradient: false,
    passes: () => passes,
  });
  const ask = async (problem: Problem<object>): Promise<Solution> => {
    answers.push(await work(problem));
    return { values: problem.x };
  };
  await attribute(meta, ask, net, x, {}, options);
  // An engine that refuses is asked first.
  return answers[answers.length - 1];
}

/** A method as one line: its name, its paper, what it needs, and its defaults. */
function methodText<Own extends object>(meta: Meta<Own>, defaults: Record<string, unknown>): string {
  const words = [
    meta.name,
    ...(meta.paper ? [meta.paper] : []),
    ...(meta.needsBaseline ? ["compares with a baseline"] : []),
    ...(Object.keys(meta.options).length > 0 ? [`options ${Object.keys(meta.options).join(", ")}`] : []),
    ...Object.entries(defaults).map(([name, value]) => `${name} ${shown(value)}`),
  ];
  return words.join(" · ");
}

/** An equation whose answers are checked. */
type Checked<Own extends object> = (problem: Problem<Own>) => Promise<Solution>;

/** Options without those that are undefined, which means that they were not given. */
function thoseGiven(options: Record<string, unknown> | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));
}

async function attribute<Own extends object>(
  meta: Meta<Own>,
  solve: Checked<Own>,
  net: Net,
  x: Input,
  defaults: Record<string, unknown>,
  given: Record<string, unknown>,
): Promise<Attribution> {
  const fn = meta.name;
  const started = performance.now();
  checkNames(meta, given);
  const options = keptOptions({ ...defaults, ...thoseGiven(given) });
  const facts = asModel(net);
  if (meta.gradient && facts.engine === "black box") throw needsGradients(fn);
  facts.checkAlive(fn);
  // A net to which layers were added has other inputs, outputs and layers from here on.
  const endCall = facts.beginCall?.() ?? (() => {});
  try {
    return await explained({ meta, solve, net, x, options, facts, started, endCall });
  } finally {
    endCall();
  }
}

/** One call whose net was looked at, and which looks again once it ended. */
interface OpenCall<Own extends object> {
  readonly meta: Meta<Own>;
  readonly solve: Checked<Own>;
  readonly net: Net;
  readonly x: Input;
  readonly options: Record<string, unknown>;
  readonly facts: Model;
  readonly started: number;
  readonly endCall: () => void;
}

async function explained<Own extends object>({
  meta,
  solve,
  net,
  x,
  options,
  facts,
  started,
  endCall,
}: OpenCall<Own>): Promise<Attribution> {
  const fn = meta.name;
  const own = ownOptions(meta, options);
  const asked = commonOptions(meta, own, facts, options);
  meta.check(fn, own);
  const read = readInput(fn, facts, x);
  const held = heldInputs(facts, read.batch, asked.fixed);
  const common = { ...asked, fixed: new Set([...asked.fixed, ...held]) };
  checkNeurons(fn, facts, common.target);
  checkFeatures(fn, facts, read);
  const compared = meta.needsBaseline
    ? resolveBaseline(
        { fn, model: facts, batch: read.batch, seed: common.seed, fixed: common.fixed },
        common.baseline,
      )
    : undefined;
  if (common.layer === undefined)
    meta.checkShapes(
      fn,
      own,
      read.batch.flatMap(({ shape }, i) => (common.fixed.has(i) ? [] : [shape.slice(1)])),
    );
  const entries = read.batch.reduce((sum, array) => sum + rowSize(array), 0);
  // Each baseline drawn from a data set is a call of its own, unless the method draws from them.
  const evaluations =
    read.examples * meta.passes(own, entries) * (meta.drawsBaselines ? 1 : (compared?.draws.length ?? 1));
  const call = {
    evaluations,
    fixed: typeof common.target !== "function",
  };
  return onChosenEngine(facts, common.engine, call, async (model, { sparing, note }) => {
    const budget = makeBudget(fn, options, { expected: evaluations, sparing }, started);
    throwIfAborted(budget.signal);
    if (note !== undefined) budget.warnings.push(note);
    budget.warnings.push(...heldInWords(facts, held));
    const { epoch } = model;
    const record = await solved({ meta, solve, model, own, common, compared, read, budget, started });
    endCall();
    if (model.epoch !== epoch)
      throw failure(
        fn,
        "a net that stays as it is during a call",
        "one whose weights or settings were changed",
      );
    const input = keptInput(facts.inputs, read, x);
    const repeat = (changes: Again): Promise<Attribution> =>
      attribute(meta, solve, changes.model ?? net, changes.input ?? input, options, {
        ...(changes.target === undefined ? {} : { target: changes.target }),
      });
    const map = new Attribution(record, repeat);
    noteCall(map, { input, options, ownLayer: meta.defaultLayer !== undefined });
    return map;
  });
}

/** Names of the methods made so far that need no gradient. */
const withoutGradient = new Set<string>();

function needsGradients(fn: string): UnsupportedOperationError {
  const others = [...withoutGradient].map((name) => `"${name}"`).join(", ") || "none yet";
  return new UnsupportedOperationError(
    `${fn}(): expected a net with gradients, got a black box (methods that need none: ${others})`,
  );
}

/** Throws when the features are named, and no tabular input has as many. */
function checkFeatures(fn: string, { facts: { features }, inputs }: Model, { batch }: ReadInput): void {
  if (features === undefined) return;
  const widths = inputs.flatMap((input, i) => {
    const array = batch[i];
    const axes = axesOf(input, array);
    return axes[axes.length - 1] === "feature" ? [array.shape[axes.length]] : [];
  });
  if (widths.length === 0)
    throw outOfRange(fn, "an input of features where features are named", shown(batch[0]));
  if (!widths.includes(features.length))
    throw outOfRange(fn, `${widths.join(" or ")} names of features, one per entry`, `${features.length}`);
}

/** One call on one engine, its arguments checked. */
interface Job<Own extends object> {
  readonly meta: Meta<Own>;
  readonly solve: Checked<Own>;
  readonly model: Model;
  readonly own: Own;
  readonly common: Common;
  /** The baselines, when the method has any. */
  readonly compared: ResolvedBaseline | undefined;
  readonly read: ReadInput;
  readonly budget: Budget;
  readonly started: number;
}

async function solved<Own extends object>({
  meta,
  solve,
  model,
  own,
  common,
  compared,
  read,
  budget,
  started,
}: Job<Own>): Promise<AttributionRecord> {
  const fn = meta.name;
  // Shapes of outputs may be known without running the model; many methods then bring the scores along.
  const described = readsOutputs(common.target) ? undefined : model.describe?.(read.batch, common.explain);
  // Baselines of inputs are known beforehand: one pass answers for them as well.
  const ofInputs =
    !common.layer && !meta.defaultLayer && model.inputs.every((_, i) => model.lookups(i).length === 0);
  const alongside = compared && ofInputs ? compared.draws : [];
  // Other targets are known beforehand, and nothing waits for this pass.
  const asksFirst = ofInputs && common.target === "predicted" ? meta.asksFirst(own) : undefined;
  const next: NextRequest | undefined = asksFirst && {
    at: explainedPlaces(model, undefined, common.fixed),
    output: common.output,
    rows: read.examples,
    path: asksFirst === "path",
  };
  const pass = (): Promise<ForwardAnswer[]> =>
    forwardAll(model, [read.batch, ...alongside], common, budget, next);
  const known = described ? undefined : await pass();
  // The taps of a plain function are known once it has run.
  if (common.layer) checkLayer(fn, model, common.layer);
  const outputs = known?.[0] ?? withoutNumbers(described as OutputDescription);
  const of = await resolvedTarget(fn, model, common, read, outputs, budget);
  const layer = common.layer ?? (await meta.defaultLayer?.(layerContext(fn, model, read.batch, of, budget)));
  const examination = model.examine?.(read.batch, of) ?? {};
  budget.warnings.push(...examinationInWords(examination, read.examples));
  const isRandom = examination.random !== undefined;
  const { fixed, reduce } = common;
  // Methods that ask for scores alone put whole columns in the place of others.
  const columns = meta.gradient && !layer ? explainedColumns(model, read.batch, fixed) : [];
  budget.warnings.push(...columnsInWords(model, columns, reduce));
  const lookups = await lookUps(fn, model, read, layer, fixed, columns, budget);
  const places = explainedPlaces(model, layer, fixed, columns);
  const atX = await valuesAt(model, read.batch, lookups, places, budget);

  let answers = known && Promise.resolve(known);
  const beginPass = (): void => {
    if (answers || of.score.kind !== "mask") return;
    answers = pass();
    // Whoever reads the scores hears of an error; when the method fails as well, nobody does.
    answers.catch(() => {});
  };
  // A memory cap that was set is for one question at a time.
  const capped = (budget.maxBytes ?? model.facts.maxBytes) !== undefined;
  const ends: EndpointScores = capped ? {} : { begin: beginPass };
  const problemAt = (baseline: readonly NdArray[], inputBaseline?: readonly NdArray[]): Problem<Own> =>
    new Problem({
      model,
      budget,
      options: own,
      seed: common.seed,
      of,
      inputs: read.batch,
      fixed,
      lookups,
      columns,
      places,
      ...(layer ? { ofLayer: true } : {}),
      x: atX,
      baseline,
      ends,
      isRandom,
      ...(inputBaseline ? { inputBaseline } : {}),
      ...(meta.drawsBaselines ? { baselines: draws } : {}),
      ...(compared && compared.draws.length > 1 ? { averagedOver: "baselines" } : {}),
    });
  const scoreOf = async (
    draw: number,
    points: readonly NdArray[],
    noted?: Float64Array,
  ): Promise<Float64Array> => {
    // An infinite entry without weight makes NaN of an engine's sum, and does no harm in the outputs.
    if (noted?.every(Number.isFinite)) return noted;
    beginPass();
    const answer = (await answers)?.[draw];
    return (
      (answer && scoresFromOutput(of, answer.outputs[of.output])) ?? (await problemAt([]).score({ points }))
    );
  };
  const draws = compared ? await baselinesAt(model, compared, lookups, places, budget) : [[]];
  const around = meta.walksInputs ? noisePlaces(model, fixed) : [];
  const drawsAround =
    compared && around.length > 0 ? await baselinesAt(model, compared, lookups, around, budget) : [];
  const solvedFor = meta.drawsBaselines ? 1 : draws.length;
  const mean = new MeanSolution(solvedFor);
  const baselineScores: Float64Array[] = [];
  for (const [draw, baseline] of draws.entries()) {
    if (draw < solvedFor) mean.add(await solve(problemAt(baseline, drawsAround[draw])));
    if (compared) baselineScores.push(await scoreOf(draw + 1, baseline, ends.baseline));
    delete ends.baseline;
  }
  const scores = await scoreOf(0, atX, ends.x);
  const { solution } = mean;
  const baselineScore = compared ? meanOf(baselineScores) : undefined;
  const complete = meta.axioms.includes("completeness") && meta.isComplete(own);
  const delta =
    complete && baselineScore ? convergenceDelta(solution.values, scores, baselineScore) : undefined;
  const explain =
    of.score.kind === "mask" || of.score.kind === "function"
      ? of.head === "none"
        ? "output"
        : common.explain
      : "output";
  // Two scores of a random net differ whatever the method does.
  const missing =
    baselineScore && delta && !isRandom ? rowsThatMiss(scores, baselineScore, delta, solution.values) : [];
  if (missing.length > 0 && draws.length === 1) await meta.examine(problemAt(draws[0]), missing);
  const { whenZero, whenIncomplete } = meta;
  const words = {
    whenZero,
    whenIncomplete: typeof whenIncomplete === "string" ? whenIncomplete : whenIncomplete(own),
  };
  // What was found of single examples explains why they miss.
  const explained = [...budget.findings.values()].flatMap(({ sizes }) => [...sizes.keys()]);
  const unexplained = missing.filter((row) => !explained.includes(row));
  warnOfFindings(budget, read.examples);
  warnAbout({
    budget,
    solution,
    scores,
    baselineScore,
    missing: unexplained,
    atX,
    draws,
    of,
    common,
    meta: words,
  });
  const baselinePart = draws.length === 1 ? draws[0] : draws.length > 1 ? meanArrays(draws) : [];
  const parts = partsOf({
    model,
    read,
    layer,
    fixed,
    reduce,
    columns,
    places,
    solution,
    atX,
    baseline: compared ? baselinePart : [],
    // Zero vectors are those of no token, and the mean of ids is no token either.
    baselineTokens:
      compared?.draws.length === 1
        ? compared.draws[0].map((ids, i) => (compared.zeroVectors[i] ? undefined : ids))
        : [],
  });
  budget.warnings.push(...cancellingSums(parts));

  return {
    method: fn,
    parts,
    target: of.values,
    targetLabels: of.labels,
    score: Array.from(scores),
    ...(baselineScore ? { baselineScore: Array.from(baselineScore) } : {}),
    ...(delta ? { convergenceDelta: delta } : {}),
    ...(solution.details ? { details: solution.details } : {}),
    explain,
    quantity: meta.quantity(own),
    options: recordedOptions(common, meta.recorded(own), compared, of, model, lookups.length > 0),
    seed: common.seed,
    engine: model.engine === "auto" ? "eager" : model.engine,
    ...(model.backend ? { backend: model.backend } : {}),
    ...fingerprintOf(model),
    checked: model.engine === "compiled" ? (model.checked ?? "first row") : "reference",
    passes: { forward: budget.forward, backward: budget.backward },
    elapsedMs: performance.now() - started,
    peakBytes: budget.peakBytes,
    warnings: [...budget.warnings],
    batched: read.batched,
    ...(solution.path
      ? { path: pathOfParts({ model, read, layer, places, fixed, reduce, columns }, solution.path) }
      : {}),
  };
}

/** The fingerprint of a model, where its layers can be written as text. */
function fingerprintOf(model: Model): Pick<AttributionRecord, "fingerprint"> {
  try {
    return { fingerprint: model.fingerprint };
  } catch {
    return {};
  }
}

/** Outputs for several batches of as many rows, in one pass. */
async function forwardAll(
  model: Model,
  batches: readonly Batch[],
  { explain }: Common,
  budget: Budget,
  next: NextRequest | undefined,
): Promise<ForwardAnswer[]> {
  const [first] = batches as readonly [Batch, ...Batch[]];
  const rows = first[0].shape[0];
  const all = first.map((_, i) => concatRows(batches.map((batch) => batch[i])));
  const answer = await model.forward(all, { ...budget.asked, explain, ...(next ? { next } : {}) });
  budget.forward += rows * batches.length;
  if (batches.length === 1) return [answer];
  const part = (_: Batch, i: number): ForwardAnswer => ({
    ...answer,
    outputs: answer.outputs.map((output) => sliceRows(output, i * rows, (i + 1) * rows)),
  });
  return batches.map(part);
}

/** Outputs of which only the shapes are known. */
function withoutNumbers({ shapes, heads }: OutputDescription): Pick<ForwardAnswer, "outputs" | "heads"> {
  return { heads, outputs: shapes.map((shape) => ({ data: new Float32Array(0), shape })) };
}

function meanOf(rows: readonly Float64Array[]): Float64Array {
  return rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);
}

/** Σ attribution − (F(x) − F(x′)), per example. */
function convergenceDelta(
  values: readonly NdArray[],
  scores: Float64Array,
  baselineScores: Float64Array,
): number[] {
  const sums = values.map(rowSums);
  return Array.from(scores, (score, row) => {
    const total = sums.reduce((sum, part) => sum + part[row], 0);
    return total - (score - baselineScores[row]);
  });
}
