/** Evaluation: methods × metrics over a data set. */
import type { AnyMethod } from "../attribution";
import { checkInteger, checkOptions, outOfRange, shown, throwIfAborted, wrongType } from "../check";
import { asModel, type Net } from "../engine";
import type { AnyMetric } from "../metrics/metric";
import { type Input, readInput } from "../model/input";
import type { Target } from "../model/target";
import { host } from "../platform/host";
import { random } from "../random";
import { type NdArray, sliceRows } from "../tensor";
import { Study } from "./study";

/** Values so far, by method and metric, one per example: plain JSON, from which an evaluation goes on. */
export interface EvaluationState {
  /** Examples done. */
  readonly done: number;
  readonly values: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>>;
}

/** Options of `evaluate`. */
export interface EvaluateOptions {
  readonly methods: readonly AnyMethod[];
  readonly metrics: readonly AnyMetric[];
  /** Examples, batch axis first. */
  readonly data: Input;
  /** One class for all, or one per example. Default: the predicted one. */
  readonly target?: number | readonly number[];
  /** Examples of one call. Default 16; what compares examples with each other sees no more. */
  readonly batchSize?: number;
  /** Resamples of a bootstrap interval. Default 1000. */
  readonly resamples?: number;
  readonly seed?: number;
  /** What an evaluation that ended early had told `onState`. */
  readonly resume?: EvaluationState;
  /** Told the state after each batch. */
  readonly onState?: (state: EvaluationState) => void;
  readonly signal?: AbortSignal;
}

const OPTIONS = [
  "methods",
  "metrics",
  "data",
  "target",
  "batchSize",
  "resamples",
  "seed",
  "resume",
  "onState",
  "signal",
];

/**
 * The mean of each metric for each method over a data set, with a 95 % bootstrap interval over examples and the number of examples of
 * which the metric says something. Batches go one after the other; from a saved state the answer is the same as without a break.
 *
 * ```ts
 * const study = await evaluate(net, { methods: [saliency, integratedGradients], metrics: [metrics.deletion], data: xs });
 * study.table("deletion");
 * ```
 */
export async function evaluate(net: Net, options: EvaluateOptions): Promise<Study> {
  const fn = "evaluate";
  checkOptions(fn, options, OPTIONS);
  const {
    methods,
    metrics,
    data,
    target,
    batchSize = 16,
    resamples = 1000,
    seed = 0,
    resume,
    onState,
  } = options;
  for (const [name, list] of [
    ["methods", methods],
    ["metrics", metrics],
  ] as const)
    if (
      !Array.isArray(list) ||
      list.length === 0 ||
      list.some((one) => typeof one !== "function" || !one.meta)
    )
      throw wrongType(fn, `an array of ${name}`, shown(list));
  checkInteger(fn, "batchSize", batchSize, 1);
  checkInteger(fn, "resamples", resamples, 1);
  checkInteger(fn, "seed", seed);
  const model = asModel(net);
  const read = readInput(fn, model, data, "data");
  const targets = typeof target === "object" ? target : undefined;
  if (targets && targets.length !== read.examples)
    throw outOfRange(fn, `${read.examples} targets`, String(targets.length));
  const labels = { methods: named(methods), metrics: named(metrics) };
  const values = startOf(fn, labels, resume);
  const signal = options.signal ?? host().signal;
  for (let start = resume?.done ?? 0; start < read.examples; start += batchSize) {
    throwIfAborted(signal);
    const end = Math.min(read.examples, start + batchSize);
    const input = Object.fromEntries(
      model.inputs.map(({ name }, i): [string, NdArray] => [name, sliceRows(read.batch[i], start, end)]),
    );
    const wanted: { target?: Target; signal?: AbortSignal } = {
      ...(target === undefined ? {} : { target: targets ? targets.slice(start, end) : target }),
      ...(signal ? { signal } : {}),
    };
    for (const [m, method] of methods.entries()) {
      const map = await method(model, input, wanted);
      for (const [k, metric] of metrics.entries()) {
        const result = await metric(model, map, signal ? { signal } : {});
        values[labels.methods[m]][labels.metrics[k]].push(...result.values.map((value) => value ?? null));
      }
    }
    onState?.({ done: end, values: structuredClone(values) });
  }
  return new Study({
    kind: "evaluation",
    tables: metrics.map((metric, k) => {
      const rows = labels.methods.map((method, m) => {
        const told = values[method][labels.metrics[k]].flatMap((value) => (value === null ? [] : [value]));
        return { ...meanWithInterval(told, resamples, seed, m, k), n: told.length };
      });
      return {
        name: labels.metrics[k],
        columns: [
          { name: "method", values: labels.methods },
          { name: "mean", values: rows.map(({ mean }) => mean) },
          { name: "from", unit: "95 %", values: rows.map(({ from }) => from) },
          { name: "to", unit: "95 %", values: rows.map(({ to }) => to) },
          { name: "examples", values: rows.map(({ n }) => n) },
          { name: "better", values: labels.methods.map(() => metric.meta.direction) },
        ],
      };
    }),
    findings: metrics.map((metric) => `${metric.meta.name}: ${metric.meta.cannotShow}`),
  });
}

/** Names of methods or metrics, numbered where one occurs twice. */
function named(list: readonly { readonly meta: { readonly name: string } }[]): string[] {
  const names = list.map(({ meta }) => meta.name);
  return names.map((name, i) =>
    names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} ${i + 1}`,
  );
}

/** Values to go on from. */
function startOf(
  fn: string,
  { methods, metrics }: { readonly methods: readonly string[]; readonly metrics: readonly string[] },
  resume: EvaluationState | undefined,
): Record<string, Record<string, (number | null)[]>> {
  return Object.fromEntries(
    methods.map((method) => [
      method,
      Object.fromEntries(
        metrics.map((metric) => {
          const before = resume?.values[method]?.[metric];
          if (resume && before?.length !== resume.done)
            throw outOfRange(fn, `a state with ${metric} of ${method}`, "one of another evaluation");
          return [metric, [...(before ?? [])]];
        }),
      ),
    ]),
  );
}

/** The mean, and the bounds between which 95 % of the means of resampled values lie. */
function meanWithInterval(
  values: readonly number[],
  resamples: number,
  ...seeds: number[]
): { readonly mean?: number; readonly from?: number; readonly to?: number } {
  if (values.length === 0) return {};
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const draw = random(...seeds, 0xb007);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[draw.integer(values.length)];
    return sum / values.length;
  }).sort();
  const at = (share: number): number => means[Math.min(resamples - 1, Math.floor(share * resamples))];
  return { mean, from: at(0.025), to: at(0.975) };
}
