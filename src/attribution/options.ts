/** Options of a call: checked before any work starts, and recorded as they were resolved. */

import { checkInteger, checkName, checkOptions, outOfRange, shown, wrongType } from "../check";
import { type Baseline, labelOf, type ResolvedBaseline } from "../model/baseline";
import { ENGINE_CHOICES, type EngineChoice, type Model } from "../model/model";
import { checkNamed } from "../model/names";
import type { LayerPlace } from "../model/place";
import type { Explain, ResolvedTarget } from "../model/score";
import { checkTargetName, EXPLAIN_NAMES, type Target } from "../model/target";
import type { Meta, OptionRule } from "./method";
import { layerPlace } from "./named-layers";
import type { Reduce } from "./record";

const COMMON_OPTIONS = [
  "target",
  "output",
  "explain",
  "layer",
  "fixed",
  "reduce",
  "seed",
  "engine",
  "maxBytes",
  "signal",
  "onProgress",
];

const REDUCTIONS: readonly Reduce[] = ["sum", "norm", "mean"];

/** Throws for an option that a method does not have. */
export function checkNames<Own extends object>(meta: Meta<Own>, options: unknown): void {
  const allowed = [
    ...COMMON_OPTIONS,
    ...Object.keys(meta.options),
    ...(meta.needsBaseline ? ["baseline"] : []),
  ];
  checkOptions(meta.name, options, allowed);
}

/** The common options, checked. */
export interface Common {
  readonly target: Target;
  readonly output: number;
  /** Whether the output was named; a function of a net with several is given all of them otherwise. */
  readonly outputNamed: boolean;
  readonly explain: Explain;
  readonly layer: LayerPlace | undefined;
  readonly baseline: Baseline;
  /** The inputs that are held at x, by number. */
  readonly fixed: ReadonlySet<number>;
  readonly reduce: Reduce;
  readonly seed: number;
  /** The engine asked for; undefined for that of the model. */
  readonly engine: EngineChoice | undefined;
}

/** The options of a method or a metric itself, checked, with their defaults. */
export function ownOptions<Own extends object>(
  meta: Pick<Meta<Own>, "name" | "options">,
  options: Record<string, unknown>,
): Own {
  const own: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(meta.options) as [string, OptionRule<unknown>][]) {
    const value = options[name];
    own[name] = value === undefined ? rule.default : rule.check(meta.name, value);
  }
  return own as Own;
}

export function commonOptions<Own extends object>(
  meta: Meta<Own>,
  own: Own,
  model: Model,
  options: Record<string, unknown>,
): Common {
  const fn = meta.name;
  const { target = "predicted", output, explain = "logit", layer, baseline = "zeros", seed = 0 } = options;
  if (options.engine !== undefined) checkName(fn, "engine", options.engine, ENGINE_CHOICES);
  checkLimits(fn, options);
  if (options.onProgress !== undefined && typeof options.onProgress !== "function")
    throw wrongType(fn, "onProgress to be a function", shown(options.onProgress));
  checkInteger(fn, "seed", seed);
  if (target === null) throw wrongType(fn, "a target", "null");
  for (const name of Array.isArray(target) ? target : [target])
    if (typeof name === "string" && !(name === "predicted" && name === target))
      checkTargetName(fn, name, model.facts.classes);
  return {
    target: target as Target,
    output: outputIndex(fn, model, output ?? 0),
    outputNamed: output !== undefined,
    explain: checkName(fn, "explain", explain, EXPLAIN_NAMES),
    layer: layer === undefined ? undefined : layerPlace(fn, model, layer),
    baseline: baseline as Baseline,
    fixed: fixedInputs(fn, model, options.fixed),
    reduce:
      options.reduce === undefined ? meta.reduce(own) : checkName(fn, "reduce", options.reduce, REDUCTIONS),
    seed: seed as number,
    engine: options.engine as EngineChoice | undefined,
  };
}

/** Bounds of a call: its memory, and what ends it. */
export function checkLimits(
  fn: string,
  { maxBytes, signal }: { maxBytes?: unknown; signal?: unknown },
): void {
  if (maxBytes !== undefined) checkInteger(fn, "maxBytes", maxBytes, 1);
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw wrongType(fn, "signal to be an AbortSignal", shown(signal));
}

/** Inputs that are held at x, by number; not all of them where inputs are explained. */
function fixedInputs(fn: string, model: Model, fixed: unknown): ReadonlySet<number> {
  if (fixed === undefined) return new Set();
  const names = model.inputs.map(({ name }) => name);
  const given: readonly unknown[] = Array.isArray(fixed) ? fixed : [fixed];
  const numbers = given.map((input) => {
    if (typeof input === "string") return checkNamed(fn, "fixed to name an input", input, model.inputs);
    return checkInteger(fn, "fixed", input, 0, names.length - 1);
  });
  if (new Set(numbers).size === names.length)
    throw outOfRange(fn, "an input that is not fixed", `all of ${names.map(shown).join(", ")}`);
  return new Set(numbers);
}

function outputIndex(fn: string, model: Model, output: unknown): number {
  const { outputs } = model;
  if (typeof output === "string") return checkNamed(fn, "output to name an output", output, outputs);
  checkInteger(fn, "output", output, 0);
  // The outputs of a plain function are counted when it has run.
  const counted = model.inputs.some(({ shape }) => shape !== undefined);
  if ((output as number) >= outputs.length && counted) {
    throw outOfRange(fn, `output from 0 to ${outputs.length - 1}`, shown(output));
  }
  return output as number;
}

/** Options as resolved, in a form that JSON can hold. */
export function recordedOptions(
  common: Common,
  own: object,
  compared: ResolvedBaseline | undefined,
  of: ResolvedTarget,
  model: Model,
  /** Whether vectors of tokens or columns were explained. */
  vectors: boolean,
): Record<string, unknown> {
  const record: Record<string, unknown> = {
    target: of.labels.length === 1 ? of.labels[0] : [...of.labels],
    output: model.outputs[common.output]?.name ?? common.output,
    explain: common.explain,
  };
  if (common.layer) {
    const { layer, side, entry } = common.layer;
    record.layer = side === "input" || entry !== undefined ? { ...common.layer } : layer;
  }
  if (common.fixed.size > 0) record.fixed = [...common.fixed].map((input) => model.inputs[input].name);
  if (vectors && !common.layer) record.reduce = common.reduce;
  if (compared) record.baseline = compared.label;
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined) record[name] = typeof value === "function" ? labelOf(value) : value;
  }
  return record;
}
