/** Recourse: the smallest changes that a person could make so that a net decides otherwise, each with the net's own answer. */
import { question } from "../attribution/define-method";
import type { Problem } from "../attribution/problem";
import {
  checkBoolean,
  checkInteger,
  checkName,
  checkNumber,
  checkOptions,
  outOfRange,
  shown,
  wrongType,
} from "../check";
import { asModel, type Net } from "../engine";
import { type Input, readInput } from "../model/input";
import type { Model } from "../model/model";
import type { Target } from "../model/target";
import { rowRanges } from "../tensor";
import { cheapest, type Freedom } from "./feasible-changes";
import { Study } from "./study";

/** What may be done about a feature. */
export interface FeatureFreedom {
  /** It cannot be changed, such as an age. */
  readonly fixed?: boolean;
  /** It can only go up, or only down. */
  readonly direction?: "increase" | "decrease";
  /** Its smallest and largest feasible value. Default: those of the data. */
  readonly range?: readonly [number, number];
  /** It changes by whole multiples of this. */
  readonly step?: number;
  /** Effort of a change across its whole range. Default 1. */
  readonly cost?: number;
}

/** Options of `recourse`. */
export interface RecourseOptions {
  /** The decision that is wanted: a class, whose logit must be the largest. Needed unless `threshold` is given. */
  readonly desired?: number | string;
  /** Instead: the score of `target` that must be reached. */
  readonly threshold?: number;
  readonly target?: Target;
  /** Freedom of each feature, by name or number; of those not named `range` must be known from `data`. */
  readonly features?: Readonly<Record<string, FeatureFreedom>>;
  /** Examples whose values bound what is feasible. Default: the data that the model was told. */
  readonly data?: Input;
  /** Features that change together, at most. Default 3. */
  readonly most?: number;
  /** Answers. Default 5. */
  readonly count?: number;
  readonly signal?: AbortSignal;
}

/**
 * The smallest feasible changes of one person's features after which the net decides as desired: first of single features, then of two
 * and three together (`most`), each as small as the decision allows. The cost is Σ |change| / range. Fixed features stay, monotone ones
 * move one way, none leaves its range. What stands in the table was asked of the net: nothing is extrapolated.
 *
 * Single features are searched at 64 values, pairs at 16 × 16, triples at 8 × 8 × 8, and what is found is then drawn back towards the
 * person until the decision is at its edge, to a thousandth of the way.
 *
 * ```ts
 * await recourse(net, person, { desired: "granted", features: { age: { fixed: true }, income: { direction: "increase", range: [0, 1e5] } } });
 * ```
 * @throws RangeError for several examples, or a feature without a range.
 */
export async function recourse(net: Net, x: Input, options: RecourseOptions): Promise<Study> {
  const fn = "recourse";
  checkOptions(fn, options, [
    "desired",
    "threshold",
    "target",
    "features",
    "data",
    "most",
    "count",
    "signal",
  ]);
  const { desired, threshold, target, features = {}, data, most = 3, count = 5, signal } = options;
  checkInteger(fn, "most", most, 1, 3);
  checkInteger(fn, "count", count, 1);
  if ((desired === undefined) === (threshold === undefined))
    throw wrongType(fn, "either desired or threshold", desired === undefined ? "none of them" : "both");
  if (threshold !== undefined) checkNumber(fn, "threshold", threshold, Number.NEGATIVE_INFINITY);
  const model = asModel(net);
  const read = readInput(fn, model, x);
  const [person] = read.batch;
  if (read.batch.length !== 1 || person.shape.length !== 2 || read.examples !== 1)
    throw outOfRange(fn, "one example of one table", read.batch.map(shown).join(", "));
  const names = model.facts.features ?? Array.from(person.data, (_, i) => `${i}`);
  const freedoms = freedomsOf(fn, { model, person: person.data, names, features, data });
  const explained = { target: desired ?? target, ...(signal ? { signal } : {}) };
  const asked = Object.fromEntries(Object.entries(explained).filter(([, value]) => value !== undefined));
  const { solutions, answers, before, label } = await question(fn, net, x, asked, 20_000, async (p) => {
    const margin = threshold === undefined ? marginOf(p) : atLeast(p, threshold);
    const found = await cheapest(person.data, freedoms, most, count, margin);
    const points = [person.data, ...found.map(({ values }) => values)];
    const scores = await scoresOf(p, points);
    return {
      solutions: found,
      answers: await margin(points),
      before: scores[0],
      label: scores.slice(1),
    };
  });
  const needed = answers[0] >= 0;
  const rows = needed ? [] : solutions;
  const changes = rows.flatMap((solution, i) =>
    solution.changed.map((feature) => ({
      option: i + 1,
      feature: names[feature],
      from: person.data[feature],
      to: solution.values[feature],
    })),
  );
  const aim = threshold === undefined ? `class ${desired}` : `a score of ${threshold}`;
  return new Study({
    kind: "recourse",
    tables: [
      {
        name: "options",
        columns: [
          { name: "option", values: rows.map((_, i) => i + 1) },
          { name: "features", values: rows.map(({ changed }) => changed.length) },
          { name: "cost", unit: "ranges", values: rows.map(({ cost }) => cost) },
          { name: "score before", values: rows.map(() => before) },
          { name: "score then", values: rows.map((_, i) => label[i]) },
          { name: "decided as desired", values: rows.map((_, i) => (answers[i + 1] >= 0 ? "yes" : "no")) },
        ],
      },
      {
        name: "changes",
        columns: [
          { name: "option", values: changes.map(({ option }) => option) },
          { name: "feature", values: changes.map(({ feature }) => feature) },
          { name: "from", values: changes.map(({ from }) => from) },
          { name: "to", values: changes.map(({ to }) => to) },
        ],
      },
    ],
    findings: needed
      ? [`The net decides for ${aim} already: nothing need change.`]
      : rows.length === 0
        ? [`No feasible change of up to ${most} features leads to ${aim}.`]
        : [
            ...rows.map(
              (solution, i) =>
                `Option ${i + 1}: ${solution.changed
                  .map(
                    (feature) =>
                      `${names[feature]} from ${short(person.data[feature])} to ${short(solution.values[feature])}`,
                  )
                  .join(", ")}; the score is then ${short(label[i])}, not ${short(before)}.`,
            ),
            "These are changes of the net's input, not of the world: acting on a feature may change others, too.",
          ],
  });
}

function short(value: number): string {
  return Number(value.toPrecision(4)).toString().replace(/^-/, "−");
}

/** How far points are beyond the edge of the decision: 0 or more where it is as desired. */
export type Margin = (points: readonly Float32Array[]) => Promise<number[]>;

const ROWS_AT_ONCE = 1024;

async function inBatches<T>(
  p: Problem<object>,
  points: readonly Float32Array[],
  ask: (at: { points: { data: Float32Array; shape: number[] }[]; rows: number[] }) => Promise<readonly T[]>,
): Promise<T[]> {
  const width = p.x[0].data.length;
  const answers: T[] = [];
  for (let start = 0; start < points.length; start += ROWS_AT_ONCE) {
    const some = points.slice(start, start + ROWS_AT_ONCE);
    const data = new Float32Array(some.length * width);
    some.forEach((point, k) => {
      data.set(point, k * width);
    });
    answers.push(
      ...(await ask({ points: [{ data, shape: [some.length, width] }], rows: some.map(() => 0) })),
    );
  }
  return answers;
}

function scoresOf(p: Problem<object>, points: readonly Float32Array[]): Promise<number[]> {
  return inBatches(p, points, async (at) => Array.from(await p.score(at)));
}

function atLeast(p: Problem<object>, threshold: number): Margin {
  return async (points) => (await scoresOf(p, points)).map((score) => score - threshold);
}

/** The logit of the desired class less the largest of the others; of one unit its logit, signed. */
function marginOf(p: Problem<object>): Margin {
  return (points) =>
    inBatches(p, points, async (at) => {
      const scores = await p.score(at);
      const outputs = await p.output(at);
      const width = outputs.data.length / scores.length;
      return Array.from(scores, (score, row) => {
        if (width === 1) return score;
        const own = Array.from(outputs.data.subarray(row * width, (row + 1) * width));
        const nearest = own.reduce(
          (best, value, i) => (Math.abs(value - score) < Math.abs(own[best] - score) ? i : best),
          0,
        );
        return score - Math.max(...own.filter((_, i) => i !== nearest));
      });
    });
}

interface Told {
  readonly model: Model;
  readonly person: Float32Array;
  readonly names: readonly string[];
  readonly features: Readonly<Record<string, FeatureFreedom>>;
  readonly data: Input | undefined;
}

function freedomsOf(fn: string, { model, person, names, features, data }: Told): Freedom[] {
  for (const name of Object.keys(features)) {
    checkName(fn, "features", name, names);
    checkOptions(fn, features[name], ["fixed", "direction", "range", "step", "cost"]);
  }
  const known = data ?? dataOf(model);
  const columns = known === undefined ? undefined : columnRanges(fn, model, known);
  return names.map((name, i): Freedom => {
    const { fixed = false, direction, range, step, cost = 1 } = features[name] ?? {};
    checkBoolean(fn, `fixed of ${shown(name)}`, fixed);
    if (fixed) return { low: person[i], high: person[i], cost: 1, extent: 1 };
    if (direction !== undefined) checkName(fn, "direction", direction, ["increase", "decrease"]);
    if (step !== undefined) checkNumber(fn, `step of ${shown(name)}`, step, 0, true);
    checkNumber(fn, `cost of ${shown(name)}`, cost, 0, true);
    const [low, high] = range ?? columns?.[i] ?? [Number.NaN, Number.NaN];
    if (!(low <= high))
      throw outOfRange(fn, `a range of feature ${shown(name)}, or data`, range ? shown(range) : "none");
    return {
      low: direction === "increase" ? person[i] : Math.min(low, person[i]),
      high: direction === "decrease" ? person[i] : Math.max(high, person[i]),
      cost,
      extent: high - low || 1,
      ...(step === undefined ? {} : { step }),
    };
  });
}

function dataOf({ facts }: Model): Input | undefined {
  return isInput(facts.data) ? facts.data : undefined;
}

function isInput(value: unknown): value is Input {
  return typeof value === "object" && value !== null;
}

function columnRanges(fn: string, model: Model, data: Input): [number, number][] {
  const [{ data: values, shape }] = readInput(fn, model, data, "data").batch;
  const [rows, width] = shape;
  const columns = new Float32Array(values.length);
  values.forEach((value, i) => {
    columns[(i % width) * rows + Math.floor(i / width)] = value;
  });
  return rowRanges({ data: columns, shape: [width, rows] }).map(({ min, max }) => [min, max]);
}
