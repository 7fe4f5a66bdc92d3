/** Shapley interactions: what pairs of features add to the score beyond what each adds alone. */
import { coalitionScores } from "../attribution/coalitions";
import { question } from "../attribution/define-method";
import { type FeatureOptions, featuresOf, givenGroups } from "../attribution/features";
import { outOfRange } from "../check";
import { asModel, type Net } from "../engine";
import type { Input } from "../model/input";
import {
  type ComparedOptions,
  checkAsked,
  featureNames,
  ofExample,
  pairMatrix,
  strongestPairs,
} from "./pairs";
import { Study } from "./study";

/** Options of `shapleyInteractions`. */
export type ShapleyInteractionsOptions = ComparedOptions & Partial<FeatureOptions>;

/** Players of which all coalitions are asked for: 4096. */
const MOST_PLAYERS = 12;

/**
 * The Shapley interaction index of each pair of features, by the scores of all coalitions.
 *
 * I_ij = Σ_{S ∌ i, j} |S|! (n − |S| − 2)! / (n − 1)! · (F(x_{S ∪ ij}) − F(x_{S ∪ i}) − F(x_{S ∪ j}) + F(x_S)), half of it in each of the two
 * cells of a pair; a diagonal cell holds what is left of the feature's Shapley value, φ_i − ½ Σ_{j ≠ i} I_ij.
 *
 * One matrix per example, `study.matrices[example].values`, row by row; unit: score. Rows sum to Shapley values, all of it to
 * F(x) − F(x′). Exact, by 2ⁿ scores: at most 12 features, of which `groups` may make some. It asks for scores alone: black boxes are welcome.
 *
 * Grabisch, Roubens: An Axiomatic Approach to the Concept of Interaction (1999), doi 10.1007/s001820050125; Lundberg et al.: Consistent
 * Individualized Feature Attribution for Tree Ensembles (2018), arXiv 1802.03888.
 * @throws RangeError for more features.
 */
export async function shapleyInteractions(
  net: Net,
  x: Input,
  options: ShapleyInteractionsOptions = {},
): Promise<Study> {
  const fn = "shapleyInteractions";
  checkAsked(fn, options, ["groups", "baseline"]);
  const { groups: given, ...asked } = options;
  const groups = givenGroups(fn, given);
  const model = asModel(net);
  return question(fn, model, x, asked, 2 ** MOST_PLAYERS, async (p) => {
    const features = featuresOf(p, fn, groups);
    const { count: n } = features;
    if (n > MOST_PLAYERS)
      throw outOfRange(fn, `at most ${MOST_PLAYERS} features (see option groups)`, `${n}`);
    const all = new Float64Array(p.examples * n * n);
    for (const baseline of p.baselines) {
      const at = { absent: () => baseline };
      const scores = await coalitionScores(p, features, 2 ** n, (S) => (feature) => (S >> feature) & 1, at);
      for (let row = 0; row < p.examples; row++) {
        const matrix = interactions((S) => scores[S * p.examples + row], n);
        for (let i = 0; i < matrix.length; i++) all[row * n * n + i] += matrix[i] / p.baselines.length;
      }
    }
    const matrices = Array.from({ length: p.examples }, (_, row) =>
      pairMatrix(
        `${ofExample(row, p.examples)}Shapley interactions`,
        featureNames(model, p, features, row),
        all.subarray(row * n * n, (row + 1) * n * n),
        "share of F(x) − F(x′)",
      ),
    );
    return new Study({
      kind: "Shapley interactions",
      tables: [strongestPairs(matrices, "interaction")],
      findings: [],
      matrices,
    });
  });
}

/** The matrix of one example, from the score of each coalition by the bits of its number. */
function interactions(score: (S: number) => number, n: number): Float64Array {
  const matrix = new Float64Array(n * n);
  const values = new Float64Array(n);
  const own = weightsOf(n, 1);
  const pair = weightsOf(n, 2);
  for (let S = 0; S < 2 ** n; S++) {
    let size = 0;
    for (let rest = S; rest > 0; rest &= rest - 1) size++;
    const here = score(S);
    for (let i = 0; i < n; i++) {
      const I = 1 << i;
      if (S & I) continue;
      const withI = score(S | I);
      values[i] += own[size] * (withI - here);
      for (let j = 0; j < i; j++) {
        const J = 1 << j;
        if (S & J) continue;
        const both = pair[size] * (score(S | I | J) - withI - score(S | J) + here);
        matrix[i * n + j] += both / 2;
        matrix[j * n + i] += both / 2;
      }
    }
  }
  for (let i = 0; i < n; i++) {
    let others = 0;
    for (let j = 0; j < n; j++) if (j !== i) others += matrix[i * n + j];
    matrix[i * n + i] = values[i] - others;
  }
  return matrix;
}

/** |S|! (n − |S| − order)! / (n − order + 1)! by |S|. */
function weightsOf(n: number, order: number): number[] {
  const most = n - order;
  const weights = [1 / (most + 1)];
  for (let size = 1; size <= most; size++) weights.push((weights[size - 1] * size) / (most - size + 1));
  return weights;
}
