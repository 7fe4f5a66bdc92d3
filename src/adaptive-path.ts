/** Adaptive refinement of a path integral: more nodes where the score bends, none where it does not. */
import type { Problem } from "./problem";
import { type Quadrature, quadrature } from "./quadrature";
import { filled, type NdArray, rowSize } from "./tensor";

/** Nodes of each interval. Low, because networks of ReLUs have kinks, where high orders gain nothing. */
const NODES = quadrature("gauss-legendre", 4);
const FIRST_INTERVALS = 4;
/** Below this width float32 cannot tell the ends apart. */
const SMALLEST_WIDTH = 2 ** -18;

/** A stretch of one example's path. */
interface Interval {
  readonly from: number;
  readonly to: number;
  /** Σ w ∂F within the interval, one array per place, in double precision. */
  readonly gradients: readonly Float64Array[];
  /** What the interval attributes in all, less the change of F over it: exact but for rounding. */
  readonly error: number;
}

/** The integral, and what was found on the way. */
export interface AdaptiveIntegral {
  /** ∫ ∂F dα, one array per place. */
  readonly gradients: readonly NdArray[];
  /** Per example, the error of completeness, relative to F(x) − F(x′). */
  readonly relativeError: readonly number[];
  /** The nodes used, when they are the same for all examples (`shared`). */
  readonly quadrature?: Quadrature;
}

/**
 * ∫₀¹ ∂F(x′ + α (x − x′)) dα to a relative tolerance of completeness.
 *
 * F is known at both ends of any interval, so the error of each, ⟨Σ w ∂F, x − x′⟩ − (F(b) − F(a)), is measured and
 * not estimated. The worst intervals are halved until the errors are within tolerance · |F(x) − F(x′)|, both in sum
 * and as the root of their sum of squares (so that a sum which is small by luck does not end it), or until `limit`
 * evaluations per example are used up.
 *
 * @param shared the same nodes for all examples, as the accumulation picture needs.
 */
export async function adaptivePath<O>(
  problem: Problem<O>,
  tolerance: number,
  limit: number,
  shared: boolean,
): Promise<AdaptiveIntegral> {
  const examples = problem.examples;
  const all = Array.from({ length: examples }, (_, row) => row);
  const ends = Array.from({ length: FIRST_INTERVALS + 1 }, (_, i) => i / FIRST_INTERVALS);
  const scores = new Map<string, number>();
  const wanted = all.flatMap((row) => ends.map((alpha) => ({ row, alpha })));
  await readScores(problem, wanted, scores);
  const first = all.flatMap((row) =>
    ends.slice(0, -1).map((from, i) => ({ row, from, to: ends[i + 1] as number })),
  );
  const intervals: Interval[][] = all.map(() => []);
  for (const { row, interval } of await integrate(problem, first, scores))
    (intervals[row] as Interval[]).push(interval);
  const difference = all.map((row) =>
    Math.abs((scores.get(key(row, 1)) as number) - (scores.get(key(row, 0)) as number)),
  );

  for (;;) {
    const chosen = all.map((row) =>
      worst(intervals[row] as Interval[], tolerance * (difference[row] as number), limit),
    );
    if (shared) {
      const union = new Set(chosen.flat());
      const room = (intervals[0] as Interval[]).length + union.size <= limit / NODES.nodes.length;
      for (const row of all) chosen[row] = room ? [...union] : [];
    }
    const halves = all.flatMap((row) =>
      (chosen[row] as number[]).flatMap((i) => {
        const { from, to } = (intervals[row] as Interval[])[i] as Interval;
        const middle = (from + to) / 2;
        return [
          { row, from, to: middle },
          { row, from: middle, to },
        ];
      }),
    );
    if (halves.length === 0) break;
    await readScores(
      problem,
      halves.filter((_, i) => i % 2 === 0).map(({ row, to }) => ({ row, alpha: to })),
      scores,
    );
    const refined = await integrate(problem, halves, scores);
    for (const row of all) {
      const gone = new Set(chosen[row]);
      const kept = (intervals[row] as Interval[]).filter((_, i) => !gone.has(i));
      intervals[row] = [...kept, ...refined.filter((r) => r.row === row).map((r) => r.interval)].sort(
        (a, b) => a.from - b.from,
      );
    }
  }
  return {
    gradients: problem.x.map((x, place) => total(x, intervals, place)),
    relativeError: all.map((row) => {
      const sum = Math.abs(
        (intervals[row] as Interval[]).reduce((error, interval) => error + interval.error, 0),
      );
      return (difference[row] as number) > 0
        ? sum / (difference[row] as number)
        : sum > 0
          ? Number.POSITIVE_INFINITY
          : 0;
    }),
    ...(shared ? { quadrature: nodesOf(intervals[0] as Interval[]) } : {}),
  };
}

/** The intervals to halve: the worst, until the squares of the rest are a quarter of what is allowed; none when done. */
function worst(intervals: readonly Interval[], allowed: number, limit: number): number[] {
  const sum = Math.abs(intervals.reduce((total, { error }) => total + error, 0));
  let squares = intervals.reduce((total, { error }) => total + error * error, 0);
  if (sum <= allowed && Math.sqrt(squares) <= allowed) return [];
  const room = Math.floor(limit / NODES.nodes.length) - intervals.length;
  const order = intervals.map((_, i) => i).sort((a, b) => size(intervals, b) - size(intervals, a));
  const chosen: number[] = [];
  for (const i of order) {
    const enough = Math.sqrt(Math.max(0, squares)) <= allowed / 2 && chosen.length > 0;
    if (enough || chosen.length >= room) break;
    const { from, to, error } = intervals[i] as Interval;
    if (to - from > SMALLEST_WIDTH) chosen.push(i);
    squares -= error * error;
  }
  return chosen;
}

function size(intervals: readonly Interval[], i: number): number {
  return Math.abs((intervals[i] as Interval).error);
}

function key(row: number, alpha: number): string {
  return `${row}:${alpha}`;
}

async function readScores<O>(
  problem: Problem<O>,
  wanted: readonly { row: number; alpha: number }[],
  scores: Map<string, number>,
): Promise<void> {
  const rows = wanted.map(({ row }) => row);
  const points = pointsAt(problem, wanted);
  const found = await problem.score(points, rows);
  wanted.forEach(({ row, alpha }, i) => {
    scores.set(key(row, alpha), found[i] as number);
  });
}

async function integrate<O>(
  problem: Problem<O>,
  stretches: readonly { row: number; from: number; to: number }[],
  scores: ReadonlyMap<string, number>,
): Promise<{ row: number; interval: Interval }[]> {
  const wanted = stretches.flatMap(({ row, from, to }) =>
    NODES.nodes.map((node) => ({ row, alpha: from + node * (to - from) })),
  );
  const gradients = await problem.gradient(
    pointsAt(problem, wanted),
    wanted.map(({ row }) => row),
  );
  return stretches.map(({ row, from, to }, s) => {
    const sums = gradients.map((gradient) => {
      const width = rowSize(gradient);
      const sum = new Float64Array(width);
      NODES.weights.forEach((weight, k) => {
        const base = (s * NODES.nodes.length + k) * width;
        for (let i = 0; i < width; i++)
          sum[i] = (sum[i] as number) + weight * (to - from) * (gradient.data[base + i] as number);
      });
      return sum;
    });
    const attributed = sums.reduce((total, sum, place) => {
      const x = problem.x[place] as NdArray;
      const baseline = problem.baseline[place] as NdArray;
      const base = row * sum.length;
      return (
        total +
        sum.reduce(
          (part, g, i) => part + g * ((x.data[base + i] as number) - (baseline.data[base + i] as number)),
          0,
        )
      );
    }, 0);
    const change = (scores.get(key(row, to)) as number) - (scores.get(key(row, from)) as number);
    return { row, interval: { from, to, gradients: sums, error: attributed - change } };
  });
}

/** x′ + α (x − x′) for each wanted row and α. */
function pointsAt<O>(problem: Problem<O>, wanted: readonly { row: number; alpha: number }[]): NdArray[] {
  return problem.x.map((x, place) => {
    const baseline = problem.baseline[place] as NdArray;
    const width = rowSize(x);
    const points = filled([wanted.length, ...x.shape.slice(1)], 0);
    wanted.forEach(({ row, alpha }, k) => {
      for (let i = 0; i < width; i++) {
        const start = baseline.data[row * width + i] as number;
        points.data[k * width + i] = start + alpha * ((x.data[row * width + i] as number) - start);
      }
    });
    return points;
  });
}

function total(x: NdArray, intervals: readonly (readonly Interval[])[], place: number): NdArray {
  const width = rowSize(x);
  const sums = filled(x.shape, 0);
  intervals.forEach((list, row) => {
    const sum = new Float64Array(width);
    for (const interval of list) {
      const part = interval.gradients[place] as Float64Array;
      for (let i = 0; i < width; i++) sum[i] = (sum[i] as number) + (part[i] as number);
    }
    sums.data.set(sum, row * width);
  });
  return sums;
}

function nodesOf(intervals: readonly Interval[]): Quadrature {
  return {
    nodes: intervals.flatMap(({ from, to }) => NODES.nodes.map((node) => from + node * (to - from))),
    weights: intervals.flatMap(({ from, to }) => NODES.weights.map((weight) => weight * (to - from))),
  };
}
