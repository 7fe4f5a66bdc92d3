/** Adaptive refinement of a path integral: more nodes where the score bends, none where it does not. */

import type { Quadrature } from "../quadrature";
import { RunningSum } from "../running";
import { filled, type NdArray, type Parts, rowSize } from "../tensor";
import type { Problem } from "./problem";

/** Two intervals of three nodes, of which they share one. */
const FIRST_NODES: readonly number[] = [0, 0.25, 0.5, 0.75, 1];
/** Distance from an end at which its gradient is read where it has none. */
const JUST_INSIDE = 2 ** -10;
/** Below this width float32 cannot tell the nodes apart. */
const SMALLEST_WIDTH = 2 ** -17;
/** Share of the error of a whole interval that one of its halves keeps where the score jumps in it. */
const KEPT = 0.9;
/** Jumps of one path behind which refinement ends: the rest would be as many evaluations for each. */
const MOST_JUMPS = 4;
/** Share of F that rounding takes from a difference of two scores. */
const ROUNDING = 2 ** -22;
/** The root of the sum of squares of the intervals' errors may be this many times what their sum may be. */
const SCATTER = 2;

/** Weights of the start, the middle and the end of an interval, as shares of its width. */
type Weights = readonly [number, number, number];
const RULES: Readonly<Record<"simpson" | "trapezoids", Weights>> = {
  simpson: [1 / 6, 4 / 6, 1 / 6],
  trapezoids: [1 / 4, 2 / 4, 1 / 4],
};
type Rule = keyof typeof RULES;
/** Share of the trapezoids' error up to which Simpson's shows that the score is smooth, and not by luck. */
const SMOOTH = 1 / 3;

/** A point of one example's path. */
interface Node {
  readonly alpha: number;
  /** F there. */
  readonly score: number;
  /** dF/dα = ⟨∂F, x − x′⟩. */
  readonly derivative: number;
  /** ∂F, one array per place. */
  readonly gradients: readonly Float32Array[];
}

/** A stretch of one example's path. */
interface Interval {
  readonly nodes: readonly [Node, Node, Node];
  /** Sum that the interval attributes under each rule, less the change of F over it: exact but for rounding. */
  readonly error: Readonly<Record<Rule, number>>;
  /** The same of the interval that it is a half of. */
  readonly whole?: Readonly<Record<Rule, number>>;
}

/** A place where the score jumps along one example's path. */
export interface Jump {
  readonly alpha: number;
  /** F behind it, less F before it. */
  readonly height: number;
}

/** One example's path and the rule it is read by. */
interface Path {
  readonly intervals: readonly Interval[];
  readonly rule: Rule;
}

/** The integral, and what was found on the way. */
export interface AdaptiveIntegral {
  /** ∫ ∂F dα, one array per place. */
  readonly gradients: readonly NdArray[];
  /** Evaluations per example, at most. */
  readonly limit: number;
  /** Per example, the convergence delta relative to F(x) − F(x′); NaN where that is not finite. */
  readonly relativeError: readonly number[];
  /** Per example, the jumps of its score along the path, whose heights are no part of the error. */
  readonly jumps: readonly (readonly Jump[])[];
  /** The nodes used, when they are the same for all examples (`shared`). */
  readonly quadrature?: Quadrature;
}

/**
 * ∫₀¹ ∂F(x′ + α (x − x′)) dα to a tolerance of the relative convergence delta.
 *
 * F is known at every node, so the error of each interval, Σ w ⟨∂F, x − x′⟩ − (F(b) − F(a)), is measured and not
 * estimated. A path is read by trapezoids, which leave least to chance where the score has kinks, or by Simpson's rule
 * where the errors show that the score is smooth. The worst intervals are halved, which uses their nodes again, until the
 * sum of the errors is within tolerance · |F(x) − F(x′)| and the root of their sum of squares within twice that (so that a
 * sum which is small by luck does not end it), or until `most` evaluations per example, or as many gradients as
 * `maxBytes` can hold, are used up. What no refinement can mend ends it as well: a jump of the score, which shows in an
 * error that does not fall with the width of its interval, and a difference of scores below their rounding.
 *
 * @param shared the same nodes and weights for all examples, as the accumulation picture needs.
 */
export async function adaptivePath<O>(
  problem: Problem<O>,
  tolerance: number,
  most: number,
  shared: boolean,
): Promise<AdaptiveIntegral> {
  const all = Array.from({ length: problem.examples }, (_, row) => row);
  const limit = Math.max(FIRST_NODES.length, Math.min(most, nodesWithin(problem)));
  const first = await firstNodes(problem);
  const own = all.map((row) => {
    const nodes = first.slice(row * FIRST_NODES.length, (row + 1) * FIRST_NODES.length);
    return [0, 2].map((i) => interval([nodes[i], nodes[i + 1], nodes[i + 2]] as [Node, Node, Node]));
  });
  const difference = own.map((intervals) => Math.abs(changeOver(intervals)));
  const allowed = own.map((intervals, row) =>
    Math.max(tolerance * difference[row], ROUNDING * largestScore(intervals)),
  );
  const scoresAt = (k: number): Float64Array =>
    Float64Array.from(all, (row) => first[row * FIRST_NODES.length + k].score);
  problem.noteEndpoints({ baseline: scoresAt(0), x: scoresAt(FIRST_NODES.length - 1) });
  const pathsNow = (): Path[] => {
    const together = shared ? ruleFor(own.flat()) : undefined;
    return own.map((intervals) => ({ intervals, rule: together ?? ruleFor(intervals) }));
  };

  let paths = pathsNow();
  for (;;) {
    const chosen = paths.map((path, row) => worst(path, allowed[row], limit));
    if (shared) {
      const union = [...new Set(chosen.flat())];
      const room = evaluations(own[0].length + union.length) <= limit;
      chosen.fill(room ? union : []);
    }
    const wanted = all.flatMap((row) =>
      chosen[row].flatMap((i) => {
        const [from, middle, to] = own[row][i].nodes;
        return [
          { row, alpha: (from.alpha + middle.alpha) / 2 },
          { row, alpha: (middle.alpha + to.alpha) / 2 },
        ];
      }),
    );
    if (wanted.length === 0) break;
    const found = (await evaluated(problem, wanted)).values();
    for (const row of all) {
      const intervals = own[row];
      for (const i of chosen[row]) {
        const [from, middle, to] = intervals[i].nodes;
        const [left, right] = [found.next().value as Node, found.next().value as Node];
        const whole = intervals[i].error;
        intervals[i] = { ...interval([from, left, middle]), whole };
        intervals.push({ ...interval([middle, right, to]), whole });
      }
      intervals.sort((a, b) => a.nodes[0].alpha - b.nodes[0].alpha);
    }
    paths = pathsNow();
  }
  return {
    gradients: total(paths, problem.x),
    limit,
    relativeError: paths.map((path, row) => {
      if (!Number.isFinite(difference[row])) return Number.NaN;
      const sum = Math.abs(sumOf(errorsOf(withoutJumps(path, allowed[row]))));
      if (sum <= ROUNDING * largestScore(path.intervals)) return 0;
      if (difference[row] > 0) return sum / difference[row];
      return sum > 0 ? Number.POSITIVE_INFINITY : 0;
    }),
    jumps: paths.map((path, row) =>
      path.intervals
        .filter((one) => isJump(one, path.rule, allowed[row]))
        .map(({ nodes: [from, , to] }) => ({
          alpha: (from.alpha + to.alpha) / 2,
          height: to.score - from.score,
        })),
    ),
    ...(shared ? { quadrature: quadratureOf(paths[0]) } : {}),
  };
}

/**
 * The first nodes of each example, one after the other. Where ∂F is not finite at an end, as that of a norm at zero, the
 * gradient just inside stands in for it.
 */
async function firstNodes<O>(problem: Problem<O>): Promise<Node[]> {
  const rows = Array.from({ length: problem.examples }, (_, row) => row);
  const nodes = await evaluated(
    problem,
    rows.flatMap((row) => FIRST_NODES.map((alpha) => ({ row, alpha }))),
  );
  const singular = nodes.flatMap(({ alpha, derivative }, i) =>
    (alpha === 0 || alpha === 1) && !Number.isFinite(derivative) ? [i] : [],
  );
  if (singular.length === 0) return nodes;
  const inside = await evaluated(
    problem,
    singular.map((i) => ({
      row: Math.floor(i / FIRST_NODES.length),
      alpha: nodes[i].alpha === 0 ? JUST_INSIDE : 1 - JUST_INSIDE,
    })),
  );
  singular.forEach((i, k) => {
    const { derivative, gradients } = inside[k];
    nodes[i] = { ...nodes[i], derivative, gradients };
  });
  return nodes;
}

/** Nodes per example whose gradients, which are all kept, are within the memory cap. */
function nodesWithin<O>({ x, maxBytes }: Problem<O>): number {
  const perNode = x.reduce((sum, { data }) => sum + data.byteLength, 0);
  return Math.floor(maxBytes / perNode);
}

function interval(nodes: readonly [Node, Node, Node]): Interval {
  const [from, middle, to] = nodes;
  const error = ([a, b, c]: Weights): number =>
    (to.alpha - from.alpha) * (a * from.derivative + b * middle.derivative + c * to.derivative) -
    (to.score - from.score);
  return { nodes, error: { simpson: error(RULES.simpson), trapezoids: error(RULES.trapezoids) } };
}

function ruleFor(intervals: readonly Interval[]): Rule {
  const scatter = (rule: Rule): number => Math.sqrt(squaresOf(errorsOf({ intervals, rule })));
  return scatter("simpson") <= SMOOTH * scatter("trapezoids") ? "simpson" : "trapezoids";
}

function errorsOf({ intervals, rule }: Path): number[] {
  return intervals.map(({ error }) => error[rule]);
}

function sumOf(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

function squaresOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function largestScore(intervals: readonly Interval[]): number {
  return intervals.reduce((most, { nodes: [from, , to] }) => {
    return Math.max(most, Math.abs(from.score), Math.abs(to.score));
  }, 0);
}

/** True where the score jumps: the error is all that it was in twice the width, down to what float32 can tell apart. */
function isJump({ nodes: [from, , to], error, whole }: Interval, rule: Rule, allowed: number): boolean {
  const size = Math.abs(error[rule]);
  return (
    to.alpha - from.alpha <= SMALLEST_WIDTH &&
    size > allowed / 4 &&
    whole !== undefined &&
    size > KEPT * Math.abs(whole[rule])
  );
}

/** The path without the intervals that a jump is in. */
function withoutJumps({ intervals, rule }: Path, allowed: number): Path {
  return { rule, intervals: intervals.filter((one) => !isJump(one, rule, allowed)) };
}

/** F(x) − F(x′). */
function changeOver(intervals: readonly Interval[]): number {
  const [first, last] = [intervals[0], intervals[intervals.length - 1]];
  return last.nodes[2].score - first.nodes[0].score;
}

/** Evaluations behind so many intervals. */
function evaluations(intervals: number): number {
  return 2 * intervals + 1;
}

/** The intervals to halve: the worst, until the rest is within half the scatter that is allowed; none when done. */
function worst(path: Path, allowed: number, limit: number): number[] {
  if (!Number.isFinite(allowed)) return [];
  const jumps = path.intervals.filter((one) => isJump(one, path.rule, allowed));
  if (jumps.length >= MOST_JUMPS) return [];
  // What a jump leaves out, no halving brings back.
  const errors = path.intervals.map((one) => (jumps.includes(one) ? 0 : one.error[path.rule]));
  let squares = squaresOf(errors);
  if (Math.abs(sumOf(errors)) <= allowed && Math.sqrt(squares) <= SCATTER * allowed) return [];
  const size = (i: number): number => Math.abs(errors[i]);
  const chosen: number[] = [];
  for (const i of errors.map((_, k) => k).sort((a, b) => size(b) - size(a))) {
    const enough = Math.sqrt(Math.max(0, squares)) <= (SCATTER / 2) * allowed && chosen.length > 0;
    if (enough || evaluations(errors.length + chosen.length + 1) > limit) break;
    const [from, , to] = path.intervals[i].nodes;
    if (to.alpha - from.alpha > SMALLEST_WIDTH) chosen.push(i);
    squares -= size(i) ** 2;
  }
  return chosen;
}

/** The nodes at x′ + α (x − x′), for each wanted example and α. */
async function evaluated<O>(
  problem: Problem<O>,
  wanted: readonly { readonly row: number; readonly alpha: number }[],
): Promise<Node[]> {
  const points = pointsAt(problem, wanted);
  const rows = wanted.map(({ row }) => row);
  const { scores, gradients } = await problem.scoreAndGradient({ points, rows });
  return wanted.map(({ row, alpha }, k) => {
    const own = gradients.map((gradient) => {
      const width = rowSize(gradient);
      return gradient.data.subarray(k * width, (k + 1) * width);
    });
    const derivative = own.reduce((sum, gradient, place) => {
      const { data: x } = problem.x[place];
      const { data: baseline } = problem.baseline[place];
      const start = row * gradient.length;
      let part = sum;
      for (let i = 0; i < gradient.length; i++) part += gradient[i] * (x[start + i] - baseline[start + i]);
      return part;
    }, 0);
    return { alpha, score: scores[k], derivative, gradients: own };
  });
}

function pointsAt<O>(
  problem: Problem<O>,
  wanted: readonly { readonly row: number; readonly alpha: number }[],
): NdArray[] {
  return problem.x.map((x, place) => {
    const { data: end } = x;
    const { data: start } = problem.baseline[place];
    const width = rowSize(x);
    const points = filled([wanted.length, ...x.shape.slice(1)], 0);
    const { data: point } = points;
    wanted.forEach(({ row, alpha }, k) => {
      const own = row * width;
      for (let i = 0; i < width; i++) {
        const from = start[own + i];
        point[k * width + i] = from + alpha * (end[own + i] - from);
      }
    });
    return points;
  });
}

/** Σ w ∂F of each example. */
function total(paths: readonly Path[], x: Parts): NdArray[] {
  const sum = new RunningSum(paths.length);
  for (const [row, path] of paths.entries()) {
    for (const [{ gradients }, weight] of weightsOf(path)) {
      const node = gradients.map((data, place) => ({ data, shape: [1, ...x[place].shape.slice(1)] }));
      sum.add(node, { rows: [row], weight });
    }
  }
  return sum.values;
}

/** Each node's weight, from both intervals that it belongs to; in ascending order. */
function weightsOf({ intervals, rule }: Path): Map<Node, number> {
  const weights = new Map<Node, number>();
  for (const { nodes } of intervals) {
    const width = nodes[2].alpha - nodes[0].alpha;
    nodes.forEach((node, i) => {
      weights.set(node, (weights.get(node) ?? 0) + width * RULES[rule][i]);
    });
  }
  return weights;
}

function quadratureOf(path: Path): Quadrature {
  const weights = weightsOf(path);
  return { nodes: [...weights.keys()].map(({ alpha }) => alpha), weights: [...weights.values()] };
}
