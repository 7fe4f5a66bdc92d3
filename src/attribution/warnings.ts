/** Warnings that a reader of a map must know, in words. */

import type { Examination } from "../model/model";
import type { ResolvedTarget } from "../model/score";
import { type NdArray, sameShape, sliceRows } from "../tensor";
import type { Solution } from "./method";
import type { Common } from "./options";
import type { Budget } from "./problem-state";

/** Facts known once a map is computed. */
export interface WarningContext {
  readonly budget: Budget;
  readonly solution: Solution;
  readonly scores: Float64Array;
  readonly baselineScore: Float64Array | undefined;
  /** Examples whose attributions miss F(x) − F(x′), for no cause that is said elsewhere. */
  readonly missing: readonly number[];
  readonly atX: readonly NdArray[];
  readonly draws: readonly (readonly NdArray[])[];
  readonly of: ResolvedTarget;
  readonly common: Common;
  /** The method's own words for a map of zeros, and for one that misses the difference of scores. */
  readonly meta: { readonly whenZero: string; readonly whenIncomplete: string };
}

/** What was found of the net, in words. */
export function examinationInWords({ mixing, random }: Examination, examples: number): string[] {
  const found: string[] = [];
  if (mixing !== undefined && examples > 1)
    found.push(
      `rows of a batch influence each other in this net (${mixing}): each example was explained by itself, as the only row, which is not what the model gives for them together; where all rows are one example, asModel(net, { rows: "together" }) says so`,
    );
  if (random !== undefined) {
    const { operation, layer } = random;
    const where = layer === undefined ? operation : `${operation} of layer "${layer}"`;
    found.push(
      `the model is random, at ${where}: it does not give the same twice, and this map is one of many; their mean over several calls says more`,
    );
  }
  return found;
}

/** Says in words what a reader of the map must know. */
export function warnAbout(found: WarningContext): void {
  const { budget, solution, scores, baselineScore, missing, atX, draws, of, common } = found;
  const { whenZero, whenIncomplete } = found.meta;
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
  const badScores = rowsWhere((row) => !Number.isFinite(scores[row]));
  if (badScores.length > 0) warn(`the model's score is not finite${which(badScores)}`);

  const flat = rowsWhere((row) => solution.values.every((array) => rowOf(array, row).every((v) => v === 0)));
  const atBaseline =
    draws.length > 0 && draws[0].length > 0
      ? rowsWhere((row) => draws.every((draw) => draw.every((array, i) => sameRow(array, atX[i], row))))
      : [];
  if (atBaseline.length > 0)
    warn(`the baseline equals the input, so that there is nothing to attribute${which(atBaseline)}`);
  const dead = flat.filter((row) => !atBaseline.includes(row));
  if (dead.length > 0) warn(`the map is zero everywhere: ${whenZero}${which(dead)}`);

  const { kind } = of.score;
  if (common.explain !== "logit" && (kind === "neuron" || kind === "loss"))
    warn(`explain: "${common.explain}" changes nothing: a ${kind} has one form only`);
  else if (common.explain === "probability" && of.head === "none")
    warn(
      'explain: "probability" changes nothing: the output ends in neither softmax nor sigmoid, and is explained as it is',
    );
  if (kind === "mask" && common.explain === "probability" && of.head !== "none") {
    const saturated = rowsWhere(
      // A weighted sum of probabilities may have any value.
      (row) => of.values[row] !== "mask" && (scores[row] > 0.9999 || scores[row] < 0.0001),
    );
    if (saturated.length > 0)
      warn(
        `the probability is saturated, so that its gradient nearly vanishes; the logit (explain: "logit") says more${which(saturated)}`,
      );
  }
  if (baselineScore) {
    const undefinedThere = rowsWhere((row) => !Number.isFinite(baselineScore[row]));
    if (undefinedThere.length > 0)
      warn(`the model's score at the baseline is not finite${which(undefinedThere)}`);
    const plateau = rowsWhere((row) => {
      const [high, low] = [scores[row], baselineScore[row]];
      return Number.isFinite(high - low) && !atBaseline.includes(row) && isPlateau(high, low);
    });
    if (plateau.length > 0)
      warn(
        `the score is the same at the input and at the baseline, to rounding: attributions cancel or vanish${which(plateau)}`,
      );
  }
  if (missing.length > 0)
    warn(`the attributions miss F(x) − F(x′) by more than 5 %: ${whenIncomplete}${which(missing)}`);
}

/** Share of the scores that is lost to rounding in a sum of attributions. */
const ROUNDED = 2 ** -21;

/** Examples whose attributions miss F(x) − F(x′) by more than 5 %, and by more than the rounding of F. */
export function rowsThatMiss(
  scores: Float64Array,
  baselineScore: Float64Array,
  delta: readonly number[],
  values: readonly NdArray[],
): number[] {
  const magnitude = (row: number): number =>
    values.reduce(
      (sum, array) => sum + rowOf(array, row).reduce((all, value) => all + Math.abs(value), 0),
      0,
    );
  return Array.from(scores, (_, row) => row).filter((row) => {
    const [high, low, missed] = [scores[row], baselineScore[row], Math.abs(delta[row])];
    if (!Number.isFinite(high - low)) return false;
    if (missed <= ROUNDED * Math.max(Math.abs(high), Math.abs(low))) return false;
    if (!isPlateau(high, low)) return missed > 0.05 * Math.abs(high - low);
    // A convergence delta of attributions that should cancel is measured by what there is to cancel.
    return missed > 0.05 * magnitude(row);
  });
}

/** Entries of one row. */
function rowOf(array: NdArray, row: number): Float32Array {
  return sliceRows(array, row, row + 1).data;
}

/** Equality of two scores but for rounding. */
function isPlateau(high: number, low: number): boolean {
  return Math.abs(high - low) <= 1e-6 * Math.max(Math.abs(high), Math.abs(low), 1e-30);
}

function sameRow(a: NdArray, b: NdArray, row: number): boolean {
  if (!sameShape(a.shape, b.shape)) return false;
  const width = a.data.length / a.shape[0];
  for (let i = row * width; i < (row + 1) * width; i++) if (a.data[i] !== b.data[i]) return false;
  return true;
}
