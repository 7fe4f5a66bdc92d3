/** ∫₀¹ ∂F dα along the straight path, as the options of a path method ask for it: by a rule, to a tolerance, kept. */
import { checkBoolean, checkInteger, checkName, checkNumber, outOfRange } from "../check";
import {
  MOST_STEPS,
  minimumSteps,
  type Quadrature,
  quadrature,
  RULE_NAMES,
  type RuleName,
} from "../quadrature";
import { RunningSum } from "../running";
import { type NdArray, type Parts, rowSums, takeRows } from "../tensor";
import { type AdaptiveIntegral, adaptivePath, type Jump } from "./adaptive-path";
import type { OptionRule } from "./method";
import type { Problem } from "./problem";
import type { AttributionPath } from "./record";

/** Options of a path integral. */
export interface PathOptions {
  /** Quadrature rule of the path. Default "gauss-legendre". */
  readonly rule: RuleName;
  /** Nodes on the path. Default 50. */
  readonly steps: number;
  /**
   * Refine until |Σ attribution − (F(x) − F(x′))| ≤ tolerance · |F(x) − F(x′)|, with at most 40 · steps evaluations
   * per example; a warning says when that was not enough. Single entries err more than their sum does. Not set by
   * default.
   */
  readonly tolerance: number | undefined;
  /**
   * Keep how the map accumulates along the path: true for 12 frames, or their number. Default false. Of several baselines
   * the means are kept; a warning says when there is no one path to keep.
   */
  readonly keepPath: boolean | number;
}

/** Their rules. */
export const pathOptions: { readonly [Name in keyof PathOptions]: OptionRule<PathOptions[Name]> } = {
  rule: { default: "gauss-legendre", check: (fn, given) => checkName(fn, "rule", given, RULE_NAMES) },
  steps: { default: 50, check: (fn, given) => checkInteger(fn, "steps", given, 1, MOST_STEPS) },
  tolerance: { default: undefined, check: (fn, given) => checkNumber(fn, "tolerance", given, 0, true) },
  keepPath: {
    default: false,
    check: (fn, given) =>
      typeof given === "number"
        ? checkInteger(fn, "keepPath", given, 2)
        : checkBoolean(fn, "keepPath", given),
  },
};

/** Those that are in use: a tolerance chooses its own nodes; steps are then but a limit of evaluations. */
export function pathOptionsInUse<Own extends PathOptions>(own: Own): Partial<Own> {
  const { rule: _, steps: __, ...rest } = own;
  return own.tolerance === undefined ? own : (rest as Partial<Own>);
}

/** Throws when a rule needs more steps. */
export function checkPathOptions(fn: string, { rule, steps }: Pick<PathOptions, "rule" | "steps">): void {
  if (steps < minimumSteps(rule))
    throw outOfRange(fn, `at least ${minimumSteps(rule)} steps for rule "${rule}"`, String(steps));
}

const DEFAULT_FRAMES = 12;
/** Evaluations that a tolerance may use, as a multiple of the steps. */
const MOST_EVALUATIONS = 40;

/** The mean gradient along the path, and what is kept of it. */
export interface PathIntegral {
  /** ∫₀¹ ∂F(x′ + α (x − x′)) dα */
  readonly gradients: Parts;
  readonly path?: AttributionPath;
}

/**
 * ∫₀¹ ∂F(x′ + α (x − x′)) dα by the options' rule and steps, or to their tolerance.
 * @param attribution the map that belongs to a mean gradient; what is kept of the path is kept in its units.
 */
export async function pathIntegral(
  problem: Problem<PathOptions>,
  attribution: (gradients: Parts) => Parts,
): Promise<PathIntegral> {
  const { rule, steps, tolerance } = problem.options;
  const frames = framesToKeep(problem);
  let nodes = quadrature(rule, steps);
  if (tolerance !== undefined) {
    const most = problem.isRandom ? steps : MOST_EVALUATIONS * steps;
    const adaptive = await adaptivePath(problem, tolerance, most, frames > 0);
    if (!problem.isRandom) {
      warnOfJumps(problem, adaptive.jumps);
      warnWhenMissed(problem, adaptive, tolerance);
    }
    if (frames === 0) return { gradients: adaptive.gradients };
    nodes = adaptive.quadrature ?? nodes;
  }
  return frames > 0
    ? keptIntegral(problem, nodes, frames, attribution)
    : { gradients: await problem.path(nodes) };
}

/** Number of frames of the path to keep; none where paths of other nodes or other ends are averaged. */
function framesToKeep(problem: Problem<PathOptions>): number {
  const { keepPath, tolerance } = problem.options;
  if (keepPath === false) return 0;
  if (problem.averagedOver === "perturbed points") {
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
  problem: Problem<PathOptions>,
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

/** Subject of what is found of jumps: who warns of a sum that misses looks there for the cause. */
const JUMPS = "jumps";

/** Says where the score jumps, and by how much: at the largest jump of all examples. */
function warnOfJumps<Options>(problem: Problem<Options>, jumps: AdaptiveIntegral["jumps"]): void {
  const largest = jumps.map((of) =>
    of.reduce<Jump | undefined>(
      (most, jump) => (most && Math.abs(most.height) >= Math.abs(jump.height) ? most : jump),
      undefined,
    ),
  );
  const heights = new Map(largest.flatMap((jump, row) => (jump ? [[row, Math.abs(jump.height)]] : [])));
  const masks = largest.flatMap((jump, row) =>
    jump && jump.alpha < ENDS ? [problem.maskOfBaseline(row)] : [],
  );
  const mask = masks.find((layer) => layer !== undefined);
  problem.warnOf(JUMPS, heights, (which, height) => {
    const at = largest.find((jump) => jump && Math.abs(jump.height) === height) ?? largest.find(Boolean);
    const alpha = at?.alpha ?? 0;
    const end = alpha < ENDS ? ", right behind the baseline" : alpha > 1 - ENDS ? ", right before x" : "";
    return (
      `the score jumps along the path${which}, by ${height.toPrecision(3)} at α = ${alpha.toFixed(3)}${end}: ` +
      "a jump has no gradient, so that no number of steps attributes it; " +
      (mask === undefined
        ? "another baseline may lie on its other side"
        : `layer "${mask}" masks the baseline as a whole, and a baseline of another number or of data is not masked`)
    );
  });
}

/** Distance of a jump from an end of the path that is called the end itself. */
const ENDS = 1e-4;
/** Evaluations, per example, of a look for jumps, and examples that are looked at: enough for one jump each. */
const LOOK = { evaluations: 64, examples: 2 } as const;
/** Relative error at which a look for jumps ends. */
const ROUGH = 0.02;

/**
 * Looks for jumps of the score along the path of some examples whose sums miss F(x) − F(x′): steps cannot help there. What is
 * found is said on the result.
 */
export async function lookForJumps<Own extends PathOptions>(
  problem: Problem<Own>,
  rows: readonly number[],
): Promise<void> {
  // Refinement to a tolerance has found them.
  if (problem.options.tolerance !== undefined) return;
  const some = rows.slice(0, LOOK.examples);
  const values = problem.noiseInputs.map((array) => takeRows(array, some));
  const part = await problem.perturbed(values, some);
  const { jumps } = await adaptivePath(part, ROUGH, LOOK.evaluations, false);
  warnOfJumps(part, jumps);
}

/** The same sum, node by node in ascending order, with what the accumulation picture needs. */
async function keptIntegral(
  problem: Problem<PathOptions>,
  { nodes, weights }: Quadrature,
  frameCount: number,
  attribution: (gradients: Parts) => Parts,
): Promise<PathIntegral> {
  const { examples } = problem;
  let total = 0;
  const reached = Array.from(weights, (weight) => (total += weight));
  const frames = frameIndices(reached, frameCount);
  const sum = new RunningSum(examples);
  const scores: number[][] = Array.from({ length: examples }, () => []);
  const runningSum: number[][] = Array.from({ length: examples }, () => []);
  const kept: Parts[] = [];
  for await (const step of problem.along(nodes)) {
    const map = attribution(sum.add(step.gradients, { weight: weights[step.k] }).values);
    const sums = map.map(rowSums);
    for (let row = 0; row < examples; row++) {
      scores[row].push(step.scores[row]);
      runningSum[row].push(sums.reduce((total, part) => total + part[row], 0));
    }
    if (frames.includes(step.k)) kept.push(map);
  }
  const accumulated = problem.x.map((_, part) => framesByExample(kept.map((map) => map[part])));
  return {
    gradients: sum.values,
    path: { alphas: [...nodes], reached, scores, runningSum, frames, accumulated },
  };
}

/** At most `count` nodes, those that reach nearest to even places on the path, with the first and the last. */
function frameIndices(reached: readonly number[], count: number): number[] {
  const n = reached.length;
  if (n <= count) return Array.from({ length: n }, (_, k) => k);
  const frames = [0];
  for (let f = 1; f < count; f++) {
    const off = (k: number): number => Math.abs(reached[k] - f / (count - 1));
    // Each frame has a node of its own, and leaves one to each that follows.
    const last = n - count + f;
    let k = f === count - 1 ? last : frames[f - 1] + 1;
    while (k < last && off(k + 1) <= off(k)) k++;
    frames.push(k);
  }
  return frames;
}

/** Frames of all examples, [examples, …] each, as one array [examples, frames, …]. */
function framesByExample(frames: Parts): NdArray {
  const [examples, ...shape] = frames[0].shape;
  const width = frames[0].data.length / examples;
  const data = new Float32Array(frames.length * examples * width);
  frames.forEach((frame, f) => {
    for (let row = 0; row < examples; row++)
      data.set(frame.data.subarray(row * width, (row + 1) * width), (row * frames.length + f) * width);
  });
  return { data, shape: [examples, frames.length, ...shape] };
}
