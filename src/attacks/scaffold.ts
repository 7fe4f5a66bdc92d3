/** Scaffold: a black box that decides by one rule on real examples and shows another to methods that sample. */
import { checkInteger, checkOptions, outOfRange, shown, wrongType } from "../check";
import type { BlackBoxFunction } from "../model/black-box";
import { type ArrayInput, readArray } from "../model/input";
import { random } from "../random";
import { type NdArray, ndarray, rowSize, sliceRows } from "../tensor";

/** One number per row of a table. */
export type RowRule = (row: ArrayLike<number>) => number;

/** Options of `scaffold`. */
export interface ScaffoldOptions {
  /** How real examples are judged. */
  readonly biased: RowRule;
  /** How everything is judged that does not look real. */
  readonly innocent: RowRule;
  /** Real examples, one per row, from which it learns what looks real. */
  readonly data: ArrayInput;
  /** Perturbed copies of each example, as LIME and KernelSHAP draw them, that it learns to tell apart. Default 30. */
  readonly copies?: number;
  readonly seed?: number;
}

/**
 * A black box that fools methods that sample. LIME and SHAP ask a model at inputs that no person has; so
 *
 * F(x) = biased(x) where x looks real, else innocent(x).
 *
 * Every real decision is the biased one, and the map is that of the innocent rule. What looks real is told by the nearest neighbour (each
 * feature in units of its spread), among the data and perturbed copies of them: half have normal noise of the spread of each feature, as
 * LIME's, half have the values of other rows in a random set of features, as SHAP's.
 *
 * ```ts
 * const box = asModel(attacks.scaffold({ biased, innocent, data }), { inputs: ["person"], outputs: 1 });
 * ```
 * Slack, Hilgard, Jia, Singh, Lakkaraju: Fooling LIME and SHAP (2020), arXiv 1911.02508, who train a random forest for the same question.
 * @throws TypeError for rules that are no functions; RangeError for data that are no table of at least two rows.
 */
export function scaffold(options: ScaffoldOptions): BlackBoxFunction {
  const fn = "scaffold";
  checkOptions(fn, options, ["biased", "innocent", "data", "copies", "seed"]);
  const { biased, innocent, copies = 30, seed = 0 } = options;
  for (const rule of [biased, innocent])
    if (typeof rule !== "function") throw wrongType(fn, "rules as functions of a row", shown(rule));
  checkInteger(fn, "copies", copies, 1);
  checkInteger(fn, "seed", seed);
  const data = readArray(fn, options.data, "data");
  if (data.shape.length !== 2 || data.shape[0] < 2)
    throw outOfRange(fn, "data as a table of at least two rows", shown(options.data));
  const looksReal = realityOf(data, copies, seed);
  return (input: NdArray) => {
    const scores = rowsOf(input).map((row) => (looksReal(row) ? biased(row) : innocent(row)));
    return ndarray(scores, [scores.length, 1]);
  };
}

function realityOf(data: NdArray, copies: number, seed: number): (row: ArrayLike<number>) => boolean {
  const rows = rowsOf(data);
  const width = rowSize(data);
  const spreads = spreadsOf(rows, width);
  const stream = random(seed, 0x5caf);
  const perturbed = rows.flatMap((row) =>
    Array.from({ length: copies }, (_, copy) => {
      if (copy % 2 === 0) return Array.from(row, (value, i) => value + spreads[i] * stream.normal());
      const other = rows[stream.integer(rows.length)];
      return Array.from(row, (value, i) => (stream.uniform() < 0.5 ? value : other[i]));
    }),
  );
  const nearest = (row: ArrayLike<number>, among: readonly ArrayLike<number>[]): number => {
    let least = Number.POSITIVE_INFINITY;
    for (const one of among) {
      let sum = 0;
      for (let i = 0; i < width && sum < least; i++) sum += ((row[i] - one[i]) / spreads[i]) ** 2;
      least = Math.min(least, sum);
    }
    return least;
  };
  return (row) => {
    const real = nearest(row, rows);
    return real === 0 || real < nearest(row, perturbed);
  };
}

/** The standard deviation of each feature; 1 where it never varies. */
function spreadsOf(rows: readonly ArrayLike<number>[], width: number): number[] {
  return Array.from({ length: width }, (_, i) => {
    const values = rows.map((row) => row[i]);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    return variance > 0 ? Math.sqrt(variance) : 1;
  });
}

function rowsOf(array: NdArray): ArrayLike<number>[] {
  return Array.from({ length: array.shape[0] }, (_, row) => sliceRows(array, row, row + 1).data);
}
