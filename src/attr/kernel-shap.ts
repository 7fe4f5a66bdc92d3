/** KernelSHAP: Shapley values as the weighted least squares fit of a linear model to the scores of coalitions. */
import { defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import {
  checkFeatures,
  type FeatureOptions,
  type Features,
  featureOptions,
  featuresOf,
  onEntries,
} from "../attribution/features";
import type { Problem } from "../attribution/problem";
import { largestShare, type SamplingOptions, samplingOptions, warnOfErrors } from "../attribution/sampling";
import {
  type CoalitionPair,
  planCoalitions,
  type ShapleyFit,
  ShapleyRegression,
} from "../attribution/shapley-kernel";
import { checkInteger, outOfRange } from "../check";
import { random } from "../random";
import { type NdArray, ndarray } from "../tensor";

/** Options of `kernelShap`, beside `baseline`. */
export interface KernelShapOptions extends FeatureOptions {
  /** Coalitions that are scored, at most. Default 2 n + 2048 for n features, as in SHAP. */
  readonly samples: number | undefined;
  /**
   * Stops earlier, example by example, once the largest standard error is at most this share of the largest |value|, such
   * as `{ standardError: 0.02 }`. Not set by default.
   */
  readonly until: SamplingOptions["until"];
}

/** Pairs of coalitions between two looks at the error. */
const PAIRS_AT_ONCE = 64;

/**
 * KernelSHAP: Shapley values, fitted to the scores of coalitions of features by weighted least squares.
 *
 * φ = argmin Σ_S k(S) (F(x_S) − F(x′) − Σ_{i∈S} φ_i)² with Σ_i φ_i = F(x) − F(x′), k(S) = (n − 1) / (C(n, |S|) |S| (n − |S|))
 *
 * Shape: that of the input or layer; unit: score. Sizes whose coalitions all fit into `samples` are enumerated, and the others
 * drawn in pairs of complements: with all coalitions these are the exact Shapley values. Complete: the map sums to
 * F(x) − F(x′); single entries have the `standardError` that the result carries, by linearisation of the fit.
 * @throws RangeError for so few samples that they do not determine the fit.
 *
 * Lundberg, Lee: A Unified Approach to Interpreting Model Predictions (2017), arXiv 1705.07874; Covert, Lee: Improving
 * KernelSHAP (2021), arXiv 2012.01536.
 */
export const kernelShap: Method<KernelShapOptions, "complete"> = defineMethod<KernelShapOptions>(
  {
    name: "kernelShap",
    paper: "Lundberg, Lee 2017, arXiv 1705.07874",
    axioms: ["completeness", "implementation invariance", "linearity"],
    needsBaseline: true,
    gradient: false,
    whenZero: "no feature changes the score in any company",
    passes: ({ samples }, entries) => Math.min(samples ?? 2 * entries + 2048, 2 ** entries) + 2,
    options: {
      ...featureOptions,
      samples: { default: undefined, check: (fn, given) => checkInteger(fn, "samples", given, 1) },
      until: samplingOptions(1).until,
    },
    checkShapes: (fn, { groups }, shapes) => checkFeatures(fn, groups, shapes),
  },
  async (p) => {
    const features = featuresOf(p, "kernelShap", p.options.groups);
    const { count: n } = features;
    const [whole, empty] = [await p.score(), await p.score({ points: p.baseline })];
    const one = ndarray(
      whole.map((score, row) => score - empty[row]),
      [p.examples, 1],
    );
    if (n === 1)
      return { values: onEntries(p, features, one), standardError: onEntries(p, features, zeros(one)) };
    const { values, standardErrors } = await fitted(p, features, empty, whole);
    const shape = [p.examples, n];
    return {
      values: onEntries(p, features, ndarray(values, shape)),
      standardError: onEntries(p, features, ndarray(standardErrors, shape)),
    };
  },
);

function zeros({ data, shape }: NdArray): NdArray {
  return ndarray(new Float32Array(data.length), shape);
}

/** The fit of each example, by all samples or until its error is small. */
async function fitted(
  p: Problem<KernelShapOptions>,
  features: Features,
  empty: Float64Array,
  whole: Float64Array,
): Promise<ShapleyFit> {
  const { count: n } = features;
  const { until, samples = 2 * n + 2048 } = p.options;
  const { enumerated, draws, drawnWeight, draw } = planCoalitions(n, samples);
  const regression = new ShapleyRegression(n, empty, whole, drawnWeight);
  const score = async (pairs: readonly CoalitionPair[]): Promise<void> => {
    const scores = await coalitionScores(
      p,
      features,
      2 * pairs.length,
      (k) => (feature) => pairs[k >> 1].members[feature] !== k % 2,
    );
    const at = (k: number): Float64Array => scores.subarray(k * p.examples, (k + 1) * p.examples);
    for (const [k, pair] of pairs.entries())
      regression.add(pair, { members: at(2 * k), others: at(2 * k + 1) });
  };
  await score(enumerated);
  const result = {
    values: new Float64Array(p.examples * n),
    standardErrors: new Float64Array(p.examples * n),
  };
  let open = Array.from({ length: p.examples }, (_, row) => row);
  let error = (_: number): number => 0;
  /** Keeps the fit of the examples that are still open, and closes those whose error is small. */
  const look = (): boolean => {
    const fit = regression.fit();
    if (fit === undefined) return false;
    for (const row of open)
      for (const name of ["values", "standardErrors"] as const)
        result[name].set(fit[name].subarray(row * n, (row + 1) * n), row * n);
    const arrays = [fit.standardErrors, fit.values].map((array) => [ndarray(array, [p.examples, n])]);
    error = (row) => largestShare(arrays[0], arrays[1], row);
    if (until) open = open.filter((row) => error(row) > until.standardError);
    return true;
  };
  for (let from = 0; from < draws && open.length > 0; from += PAIRS_AT_ONCE) {
    const count = Math.min(PAIRS_AT_ONCE, draws - from);
    await score(
      Array.from({ length: count }, (_, k) => ({
        members: draw(random(p.seed, from + k, 2)),
        weight: 0,
        drawn: true,
      })),
    );
    if (until) look();
  }
  if (!until || draws === 0) {
    if (!look())
      throw outOfRange(
        "kernelShap",
        `samples enough to fit ${n} features (at least ${2 * n})`,
        String(samples),
      );
  } else warnOfErrors(p, { samples, until }, open, error);
  return result;
}
