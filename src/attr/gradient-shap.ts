/** Expected gradients: integrated gradients over random baselines of a data set, a random point of each path at a time. */
import { defineMethod, type Method } from "../attribution";
import { noiseStdevs, withNoise } from "../attribution/noise";
import type { Problem } from "../attribution/problem";
import { type SamplingOptions, sampledMeans, samplingOptions } from "../attribution/sampling";
import { random } from "../random";
import { concatRows, minus, plus, scaleRows, takeRows, times } from "../tensor";
import { optionAmount, optionTrueOrFalse } from "./option-rules";

/** Options of `gradientShap`, beside `baseline`. */
export interface GradientShapOptions extends SamplingOptions {
  /** Standard deviation of noise on the input, as a share of its range. Default 0. */
  readonly noiseLevel: number;
  /** Standard deviation in units of the input, instead. */
  readonly stdev: number | undefined;
  /** Multiply by the difference from the baseline. Default true. */
  readonly multiplyByInputs: boolean;
}

/** Rows of one question. */
const ROWS_AT_ONCE = 32;

/**
 * Expected gradients (GradientSHAP): integrated gradients, averaged over baselines that are drawn from a data set.
 *
 * φ(x) ≈ 1/m Σ_k (x + ε_k − x′_k) ⊙ ∂F(x′_k + α_k (x + ε_k − x′_k))/∂x with α_k ~ U(0, 1), x′_k ~ baselines, ε_k ~ N(0, σ²)
 *
 * Shape: that of the input or layer; unit: score. With `dataset(xs)` as baseline each sample draws one of its rows. Its sum is
 * F(x) − E[F(x′)] in the mean over all samples alone; the result carries the `standardError` of every entry.
 *
 * Erion et al.: Improving performance of deep learning models with axiomatic attribution priors and expected gradients
 * (2021), arXiv 1906.10670; Lundberg, Lee (2017), arXiv 1705.07874.
 */
export const gradientShap: Method<GradientShapOptions, "baseline"> = defineMethod<GradientShapOptions>(
  {
    name: "gradientShap",
    paper: "Erion et al. 2021, arXiv 1906.10670",
    axioms: ["missingness", "dummy", "implementation invariance", "linearity"],
    needsBaseline: true,
    drawsBaselines: true,
    multipliesByInput: true,
    quantity: ({ multiplyByInputs }) => (multiplyByInputs ? "attribution to" : "mean gradient of"),
    whenZero: "dead units, or no difference from the baselines wherever there is a gradient",
    passes: ({ samples }) => samples,
    options: {
      ...samplingOptions(50),
      noiseLevel: optionAmount("noiseLevel", 0),
      stdev: optionAmount<number | undefined>("stdev", undefined),
      multiplyByInputs: optionTrueOrFalse("multiplyByInputs", true),
    },
  },
  async (p) => {
    const { multiplyByInputs } = p.options;
    const atOnce = Math.max(1, Math.floor(ROWS_AT_ONCE / p.examples));
    const { means, standardErrors } = await sampledMeans(
      p,
      async (samples, examples) => {
        const rows = samples.flatMap(() => examples);
        const numbers = samples.flatMap((sample) => examples.map(() => sample));
        const draws = samples.map((sample) => {
          const stream = random(p.seed, sample, 1);
          return { baseline: p.baselines[stream.integer(p.baselines.length)], alpha: stream.uniform() };
        });
        const noisy = await noisyProblem(p, numbers, rows);
        const baseline = p.x.map((_, i) =>
          concatRows(draws.map((draw) => takeRows(draw.baseline[i], examples))),
        );
        const difference = minus(noisy.x, baseline);
        const alphas = draws.flatMap(({ alpha }) => examples.map(() => alpha));
        const gradients = await noisy.gradient({ points: plus(baseline, scaleRows(difference, alphas)) });
        return multiplyByInputs ? times(difference, gradients) : gradients;
      },
      atOnce,
    );
    return { values: means, ...(standardErrors ? { standardError: standardErrors } : {}) };
  },
);

/** The problem at noisy copies of examples, or at copies of them. */
async function noisyProblem(
  p: Problem<GradientShapOptions>,
  samples: readonly number[],
  rows: readonly number[],
): Promise<Pick<Problem, "x" | "gradient">> {
  const stdevs = noiseStdevs(p.noiseRanges, p.options);
  const isQuiet = stdevs.every((each) => each.every((stdev) => stdev === 0));
  if (!isQuiet) return p.perturbed(withNoise(p.noiseInputs, stdevs, { samples, rows }, p.seed), rows);
  const x = p.x.map((array) => takeRows(array, rows));
  return { x, gradient: ({ points = x } = {}) => p.gradient({ points, rows }) };
}
