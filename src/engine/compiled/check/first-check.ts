/** Compares a new graph with the eager engine, which is the truth. */
import { unexpected } from "../../../check";
import type { Checked } from "../../../model/model";
import { random } from "../../../random";
import { mapped, minus, type NdArray } from "../../../tensor";
import type { EagerCost } from "../eager-cost";
import type { LoadedGraph } from "../loaded-graph";

/** Largest difference, as a share of the largest entry, that rounding explains. */
const TOLERANCE = 1e-4;
/** Below this, numbers are compared as they are: scores may cancel out to almost nothing. */
const SMALLEST_SCORE = 1;
const SMALLEST_GRADIENT = 1e-10;
/**
 * Share of the largest entry of all places below which those of one place are compared as they are: what cancels out
 * there leaves the rounding of what it was made of, ten times that of a number of this size.
 */
const SMALL_PLACE = 5e-3;

/** Answer that both engines give to the same request. */
export interface Comparable {
  readonly scores: readonly ArrayLike<number>[];
  readonly gradients: readonly NdArray[];
}

/** The largest difference beyond what rounding explains, in words; undefined when there is none. */
export function disagreement(compiled: Comparable, eager: Comparable): string | undefined {
  const compare = (what: string, a: ArrayLike<number>, b: ArrayLike<number>, smallest: number): string[] => {
    if (a.length !== b.length) return [`${what}: ${a.length} numbers instead of ${b.length}`];
    let scale = smallest;
    let largest = 0;
    for (let i = 0; i < b.length; i++) {
      const [left, right] = [a[i], b[i]];
      if (Object.is(left, right) || left === right) {
        if (Number.isFinite(right)) scale = Math.max(scale, Math.abs(right));
        continue;
      }
      const difference = Math.abs(left - right);
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      scale = Math.max(scale, Math.abs(right));
    }
    return largest > TOLERANCE * scale ? [`${what}: ${largest} where the largest entry is ${scale}`] : [];
  };
  const largest = Math.max(0, ...eager.gradients.map(({ data }) => largestOf(data)));
  const smallestGradient = Math.max(SMALLEST_GRADIENT, SMALL_PLACE * largest);
  const found = [
    ...eager.scores.flatMap((scores, i) => compare("scores", compiled.scores[i], scores, SMALLEST_SCORE)),
    ...eager.gradients.flatMap((gradient, i) =>
      compare("gradients", compiled.gradients[i].data, gradient.data, smallestGradient),
    ),
  ];
  return found.length > 0 ? found.join("; ") : undefined;
}

function largestOf(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]);
    if (Number.isFinite(size)) largest = Math.max(largest, size);
  }
  return largest;
}

/** A disturbance of a row, which is another for each of its arrays. */
export type Move = (array: NdArray, place?: number) => NdArray;

/** Leaves a row where it is. */
export const unmoved: Move = (array) => array;

/** One engine's answer for a row whose arrays are moved. */
export type Answer = (move: Move) => Promise<Comparable>;

/** Comparison of a new graph with the eager engine. */
export interface FirstCheck {
  /** The truth for the first row. */
  readonly eager: Answer;
  /** True where that is needed in any case: it is then computed while the session loads. */
  readonly atOnce: (cost: EagerCost) => boolean;
  /** Throws when the graph's answer is another. */
  readonly check: (graph: LoadedGraph, truth: Answer) => Promise<Checked>;
}

/** Throws when a difference was found. */
export function agreed(found: string | undefined): Checked {
  if (found === undefined) return "first row";
  const got = `a difference in ${found}`;
  throw unexpected(
    "compiled engine",
    "the numbers of the eager engine",
    got,
    'engine "eager" computes this model',
  );
}

/** Moved this far, a row has left its kinks: a ten-thousandth. */
const OFF_KINKS = 1e-4;
/** Draws of such a disturbance: by chance one may leave two values as close as rounding. */
const DRAWS = [1, 2, 3];
/** As far as rounding may move values inside a large net. */
const BY_ROUNDING = 1e-6;
/** A gradient that changes by this share where the row moves by rounding is nothing else. */
const WHOLLY = 0.5;
/** Share of the gradient, by length, that differences at two points may have in common. */
const COMMON = 3e-3;

/**
 * The largest difference between the engines, in words; undefined when there is none, or when it vanishes where the row
 * is moved off its kinks, such as that of ReLU at zero, which rounding may put on either side, or the ties of a blank
 * image, of which any may be the largest.
 *
 * Some kink of a large net is always within rounding, wherever the row moves. There gradients may differ at both points
 * when the differences have nothing in common, as those of other kinks and unlike those of an error, and when the
 * compiled engine differs from itself by as much where a point moves by a millionth.
 *
 * A gradient that cancels out wholly, as that of the sum of a softmax, leaves rounding alone, which is another with each
 * engine and at each point.
 */
export async function difference(
  compiled: Answer,
  eager: Answer,
  large: boolean,
): Promise<string | undefined> {
  const here: Pair = [await compiled(unmoved), await eager(unmoved)];
  let found = disagreement(...here);
  /** Lengths by which the compiled engine's gradient was seen to change where rounding moves a point. */
  const own: number[] = [];
  for (const draw of DRAWS) {
    if (found === undefined) return undefined;
    const move = disturbance(OFF_KINKS, draw);
    const there: Pair = [await compiled(move), await eager(move)];
    found = disagreement(...there);
    if (found !== undefined && (await isRoundingOrKinks(compiled, eager, [here, there], draw, large && own)))
      return undefined;
  }
  return found;
}

/** Share of a gradient, by length, that kinks within rounding may change. */
const BY_KINKS = 0.1;

/** Whether gradients are the same up to what kinks within rounding change. */
export function isNear(gradients: readonly NdArray[], expected: readonly NdArray[]): boolean {
  return length(minusAll(gradients, expected)) <= BY_KINKS * length(expected.map(({ data }) => data));
}

/** One answer of each engine. */
type Pair = [compiled: Comparable, eager: Comparable];

/** Whether differences at the row and at a draw are all that rounding makes, or that of kinks of a large net. */
async function isRoundingOrKinks(
  compiled: Answer,
  eager: Answer,
  seen: readonly [Pair, Pair],
  draw: number,
  own: number[] | false,
): Promise<boolean> {
  if (seen.some(([a, b]) => disagreement(scoresOf(a), scoresOf(b)) !== undefined)) return false;
  const [ours, theirs] = seen[1];
  if ((await isRounding(compiled, ours, draw)) && (await isRounding(eager, theirs, draw))) return true;
  if (!own) return false;
  const [here, there] = seen.map(([a, b]) => minusAll(a.gradients, b.gradients)) as [Vector, Vector];
  const [atHere, atThere] = seen.map(([, { gradients }]) => length(gradients.map(({ data }) => data)));
  const common = Math.sqrt(Math.abs(dot(here, there)) / (atHere * atThere));
  if (!(common <= COMMON)) return false;
  for (const [i, size] of [0, OFF_KINKS].entries())
    for (const by of [BY_ROUNDING, -BY_ROUNDING]) {
      const { gradients } = await compiled(twice(disturbance(size, draw), disturbance(by, draw)));
      own.push(length(minusAll(gradients, seen[i][0].gradients)));
    }
  return Math.max(length(here), length(there)) <= Math.max(...own);
}

/** True where the gradients of a row off its kinks become others when rounding moves it. */
async function isRounding(answer: Answer, offKinks: Comparable, draw: number): Promise<boolean> {
  const { gradients } = await answer(twice(disturbance(OFF_KINKS, draw), disturbance(BY_ROUNDING, draw)));
  const before = length(offKinks.gradients.map(({ data }) => data));
  return length(minusAll(gradients, offKinks.gradients)) >= WHOLLY * before;
}

/**
 * Entries moved by about a share, each by another number: what is equal before is not behind, and a pattern would tie
 * again wherever a window repeats it. Normal ones, of which the largest lie far apart.
 */
function disturbance(share: number, draw: number): Move {
  return (array, place = 0) => {
    const { normal } = random(draw, place);
    return mapped(array, (value) => value + share * normal() * (1 + Math.abs(value)));
  };
}

function twice(first: Move, second: Move): Move {
  return (array, place) => second(first(array, place), place);
}

type Vector = readonly ArrayLike<number>[];

/** The scores of an answer alone. */
export function scoresOf({ scores }: Comparable): Comparable {
  return { scores, gradients: [] };
}

function minusAll(a: readonly NdArray[], b: readonly NdArray[]): Vector {
  return a.map((array, i) => minus(array, b[i]).data);
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, values, k) => {
    for (let i = 0; i < values.length; i++) sum += values[i] * b[k][i];
    return sum;
  }, 0);
}

function length(values: Vector): number {
  return Math.sqrt(dot(values, values));
}
