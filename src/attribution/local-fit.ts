/**
 * A local linear model: weighted ridge regression of scores on which features are present.
 *
 * min Σ_k w_k (y_k − b − Σ_{i ∈ T_k} β_i)² / Σ_k w_k + λ Σ_i β_i²
 */
import { cholesky, solveCholesky } from "./cholesky";
import { NormalEquations } from "./normal-equations";

/** A fit of several examples that share their coalitions. */
export interface LocalFit {
  /** β, [examples · features]. */
  readonly values: Float64Array;
  /** Their standard errors, by linearisation: those of a fit to coalitions drawn at random (HC3 of MacKinnon and White 1985). */
  readonly standardErrors: Float64Array;
  /** b of each example. */
  readonly intercepts: Float64Array;
  /** Share of the weighted variance of the scores that the model explains. */
  readonly r2: Float64Array;
}

/** A coalition, with the score of each example. */
interface Seen {
  readonly T: Int32Array;
  readonly scores: ArrayLike<number>;
  readonly weight: number;
}

/** Share of a coalition's error that is seen at least. */
const LEAST_FREEDOM = 1e-3;

/** Fits as coalitions come. */
export class LocalRegression {
  readonly #n: number;
  readonly #examples: number;
  readonly #equations: NormalEquations;
  readonly #seen: Seen[] = [];
  /** Σ w, Σ w 1_T and Σ w y. */
  #weight = 0;
  readonly #present: Float64Array;
  readonly #scores: Float64Array;

  constructor(features: number, examples: number) {
    this.#n = features;
    this.#examples = examples;
    this.#equations = new NormalEquations(features, examples);
    this.#present = new Float64Array(features);
    this.#scores = new Float64Array(examples);
  }

  /** Adds a coalition by its members, in ascending order. */
  add(T: Int32Array, scores: ArrayLike<number>, weight: number): void {
    this.#seen.push({ T, scores, weight });
    this.#equations.add(T, scores, weight);
    this.#weight += weight;
    for (const i of T) this.#present[i] += weight;
    for (let row = 0; row < this.#examples; row++) this.#scores[row] += weight * scores[row];
  }

  /** The fit so far, with λ > 0. */
  fit(ridge: number): LocalFit {
    const [n, examples, total] = [this.#n, this.#examples, this.#weight];
    const shares = this.#present.map((sum) => sum / total);
    const means = this.#scores.map((sum) => sum / total);
    const matrix = this.#equations.matrix.map((sum, at) => {
      const [i, j] = [Math.floor(at / n), at % n];
      return sum / total - shares[i] * shares[j] + (i === j ? ridge : 0);
    });
    const L = cholesky(matrix, n);
    const values = new Float64Array(examples * n);
    const intercepts = new Float64Array(examples);
    for (let row = 0; row < examples; row++) {
      const right = this.#equations.right[row].map((sum, i) => sum / total - shares[i] * means[row]);
      // Positive definite by its ridge.
      const solution = L ? solveCholesky(L, n, right) : right.fill(0);
      values.set(solution, row * n);
      intercepts[row] = means[row] - solution.reduce((sum, value, i) => sum + value * shares[i], 0);
    }
    const standardErrors = new Float64Array(examples * n);
    const [missed, scatter] = [new Float64Array(examples), new Float64Array(examples)];
    for (const { T, scores, weight } of this.#seen) {
      const centred = shares.map((share) => -share);
      for (const i of T) centred[i] += 1;
      const direction = L ? solveCholesky(L, n, centred) : centred;
      // A coalition draws the fit to itself by its leverage, which hides as much of its error.
      const leverage = (weight / total) * (1 + centred.reduce((sum, one, i) => sum + one * direction[i], 0));
      const unseen = Math.max(LEAST_FREEDOM, 1 - leverage);
      for (let row = 0; row < examples; row++) {
        let residual = scores[row] - intercepts[row];
        for (const i of T) residual -= values[row * n + i];
        missed[row] += weight * residual ** 2;
        scatter[row] += weight * (scores[row] - means[row]) ** 2;
        const share = ((weight / total) * residual) / unseen;
        for (let i = 0; i < n; i++) standardErrors[row * n + i] += (share * direction[i]) ** 2;
      }
    }
    return {
      values,
      standardErrors: standardErrors.map(Math.sqrt),
      intercepts,
      // Scores that are all the same are explained by the intercept.
      r2: missed.map((rest, row) => (scatter[row] === 0 ? 1 : 1 - rest / scatter[row])),
    };
  }
}
