/** Detection: whether an example, or its map, looks as those of clean data do. */

import { saliency } from "../attr/saliency";
import { smoothGrad } from "../attr/smooth-grad";
import { checkInteger, checkNumber, checkOptions, outOfRange } from "../check";
import { asModel, type Net } from "../engine";
import { correlation } from "../metrics/measuring/association";
import { rowsOfMap } from "../metrics/measuring/maps-again";
import { type Input, readInput } from "../model/input";
import type { Model } from "../model/model";
import { figure } from "../studies/counterfactual";
import { Study } from "../studies/study";
import { type NdArray, rowSize, sliceRows, takeRows } from "../tensor";
import { dataDistance } from "./data-distance";

/** Options of `detect`. */
export interface DetectOptions {
  /** Examples that nobody has touched, as many as there are: half tell what data look like, half how far clean ones stray. */
  readonly clean: Input;
  /** Share of clean examples that may be flagged, for all signals together. Default 0.04. */
  readonly level?: number;
  /** Added to the variance of each direction, as a share of the mean variance. Default 0.001. */
  readonly shrinkage?: number;
  /** Standard deviation of the noise under which a map should stay, in units of the input. Default 0.05. */
  readonly stdev?: number;
  /** Draws of that noise. Default 20. */
  readonly samples?: number;
  readonly seed?: number;
}

/** The names of these options. */
export const DETECT_OPTIONS: readonly string[] = ["clean", "level", "shrinkage", "stdev", "samples", "seed"];

/** What is measured of an example, and what of it is too much. */
export interface Signal {
  readonly name: string;
  readonly values: readonly number[];
  readonly threshold: number;
}

/**
 * Two signals of an attack, each with a threshold that clean examples set:
 *
 * - the distance from the data, d² = (x − μ)ᵀ (Σ + λ I)⁻¹ (x − μ): an attack spends its change in directions in which data hardly go;
 * - the instability of the map, 1 − Pearson's r of the gradient at x and its mean under noise.
 *
 * μ and Σ are those of every other clean example; a threshold is passed by `level` / 2 of those in between, which Σ has not seen. An
 * example is flagged where any signal passes its own. What an attacker does who knows the detector is not caught: docs/threat-model.md.
 *
 * ```ts
 * await attacks.detect(net, suspect, { clean: trainingImages });
 * ```
 * Hendrycks, Gimpel: Early Methods for Detecting Adversarial Images (2016), arXiv 1608.00530; Lee et al.: A Simple Unified Framework for
 * Detecting Out-of-Distribution Samples and Adversarial Attacks (2018), arXiv 1807.03888.
 * @throws RangeError for examples of more than 1024 entries, or fewer than 20 clean ones.
 */
export async function detect(net: Net, x: Input, options: DetectOptions): Promise<Study> {
  const fn = "detect";
  checkOptions(fn, options, DETECT_OPTIONS);
  const { level = 0.04 } = options;
  const [signals] = await signalsOf(fn, net, [x], options);
  const examples = signals[0].values.map((_, example) => example);
  const passed = examples.map((example) =>
    signals.filter(({ values, threshold }) => values[example] > threshold),
  );
  const flagged = passed.filter(({ length }) => length > 0).length;
  return new Study({
    kind: "detection",
    tables: [
      {
        name: "examples",
        columns: [
          { name: "example", values: examples },
          ...signals.map(({ name, values }) => ({ name, values })),
          { name: "flagged", values: passed.map(({ length }) => (length > 0 ? "yes" : "no")) },
        ],
      },
      {
        name: "signals",
        columns: [
          { name: "signal", values: signals.map(({ name }) => name) },
          { name: "threshold", values: signals.map(({ threshold }) => threshold) },
        ],
      },
    ],
    findings: [
      `${flagged} of ${examples.length} examples are flagged, by thresholds that ${figure(100 * level)} % of clean ones pass.`,
      ...passed.flatMap((signalsPassed, example) =>
        signalsPassed.length > 0 && flagged <= MOST_NAMED
          ? [
              `Example ${example}: ${signalsPassed.map(({ name, values, threshold }) => `${name} ${figure(values[example])}, above ${figure(threshold)}`).join("; ")}.`,
            ]
          : [],
      ),
    ],
  });
}

/** Flagged examples that are named one by one. */
const MOST_NAMED = 8;

/** The signals of each of several sets of examples, with thresholds that the clean ones set. */
export async function signalsOf(
  fn: string,
  net: Net,
  sets: readonly Input[],
  { clean, level = 0.04, shrinkage = 1e-3, stdev = 0.05, samples = 20, seed = 0 }: DetectOptions,
): Promise<Signal[][]> {
  checkNumber(fn, "level", level, 0, true);
  if (level >= 1) throw outOfRange(fn, "level below 1", String(level));
  checkNumber(fn, "shrinkage", shrinkage, 0, true);
  checkNumber(fn, "stdev", stdev, 0, true);
  checkInteger(fn, "samples", samples, 1);
  checkInteger(fn, "seed", seed);
  const model = asModel(net);
  const known = onlyInput(fn, model, clean, "clean");
  const asked = sets.map((set) => onlyInput(fn, model, set, "x"));
  const count = known.shape[0];
  if (count < 20) throw outOfRange(fn, "at least 20 clean examples", String(count));
  for (const set of asked)
    if (rowSize(set) !== rowSize(known))
      throw outOfRange(fn, `examples of ${rowSize(known)} entries, as the clean ones`, String(rowSize(set)));
  const numbers = Array.from({ length: count }, (_, i) => i);
  const distance = dataDistance(
    fn,
    rowsOf(
      takeRows(
        known,
        numbers.filter((i) => i % 2 === 0),
      ),
    ),
    shrinkage,
  );
  const held = takeRows(
    known,
    numbers.filter((i) => i % 2 === 1),
  );
  const measure = async (set: NdArray): Promise<readonly [number[], number[]]> => [
    rowsOf(set).map(distance),
    await instabilities(model, set, { stdev, samples, seed }),
  ];
  const usual = await measure(held);
  const thresholds = usual.map((values) => upper(values, level / 2));
  const found: Signal[][] = [];
  for (const set of asked) {
    const values = await measure(set);
    found.push(NAMES.map((name, i) => ({ name, values: values[i], threshold: thresholds[i] })));
  }
  return found;
}

const NAMES = ["distance from the data", "instability of the map"] as const;

async function instabilities(
  model: Model,
  set: NdArray,
  noise: { readonly stdev: number; readonly samples: number; readonly seed: number },
): Promise<number[]> {
  const sharp = rowsOfMap(await saliency(model, set));
  const smooth = rowsOfMap(await smoothGrad(model, set, noise));
  return sharp.map((row, i) => 1 - (correlation(row, smooth[i]) ?? 1));
}

/** The value that a share of all values lies above, one more than all counted: of new values no larger share does, in the mean. */
function upper(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.ceil((1 - share) * (sorted.length + 1)) - 1;
  return rank < sorted.length ? sorted[rank] : Number.POSITIVE_INFINITY;
}

function onlyInput(fn: string, model: Model, x: Input, what: string): NdArray {
  const { batch } = readInput(fn, model, x, what);
  if (batch.length > 1 || model.lookups(0).length > 0)
    throw outOfRange(fn, "a net with one float input", `${batch.length} inputs, or tokens`);
  return batch[0];
}

function rowsOf(array: NdArray): ArrayLike<number>[] {
  return Array.from({ length: array.shape[0] }, (_, row) => sliceRows(array, row, row + 1).data);
}
