/** Integrated gradients (Sundararajan et al. 2017). */
import { defineMethod, type Method, type Solution } from "../attribution";
import { type AdaptiveIntegral, adaptivePath } from "../attribution/adaptive-path";
import type { Problem } from "../attribution/problem";
import { checkBoolean, checkInteger, checkName, outOfRange } from "../check";
import {
  MOST_STEPS,
  minimumSteps,
  type Quadrature,
  quadrature,
  RULE_NAMES,
  type RuleName,
} from "../quadrature";
import { between, concatRows, minus, type NdArray, rowSums, sizeOf, sliceRows, times } from "../tensor";
import { optionAmount, optionCount, optionTrueOrFalse } from "./option-rules";

/** Options of `integratedGradients`, beside `baseline`. */
export interface IntegratedGradientsOptions {
  /** How the path is read. Default "gauss-legendre". */
  readonly rule: RuleName;
  /** Nodes on the path. Default 50. */
  readonly steps: number;
  /**
   * Refine until |Σ attribution − (F(x) − F(x′))| ≤ tolerance · |F(x) − F(x′)|, with at most 40 · steps evaluations
   * per example; a warning says when that was not enough. Single entries err more than their sum does. Not set by
   * default.
   */
  readonly tolerance: number | undefined;
  /** Multiply by x − x′. Default true; without it the map is the mean gradient along the path. */
  readonly multiplyByInputs: boolean;
  /**
   * Keep how the map accumulates along the path: true for 12 frames, or their number. Default false. Of several baselines
   * the means are kept; a warning says when there is no one path to keep.
   */
  readonly keepPath: boolean | number;
}

const DEFAULT_FRAMES = 12;

/**
 * Integrated gradients: what each input adds to the score on the straight way from the baseline.
 *
 * IG(x) = (x − x′) ⊙ ∫₀¹ ∂F(x′ + α (x − x′))/∂x dα ≈ (x − x′) ⊙ Σ_k w_k ∂F(x′ + α_k (x − x′))/∂x
 *
 * Shape: that of the input or layer; unit: score. Complete: the map sums to F(x) − F(x′), and `convergenceDelta`
 * says by how much the quadrature misses that. At a layer the path runs in the layer's space.
 *
 * Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks (2017), arXiv 1703.01365.
 */
export const integratedGradients: Method<IntegratedGradientsOptions> =
  defineMethod<IntegratedGradientsOptions>(
    {
      name: "integratedGradients",
      paper: "Sundararajan et al. 2017, arXiv 1703.01365",
      axioms: ["completeness", "sensitivity", "dummy", "implementation invariance", "linearity", "symmetry"],
      needsBaseline: true,
      multipliesByInput: true,
      quantity: ({ multiplyByInputs }) => (multiplyByInputs ? "attribution to" : "mean gradient of"),
      whenZero: "dead units, or no difference from the baseline wherever there is a gradient",
      passes: ({ steps }) => steps,
      options: {
        rule: { default: "gauss-legendre", check: (fn, given) => checkName(fn, "rule", given, RULE_NAMES) },
        steps: optionCount("steps", 50, MOST_STEPS),
        tolerance: optionAmount<number | undefined>("tolerance", undefined, 0, true),
        multiplyByInputs: optionTrueOrFalse("multiplyByInputs", true),
        keepPath: {
          default: false,
          check: (fn, given) =>
            typeof given === "number"
              ? checkInteger(fn, "keepPath", given, 2)
              : checkBoolean(fn, "keepPath", given),
        },
      },
      // A tolerance chooses its own nodes; steps are then but a limit of evaluations.
      recorded: ({ rule, steps, ...own }) => (own.tolerance === undefined ? { rule, steps, ...own } : own),
      check(fn, { rule, steps }) {
        if (steps < minimumSteps(rule))
          throw outOfRange(fn, `at least ${minimumSteps(rule)} steps for rule "${rule}"`, String(steps));
      },
    },
    async (problem) => {
      const { rule, steps, tolerance, multiplyByInputs } = problem.options;
      const frames = framesToKeep(problem);
      const { x, baseline } = problem;
      const scale = (gradients: readonly NdArray[]): NdArray[] =>
        gradients.map((g, i) => (multiplyByInputs ? times(minus(x[i], baseline[i]), g) : g));

      let nodes = quadrature(rule, steps);
      let sum: readonly NdArray[] | undefined;
      if (tolerance !== undefined) {
        const adaptive = await adaptivePath(problem, tolerance, 40 * steps, frames > 0);
        warnWhenMissed(problem, adaptive, tolerance);
        sum = adaptive.gradients;
        nodes = adaptive.quadrature ?? nodes;
      }
      if (frames > 0) return withPath(problem, nodes, frames, scale);
      return scale(sum ?? (await problem.path(nodes)));
    },
  );

/** How many frames of the path are to be kept; none where paths of other nodes or other ends are averaged. */
function framesToKeep(problem: Problem<IntegratedGradientsOptions>): number {
  const { keepPath, tolerance } = problem.options;
  if (keepPath === false) return 0;
  if (problem.averagedOver === "moved points") {
    problem.warn("the path is not kept: each noisy copy of the input has a path of its own");
    return 0;
  }
  if (problem.averagedOver === "baselines" && tolerance !== undefined) {
    problem.warn(
      "the path is not kept: under a tolerance each baseline has nodes of its own; without one they share them",
    );
    return 0;
  }
  return keepPath === true ? DEFAULT_FRAMES : keepPath;
}

function warnWhenMissed(
  problem: Problem<IntegratedGradientsOptions>,
  { relativeError: errors, limit }: AdaptiveIntegral,
  tolerance: number,
): void {
  // NaN where F is not finite at an end of the path: another warning says so.
  const missed = new Map([...errors.entries()].filter(([, error]) => error > tolerance));
  problem.warnOf("tolerance", missed, (which, largest) => {
    const share = `${(100 * largest).toPrecision(2)} % of F(x) − F(x′)`;
    return (
      `the tolerance of ${tolerance} was not reached${which} within ${limit} evaluations: ` +
      `the error is at most ${Number.isFinite(largest) ? share : "unbounded, since F(x) = F(x′)"}`
    );
  });
}

/** The same sum, node by node in ascending order, keeping what the accumulation picture needs. */
async function withPath(
  problem: Problem<IntegratedGradientsOptions>,
  { nodes, weights }: Quadrature,
  frameCount: number,
  scale: (gradients: readonly NdArray[]) => NdArray[],
): Promise<Solution> {
  const { x, baseline, examples } = problem;
  const frames = frameIndices(nodes.length, frameCount);
  const sums = x.map((array) => new Float64Array(array.data.length));
  const scores: number[][] = Array.from({ length: examples }, () => []);
  const runningSum: number[][] = Array.from({ length: examples }, () => []);
  const kept: NdArray[][] = x.map(() => []);
  const soFar = (): NdArray[] =>
    scale(sums.map((sum, i) => ({ data: Float32Array.from(sum), shape: x[i].shape })));
  for (const [k, alpha] of nodes.entries()) {
    const point = x.map((array, i) => between(baseline[i], array, alpha));
    const answer = await problem.scoreAndGradient(point);
    answer.gradients.forEach((gradient, i) => {
      const sum = sums[i] as Float64Array;
      for (let j = 0; j < sum.length; j++) sum[j] += weights[k] * gradient.data[j];
    });
    const map = soFar();
    const perExample = map.map(rowSums);
    for (let row = 0; row < examples; row++) {
      scores[row].push(answer.scores[row]);
      runningSum[row].push(perExample.reduce((total, part) => total + part[row], 0));
    }
    if (frames.includes(k)) for (const [i, array] of map.entries()) kept[i].push(array);
  }
  return {
    values: soFar(),
    path: {
      alphas: [...nodes],
      scores,
      runningSum,
      frames,
      accumulated: kept.map((list) => byExample(list, examples)),
    },
  };
}

/** At most `count` of n nodes, evenly, with the first and the last. */
function frameIndices(n: number, count: number): number[] {
  if (n <= count) return Array.from({ length: n }, (_, k) => k);
  return Array.from({ length: count }, (_, f) => Math.round((f * (n - 1)) / (count - 1)));
}

/** Frames of all examples, [examples, …] each, as one array [examples, frames, …]. */
function byExample(frames: readonly NdArray[], examples: number): NdArray {
  const shape = frames[0].shape.slice(1);
  const rows = Array.from({ length: examples }, (_, row) =>
    concatRows(frames.map((frame) => sliceRows(frame, row, row + 1))),
  );
  const data = new Float32Array(examples * frames.length * sizeOf(shape));
  rows.forEach((row, i) => {
    data.set(row.data, i * row.data.length);
  });
  return { data, shape: [examples, frames.length, ...shape] };
}
