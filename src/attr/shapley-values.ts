/** Exact Shapley values: each feature's mean contribution over all coalitions of the others. */
import { ALL_AXIOMS, defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import {
  checkFeatures,
  type FeatureOptions,
  featureOptions,
  featuresOf,
  onEntries,
} from "../attribution/features";
import { arrivalWeights } from "../attribution/hierarchy";
import { outOfRange } from "../check";
import { ndarray } from "../tensor";

/** Options of `shapleyValues`, beside `baseline`. */
export type ShapleyValuesOptions = FeatureOptions;

/** Features of which all coalitions can be asked for: a million. */
const MOST_FEATURES = 20;

function tooMany(n: number): RangeError {
  return outOfRange("shapleyValues", `at most ${MOST_FEATURES} features (see option groups)`, String(n));
}

/**
 * Shapley values: each feature's contribution to the score, averaged over all orders in which features can arrive.
 *
 * φ_i = Σ_{S ∌ i} |S|! (n − |S| − 1)! / n! · (F(x_{S ∪ i}) − F(x_S)), where x_S has the features of S at x, others at x′
 *
 * Shape: that of the input or layer; unit: score. Exact, by 2ⁿ scores: at most 20 features, of which `groups` may make
 * some. Complete: the map sums to F(x) − F(x′). With `dataset(xs)` as baseline, the mean over its rows.
 * @throws RangeError for more features.
 *
 * Shapley: A Value for n-Person Games (1953); Lundberg, Lee: A Unified Approach (2017), arXiv 1705.07874.
 */
export const shapleyValues: Method<ShapleyValuesOptions, "complete"> = defineMethod<ShapleyValuesOptions>(
  {
    name: "shapleyValues",
    paper: "Shapley 1953; Lundberg, Lee 2017, arXiv 1705.07874",
    axioms: ALL_AXIOMS,
    needsBaseline: true,
    gradient: false,
    whenZero: "no feature changes the score in any company",
    passes: (_, entries) => 2 ** Math.min(entries, MOST_FEATURES),
    options: featureOptions,
    checkShapes: (fn, { groups }, shapes) => checkFeatures(fn, groups, shapes, MOST_FEATURES),
  },
  async (p) => {
    const features = featuresOf(p, "shapleyValues", p.options.groups);
    const { count: n } = features;
    if (n > MOST_FEATURES) throw tooMany(n);
    const scores = await coalitionScores(p, features, 2 ** n, (S) => (feature) => (S >> feature) & 1);
    return onEntries(p, features, ndarray(shapley(scores, n, p.examples), [p.examples, n]));
  },
);

/** φ from the scores of all coalitions, by the bits of their number. */
function shapley(scores: Float64Array, n: number, examples: number): Float64Array {
  const weights = arrivalWeights(n);
  const values = new Float64Array(n * examples);
  for (let S = 0; S < 2 ** n; S++) {
    const weight = weights[sizeOfCoalition(S)];
    for (let i = 0; i < n; i++) {
      if ((S >> i) & 1) continue;
      for (let row = 0; row < examples; row++)
        values[row * n + i] +=
          weight * (scores[(S | (1 << i)) * examples + row] - scores[S * examples + row]);
    }
  }
  return values;
}

function sizeOfCoalition(S: number): number {
  let size = 0;
  for (let rest = S; rest > 0; rest &= rest - 1) size++;
  return size;
}
