/** Axioms: what each method keeps of its promises on the user's own model, measured. */
import * as methods from "../attr";
import type { AnyMethod, Attribution } from "../attribution";
import { checkNumber, checkOptions, shown, wrongType } from "../check";
import { asModel, type Net } from "../engine";
import type { Baseline } from "../model/baseline";
import type { Input } from "../model/input";
import type { Target } from "../model/target";
import { type NdArray, rowSize } from "../tensor";
import { Study } from "./study";

/** Options of `axioms`. */
export interface AxiomsOptions {
  /** Default: all methods of the library that the net has an answer for. */
  readonly methods?: readonly AnyMethod[];
  /** Deviation that counts, as a share of |F(x) − F(x′)| or of the largest attribution. Default 0.05. */
  readonly tolerance?: number;
  readonly target?: Target;
  readonly baseline?: Baseline;
  readonly signal?: AbortSignal;
}

/** What one method was found to do. */
interface Found {
  readonly method: string;
  readonly completeness: number | undefined;
  readonly sensitivity: string;
  readonly dummy: string;
  readonly missingness: string;
  readonly baseline: string;
  readonly passes: number | undefined;
  readonly ms: number | undefined;
  readonly findings: readonly string[];
}

/**
 * For each method, at the given examples: how far its map is from completeness, |Σ a − (F(x) − F(x′))| / |F(x) − F(x′)|; whether features
 * that alone change the score from its baseline have a share (sensitivity); whether those on which the score does not depend at all have
 * none (dummy), and those that equal their baseline neither (missingness); whether it needs a baseline; its passes and its time. A
 * promise that does not hold is a finding with the entry that shows it.
 *
 * Features are tried at x and at x′: one that alone moves the score in neither place counts as a dummy where no gradient does either.
 */
export async function axioms(net: Net, x: Input, options: AxiomsOptions = {}): Promise<Study> {
  const fn = "axioms";
  checkOptions(fn, options, ["methods", "tolerance", "target", "baseline", "signal"]);
  const { methods: given = registered(), tolerance = 0.05, baseline = "zeros", ...common } = options;
  if (!Array.isArray(given) || given.some((method) => typeof method !== "function" || !method.meta))
    throw wrongType(fn, "an array of methods", shown(given));
  checkNumber(fn, "tolerance", tolerance, 0, true);
  const model = asModel(net);
  const effects = await effectsOf(model, x, { ...common, baseline });
  const rows: Found[] = [];
  const without: string[] = [];
  for (const method of given) {
    const { name, needsBaseline } = method.meta;
    try {
      const map = await method(model, x, { ...common, ...(needsBaseline ? { baseline } : {}) });
      rows.push(judged(method, map, effects, tolerance));
    } catch (error) {
      if (options.signal?.aborted) throw error;
      without.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const column = <K extends keyof Found>(key: K): Found[K][] => rows.map((row) => row[key]);
  return new Study({
    kind: "axioms",
    tables: [
      {
        name: "axioms",
        columns: [
          { name: "method", values: column("method") },
          { name: "incomplete by", unit: "of F(x) − F(x′)", values: column("completeness") },
          { name: "sensitivity", values: column("sensitivity") },
          { name: "dummy", values: column("dummy") },
          { name: "missingness", values: column("missingness") },
          { name: "baseline", values: column("baseline") },
          { name: "passes", unit: "per example", values: column("passes") },
          { name: "time", unit: "ms", values: column("ms") },
        ],
      },
    ],
    findings: [...rows.flatMap(({ findings }) => findings), ...without.map((why) => `No answer of ${why}.`)],
  });
}

/** The methods of the library. */
function registered(): AnyMethod[] {
  return Object.values(methods).flatMap((value: unknown) => (isMethod(value) ? [value] : []));
}

function isMethod(value: unknown): value is AnyMethod {
  return typeof value === "function" && "meta" in value && "solve" in value;
}

/** What features do to the score by themselves, per example and entry. */
interface Effects {
  /** F(x) − F(x without the feature). */
  readonly ablated: readonly Float32Array[];
  /** F(x′ with the feature) − F(x′); undefined where x′ is no input, as zero vectors of tokens. */
  readonly alone: readonly Float32Array[] | undefined;
  readonly gradient: readonly Float32Array[] | undefined;
  readonly equal: readonly boolean[][] | undefined;
}

async function effectsOf(
  model: ReturnType<typeof asModel>,
  x: Input,
  options: { readonly target?: Target; readonly baseline: Baseline; readonly signal?: AbortSignal },
): Promise<Effects> {
  const { baseline, ...common } = options;
  const ablation = await methods.featureAblation(model, x, { ...common, baseline });
  const gradient =
    model.engine === "black box" ? undefined : rowsOf(await methods.saliency(model, x, common));
  const { parts } = ablation;
  const classes = ablation.target.every((target) => typeof target === "number" || typeof target === "object");
  const known = parts.every((part) => part.baseline !== undefined) && parts.length === model.inputs.length;
  if (!known) return { ablated: rowsOf(ablation), alone: undefined, gradient, equal: undefined };
  const from = Object.fromEntries(
    parts.flatMap(({ name, baseline: b }): [string, NdArray][] => (b ? [[name, b]] : [])),
  );
  const to = Object.fromEntries(parts.map(({ name, input }): [string, NdArray] => [name, input]));
  const target: { target?: Target } = classes ? { target: targetOf(ablation) } : {};
  const swapped = await methods.featureAblation(model, from, { ...common, ...target, baseline: to });
  const { parts: viewed } = ablation.toView();
  const equal = Array.from({ length: ablation.score.length }, (_, row) =>
    viewed.flatMap(({ values, input, baseline: b }) => {
      const width = rowSize(values);
      return Array.from(
        { length: width },
        (_, i) => b !== undefined && input?.data[row * width + i] === b.data[row * width + i],
      );
    }),
  );
  const alone = rowsOf(swapped).map((row) => row.map((effect) => -effect));
  return { ablated: rowsOf(ablation), alone, gradient, equal };
}

/** The classes of a map, in the form of its call. */
function targetOf({ batched, target }: Attribution): Target {
  const classes = target.flatMap((one) => (typeof one === "number" ? [one] : []));
  const tuples = target.flatMap((one) => (typeof one === "object" ? [one] : []));
  if (tuples.length > 0) return batched ? tuples : tuples[0];
  return batched ? classes : classes[0];
}

function rowsOf(map: Attribution): Float32Array[] {
  const { parts } = map.toView();
  return Array.from({ length: map.score.length }, (_, row) =>
    Float32Array.from(
      parts.flatMap(({ values }) => {
        const width = rowSize(values);
        return Array.from(values.data.subarray(row * width, (row + 1) * width));
      }),
    ),
  );
}

function judged(method: AnyMethod, map: Attribution, effects: Effects, tolerance: number): Found {
  const { name, axioms: claims, needsBaseline } = method.meta;
  const rows = rowsOf(map);
  const examples = rows.length;
  const findings: string[] = [];
  const sum = (row: Float32Array): number => row.reduce((total, a) => total + a, 0);
  // What is no share of a score adds up to nothing.
  const shares = map.quantity === "attribution to";
  const misses = (map.baselineScore ?? []).flatMap((from, row) => {
    const difference = map.score[row] - from;
    return difference === 0 ? [] : [Math.abs(sum(rows[row]) - difference) / Math.abs(difference)];
  });
  const completeness = shares && misses.length > 0 ? Math.max(...misses) : undefined;
  if (claims.includes("completeness") && completeness !== undefined && completeness > tolerance)
    findings.push(
      `${name} claims completeness and misses ${Math.round(100 * completeness)} % of F(x) − F(x′).`,
    );
  const comparable = rows.every((row, i) => row.length === effects.ablated[i].length);
  const kept = (
    axiom: AnyMethod["meta"]["axioms"][number],
    broken: (row: number, entry: number) => boolean | undefined,
  ): string => {
    if (!comparable) return "—";
    for (const [row, values] of rows.entries())
      for (let entry = 0; entry < values.length; entry++) {
        const found = broken(row, entry);
        if (found === undefined) return "—";
        if (!found) continue;
        const where = `${examples > 1 ? `example ${row}, ` : ""}entry ${entry}`;
        if (claims.includes(axiom))
          findings.push(
            `${name} claims ${axiom}, and breaks it at ${where} (attribution ${values[entry].toPrecision(3)}).`,
          );
        return `broken at ${where}`;
      }
    return "kept";
  };
  const most = rows.map((row) => row.reduce((largest, a) => Math.max(largest, Math.abs(a)), 0));
  const none = (row: number, entry: number): boolean => Math.abs(rows[row][entry]) <= 1e-6 * most[row];
  const moves = (all: readonly Float32Array[], row: number, entry: number): boolean => {
    const largest = all[row].reduce((so, effect) => Math.max(so, Math.abs(effect)), 0);
    return Math.abs(all[row][entry]) > tolerance * largest;
  };
  const { ablated, alone, gradient, equal } = effects;
  return {
    method: name,
    completeness,
    sensitivity: kept(
      "sensitivity",
      (row, entry) => alone && moves(alone, row, entry) && moves(ablated, row, entry) && none(row, entry),
    ),
    dummy: kept("dummy", (row, entry) => {
      const dead =
        ablated[row][entry] === 0 && (alone?.[row][entry] ?? 0) === 0 && (gradient?.[row][entry] ?? 0) === 0;
      return dead && !(equal?.[row][entry] ?? false) && Math.abs(rows[row][entry]) > tolerance * most[row];
    }),
    missingness: kept(
      "missingness",
      (row, entry) => equal?.[row][entry] && Math.abs(rows[row][entry]) > 1e-6 * most[row],
    ),
    baseline: needsBaseline ? "needed" : "none",
    passes: (map.passes.backward || map.passes.forward) / examples,
    ms: map.elapsedMs,
    findings,
  };
}
