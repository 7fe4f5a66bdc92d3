/** Integrated Hessians: how pairs of features act together on the way from the baseline. */
import { question } from "../attribution/define-method";
import { featureHessian } from "../attribution/feature-hessian";
import { type FeatureOptions, featuresOf, givenGroups } from "../attribution/features";
import { checkInteger, outOfRange } from "../check";
import { asModel, type Net } from "../engine";
import type { Input } from "../model/input";
import { quadrature } from "../quadrature";
import { between, minus, type Parts, times } from "../tensor";
import {
  type ComparedOptions,
  checkAsked,
  featureNames,
  ofExample,
  pairMatrix,
  strongestPairs,
} from "./pairs";
import { Study } from "./study";

/** Options of `integratedHessians`. */
export interface IntegratedHessiansOptions extends ComparedOptions, Partial<FeatureOptions> {
  /** Nodes on the path. Default 32. */
  readonly steps?: number;
}

/** Features of which all pairs are integrated. */
const MOST_FEATURES = 128;
/** Share of |F(x) − F(x′)| that the sum may miss before it is said. */
const MISSED = 0.05;
/** Share of the entries' magnitude that float32 may miss where they cancel, so that F(x) − F(x′) is nothing to compare with. */
const ROUNDING = 1e-5;

/**
 * Integrated Hessians: the attribution of integrated gradients, explained once more by integrated gradients, which shares it among the
 * features that each acts with.
 *
 * Γ_ij = Δ_i Δ_j ∫₀¹ t w(t) ∂²F/∂x_i∂x_j(x′ + t Δ) dt, and Γ_ii = the same + Δ_i ∫₀¹ w(t) ∂F/∂x_i(x′ + t Δ) dt, with Δ = x − x′ and
 * w(t) = −ln t, which is what the paper's two integrals over α β = t come to.
 *
 * One matrix per example, `study.matrices[example].values`, row by row; unit: score. Rows sum to integrated gradients, all of it to
 * F(x) − F(x′): table "completeness". `groups` makes features, at most 128; a token is one. A data set as baseline is averaged over. In a
 * net of ReLUs all second derivatives lie in kinks, which no quadrature meets: what is missing is said; a smooth activation, as softplus,
 * has them.
 *
 * Janizek, Sturmfels, Lee: Explaining Explanations: Axiomatic Feature Interactions for Deep Networks (2021), arXiv 2002.04138.
 * @throws RangeError for more features; UnsupportedOperationError naming an operation without a second derivative.
 */
export async function integratedHessians(
  net: Net,
  x: Input,
  options: IntegratedHessiansOptions = {},
): Promise<Study> {
  const fn = "integratedHessians";
  checkAsked(fn, options, ["groups", "steps", "baseline"]);
  const { groups: given, steps = 32, ...asked } = options;
  checkInteger(fn, "steps", steps, 1, 4096);
  const groups = givenGroups(fn, given);
  const model = asModel(net);
  return question(fn, model, x, asked, 3 * steps, async (p) => {
    const features = featuresOf(p, fn, groups);
    const { count, of } = features;
    if (count > MOST_FEATURES)
      throw outOfRange(fn, `at most ${MOST_FEATURES} features (see option groups)`, `${count}`);
    const { nodes, weights } = logarithmicRule(steps);
    const examples = Array.from({ length: p.examples }, (_, row) => row);
    const all = new Float64Array(p.examples * count * count);
    const baselineScores = new Float64Array(p.examples);
    const { baselines } = p;
    for (const baseline of baselines) {
      const share = 1 / baselines.length;
      (await p.score({ points: baseline })).forEach((score, row) => {
        baselineScores[row] += share * score;
      });
      const difference = minus(p.x, baseline);
      for (const [k, t] of nodes.entries()) {
        const points: Parts = p.x.map((array, i) => between(baseline[i], array, t));
        const second = await featureHessian(p, features, { points, rows: examples, weights: difference });
        for (let i = 0; i < all.length; i++) all[i] += share * weights[k] * t * second[i];
        const first = times(difference, await p.gradient({ points }));
        first.forEach(({ data }, place) => {
          const width = of[place].length;
          for (let i = 0; i < data.length; i++) {
            const feature = of[place][i % width];
            const row = Math.floor(i / width);
            all[(row * count + feature) * count + feature] += share * weights[k] * data[i];
          }
        });
      }
    }
    const scores = await p.score();
    const matrices = examples.map((row) =>
      pairMatrix(
        `${ofExample(row, p.examples)}integrated Hessians`,
        featureNames(model, p, features, row),
        all.subarray(row * count * count, (row + 1) * count * count),
        "share of F(x) − F(x′)",
      ),
    );
    const sums = matrices.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
    const magnitudes = matrices.map(({ values }) => values.reduce((sum, value) => sum + Math.abs(value), 0));
    const changes = examples.map((row) => scores[row] - baselineScores[row]);
    const deltas = sums.map((sum, row) => sum - changes[row]);
    return new Study({
      kind: "integrated Hessians",
      tables: [
        {
          name: "completeness",
          columns: [
            { name: "example", values: examples },
            { name: "sum", unit: "score", values: sums },
            { name: "F(x) − F(x′)", unit: "score", values: changes },
            { name: "delta", unit: "score", values: deltas },
          ],
        },
        strongestPairs(matrices, "interaction"),
      ],
      findings: deltas.flatMap((delta, row) =>
        Math.abs(delta) > Math.max(MISSED * Math.abs(changes[row]), ROUNDING * magnitudes[row])
          ? [
              `${ofExample(row, p.examples)}the sum misses F(x) − F(x′) by ${delta.toPrecision(2)}: take more steps; a net of ReLUs has its interactions in kinks, where nothing is integrated.`,
            ]
          : [],
      ),
      matrices,
    });
  });
}

/**
 * ∫₀¹ f(t) (−ln t) dt ≈ Σ_k w_k f(t_k): Gauss–Legendre in u, t = u⁴, where −ln t dt = −16 u³ ln u du has no singularity to speak of.
 */
function logarithmicRule(steps: number): { readonly nodes: number[]; readonly weights: number[] } {
  const { nodes, weights } = quadrature("gauss-legendre", steps);
  return {
    nodes: nodes.map((u) => u ** 4),
    weights: nodes.map((u, k) => -16 * u ** 3 * Math.log(u) * weights[k]),
  };
}
