/** Lags: how far back in a sequence lies what a score is made of. */
import { integratedGradients } from "../attr";
import type { AnyMethod, Attribution } from "../attribution";
import { checkInteger, outOfRange, shown, wrongType } from "../check";
import { asModel, type Net } from "../engine";
import type { Input } from "../model/input";
import type { Target } from "../model/target";
import { type NdArray, rowSize, sizeOf } from "../tensor";
import { type AskedOptions, checkAsked } from "./pairs";
import { Study } from "./study";

/** Options of `lags`; others that methods take are passed on. */
export interface LagsOptions extends Omit<AskedOptions, "target" | "layer"> {
  /** Method that makes the maps. Default `integratedGradients`. */
  readonly method?: AnyMethod;
  /**
   * What is explained. With `steps`, a function is called with each of them and says what is explained there, as
   * `(t) => [t, 0]` for a net with an output per step. Default: the predicted class.
   */
  readonly target?: Target | ((step: number) => Target);
  /** Steps that lags are counted from. Default: the last one. */
  readonly steps?: readonly number[];
  /** Largest lag that is told. Default: all. */
  readonly most?: number;
}

/**
 * Importance against time lag: the share of a map's magnitude that lies so many steps before the one that is explained.
 *
 * I_k = Σ_{t, e} Σ_c |A_e(t − k, c)| / Σ_k of the same, over examples e, channels c and the steps t that are explained
 *
 * Table "lags": lag, share, share up to that lag, and the mean signed sum of the channels; the figure draws share against lag. The input has its time (or its
 * tokens) first. What comes after step t has negative lags, which a causal net leaves at zero; they are
 * told together in the table "after". A share of a map: a net that oscillates, or is saturated, is as well explained as its map is.
 *
 * @throws RangeError for an input without a time axis, and for steps that it does not have.
 */
export async function lags(net: Net, x: Input, options: LagsOptions = {}): Promise<Study> {
  const fn = "lags";
  checkAsked(fn, options, ["method", "steps", "most"]);
  const { method = integratedGradients, target, steps, most, ...asked } = options;
  if (typeof method !== "function" || !("meta" in method))
    throw wrongType(fn, "method to be a method", shown(method));
  if (steps !== undefined && !(Array.isArray(steps) && steps.length > 0))
    throw wrongType(fn, "steps to be a list of steps", shown(steps));
  for (const step of steps ?? []) checkInteger(fn, "steps", step, 0);
  if (most !== undefined) checkInteger(fn, "most", most, 0);
  const byStep = steps !== undefined && isFunction(target) ? target : undefined;
  const model = asModel(net);
  const targets = byStep ? (steps ?? []).map(byStep) : [target];
  const maps: Attribution[] = [];
  for (const own of targets)
    maps.push(await method(model, x, { ...asked, ...(own === undefined ? {} : { target: own }) }));
  const magnitudes = new Map<number, number>();
  const sums = new Map<number, number>();
  let count = 0;
  for (const [i, map] of maps.entries()) {
    const { values, length } = alongTime(fn, map);
    const from = byStep ? [steps?.[i] ?? length - 1] : (steps ?? [length - 1]);
    for (const step of from) {
      if (step >= length) throw outOfRange(fn, `steps from 0 to ${length - 1}`, `${step}`);
      count += values.length;
      for (const row of values)
        row.forEach(({ magnitude, sum }, s) => {
          const lag = step - s;
          magnitudes.set(lag, (magnitudes.get(lag) ?? 0) + magnitude);
          sums.set(lag, (sums.get(lag) ?? 0) + sum);
        });
    }
  }
  const total = [...magnitudes.values()].reduce((sum, value) => sum + value, 0);
  const shareOf = (lag: number): number => (total > 0 ? (magnitudes.get(lag) ?? 0) / total : 0);
  const known = [...magnitudes.keys()].sort((a, b) => a - b);
  const told = known.filter((lag) => lag >= 0 && lag <= (most ?? Number.POSITIVE_INFINITY));
  const shares = told.map(shareOf);
  let reached = 0;
  const upTo = shares.map((share) => (reached += share));
  const after = known.filter((lag) => lag < 0).reduce((sum, lag) => sum + shareOf(lag), 0);
  const peak = told[shares.indexOf(Math.max(...shares))];
  const half = told[upTo.findIndex((share) => share >= 0.5)];
  return new Study({
    kind: "lags",
    tables: [
      {
        name: "lags",
        columns: [
          { name: "lag", unit: "steps", values: told },
          { name: "share", unit: "of the magnitude", values: shares },
          { name: "up to this lag", unit: "of the magnitude", values: upTo },
          { name: "signed", unit: "mean sum", values: told.map((lag) => (sums.get(lag) ?? 0) / count) },
        ],
      },
      { name: "after", columns: [{ name: "share", unit: "of the magnitude", values: [after] }] },
    ],
    findings:
      total > 0
        ? [
            `Most of what counts lies ${peak} steps back (${percent(shareOf(peak))}).`,
            ...(half === undefined ? [] : [`Half of it lies within ${half} steps.`]),
            ...(after > 0.01 ? [`${percent(after)} lies after the step that is explained.`] : []),
          ]
        : ["The maps are zero everywhere: no lag counts."],
    curves: [
      {
        title: `Importance by lag (${maps[0].method})`,
        xLabel: "lag, steps",
        yLabel: "share of the magnitude",
        series: [{ name: maps[0].method, x: told, y: shares }],
      },
    ],
  });
}

function isFunction(target: unknown): target is (step: number) => Target {
  return typeof target === "function";
}

/** What each step of each example holds, over all that lies at it. */
function alongTime(
  fn: string,
  map: Attribution,
): {
  readonly values: readonly (readonly { readonly magnitude: number; readonly sum: number }[])[];
  readonly length: number;
} {
  const timed = map.parts.filter(({ axes }) => axes[0] === "time" || axes[0] === "token");
  if (timed.length !== 1) {
    const axes = map.parts.map((part) => `[${part.axes.join(", ")}]`).join(" and ");
    throw outOfRange(fn, "one input with the axis time, or tokens, first (fact axes; option fixed)", axes);
  }
  const [{ values }] = timed;
  const batch: NdArray = map.batched ? values : { data: values.data, shape: [1, ...values.shape] };
  const [examples, length] = batch.shape;
  const width = sizeOf(batch.shape.slice(2));
  return {
    length,
    values: Array.from({ length: examples }, (_, row) =>
      Array.from({ length }, (_unused, s) => {
        const start = row * rowSize(batch) + s * width;
        const own = batch.data.subarray(start, start + width);
        return {
          magnitude: own.reduce((total, value) => total + Math.abs(value), 0),
          sum: own.reduce((total, value) => total + value, 0),
        };
      }),
    ),
  };
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
