/**
 * Shapley values as a weighted least squares fit: minimise Σ_S k(S) (v(S) − v(∅) − Σ_{i∈S} φ_i)² with Σ φ_i = v(N) − v(∅) and
 * k(S) = (n − 1) / (C(n, |S|) |S| (n − |S|)).
 *
 * Lundberg, Lee: A Unified Approach to Interpreting Model Predictions (2017), arXiv 1705.07874.
 */
import type { Random } from "../random";
import { cholesky, solveCholesky } from "./cholesky";
import { NormalEquations } from "./normal-equations";

/** A coalition and its complement, which are always asked for together: odd errors of the fit cancel. */
export interface CoalitionPair {
  /** Presence of each feature in the first; the second has the others. */
  readonly members: Uint8Array;
  /** Weight of each of the two in the fit; those drawn at random share what the enumerated ones leave. */
  readonly weight: number;
  readonly drawn: boolean;
}

/** Coalitions of a fit: all of the sizes that fit into the number of samples, and random ones of the others. */
export interface CoalitionPlan {
  readonly enumerated: readonly CoalitionPair[];
  /** Pairs to draw; 0 where all coalitions are enumerated. */
  readonly draws: number;
  /** Weight of all coalitions that are drawn. */
  readonly drawnWeight: number;
  /** The kth pair, of a stream of its own. */
  readonly draw: (stream: Random) => Uint8Array;
}

/** Coalitions for `samples` scores of a game of n players: outermost sizes first, since they weigh most. */
export function planCoalitions(n: number, samples: number): CoalitionPlan {
  const sizes = Array.from({ length: Math.floor(n / 2) }, (_, i) => i + 1);
  // Of the middle size, complements are of the same size.
  const share = (size: number): number => ((2 * size === n ? 1 : 2) * (n - 1)) / (size * (n - size));
  let rest = sizes.reduce((sum, size) => sum + share(size), 0);
  const total = rest;
  let left = samples;
  const enumerated: CoalitionPair[] = [];
  let first = 0;
  for (; first < sizes.length; first++) {
    const size = sizes[first];
    const count = (2 * size === n ? 1 : 2) * binomial(n, size);
    if ((left * share(size)) / rest < count * (1 - 1e-8)) break;
    const weight = share(size) / total / count;
    for (const members of subsets(n, size)) enumerated.push({ members, weight, drawn: false });
    left -= count;
    rest -= share(size);
  }
  const remaining = sizes.slice(first);
  const shares = remaining.map(share);
  const drawnWeight = shares.reduce((sum, one) => sum + one, 0) / total;
  return {
    enumerated,
    draws: remaining.length > 0 ? Math.max(0, Math.floor(left / 2)) : 0,
    drawnWeight: remaining.length > 0 ? drawnWeight : 0,
    draw: (stream) => randomSubset(n, remaining[indexOf(shares, stream.uniform())], stream),
  };
}

/** A game's scores at the coalitions of a pair. */
export interface PairScores {
  readonly members: Float64Array;
  readonly others: Float64Array;
}

/** The fit: φ and standard errors of φ, [examples · n] each. */
export interface ShapleyFit {
  readonly values: Float64Array;
  readonly standardErrors: Float64Array;
}

/** Share of a pair's error that is seen at least, however far it draws the fit to itself. */
const LEAST_FREEDOM = 1e-3;

/** Fits the game as pairs come; scores are per example. */
export class ShapleyRegression {
  readonly #n: number;
  readonly #examples: number;
  readonly #empty: ArrayLike<number>;
  readonly #differences: Float64Array;
  readonly #drawnWeight: number;
  /** Σ w 1_T 1_Tᵀ and Σ w d 1_T of enumerated and of drawn pairs, the latter of unit weight. */
  readonly #fixed: NormalEquations;
  readonly #random: NormalEquations;
  /** T and d of each drawn pair. */
  readonly #drawn: { readonly T: Int32Array; readonly d: Float64Array }[] = [];

  /**
   * @param empty v(∅) per example.
   * @param whole v(N) per example.
   */
  constructor(n: number, empty: ArrayLike<number>, whole: ArrayLike<number>, drawnWeight: number) {
    this.#n = n;
    this.#examples = empty.length;
    this.#empty = empty;
    this.#differences = Float64Array.from(whole, (score, row) => score - empty[row]);
    this.#drawnWeight = drawnWeight;
    this.#fixed = new NormalEquations(n - 1, this.#examples);
    this.#random = new NormalEquations(n - 1, this.#examples);
  }

  /**
   * Adds a pair. The sum constraint takes the last feature out: what is left of a coalition S are the features
   * T = S, or N ∖ S where S has the last one, with the sign of that. A pair has one T, and both its equations ask for
   * Σ_T φ = d.
   */
  add({ members, weight, drawn }: CoalitionPair, scores: PairScores): void {
    const hasLast = members[this.#n - 1] === 1;
    const T = Int32Array.from(
      Array.from({ length: this.#n - 1 }, (_, i) => i).filter((i) => (members[i] === 1) !== hasLast),
    );
    const [without, with_] = hasLast ? [scores.others, scores.members] : [scores.members, scores.others];
    const d = Float64Array.from(this.#differences, (difference, row) => {
      const empty = this.#empty[row];
      return (without[row] - empty + (empty + difference - with_[row])) / 2;
    });
    if (drawn) this.#drawn.push({ T, d });
    (drawn ? this.#random : this.#fixed).add(T, d, drawn ? 1 : 2 * weight);
  }

  /** The fit so far; undefined where the coalitions do not determine it. */
  fit(): ShapleyFit | undefined {
    const [n, m, examples] = [this.#n, this.#n - 1, this.#examples];
    const values = new Float64Array(examples * n);
    const standardErrors = new Float64Array(examples * n);
    const pairs = this.#drawn.length;
    const scale = pairs > 0 ? this.#drawnWeight / pairs : 0;
    const L = cholesky(
      this.#fixed.matrix.map((fixed, i) => fixed + scale * this.#random.matrix[i]),
      m,
    );
    if (L === undefined) return undefined;
    for (let row = 0; row < examples; row++) {
      const right = this.#fixed.right[row].map((fixed, i) => fixed + scale * this.#random.right[row][i]);
      const solution = solveCholesky(L, m, right);
      values.set(solution, row * n);
      values[row * n + m] = this.#differences[row] - solution.reduce((sum, value) => sum + value, 0);
    }
    if (pairs > 1) this.#errors(L, values, standardErrors);
    return { values, standardErrors };
  }

  /**
   * √ of the variance of the mean of each pair's own contribution A⁻¹ 1_T (d − Σ_T φ) / (1 − h) to the solution. A pair draws the
   * fit to itself by its leverage h, which hides as much of its error (HC3 of MacKinnon and White 1985).
   */
  #errors(L: Float64Array, values: Float64Array, errors: Float64Array): void {
    const [n, m, examples] = [this.#n, this.#n - 1, this.#examples];
    const pairs = this.#drawn.length;
    const scale = this.#drawnWeight / pairs;
    const [sums, squares] = [new Float64Array(errors.length), new Float64Array(errors.length)];
    const indicator = new Float64Array(m);
    for (const { T, d } of this.#drawn) {
      indicator.fill(0);
      for (const i of T) indicator[i] = 1;
      const direction = solveCholesky(L, m, indicator);
      const last = -direction.reduce((sum, value) => sum + value, 0);
      const leverage = scale * T.reduce((sum, i) => sum + direction[i], 0);
      const unseen = Math.max(LEAST_FREEDOM, 1 - leverage);
      for (let row = 0; row < examples; row++) {
        let residual = d[row];
        for (const i of T) residual -= values[row * n + i];
        for (let i = 0; i < n; i++) {
          const moved = (residual / unseen) * (i < m ? direction[i] : last);
          sums[row * n + i] += moved;
          squares[row * n + i] += moved * moved;
        }
      }
    }
    for (let i = 0; i < errors.length; i++) {
      const scatter = Math.max(0, squares[i] - (sums[i] * sums[i]) / pairs);
      errors[i] = this.#drawnWeight * Math.sqrt(scatter / (pairs * (pairs - 1)));
    }
  }
}

/** C(n, k). */
function binomial(n: number, k: number): number {
  let count = 1;
  for (let i = 1; i <= k; i++) count = (count * (n - k + i)) / i;
  return Math.round(count);
}

/** All subsets of a size, one of each pair of complements where both have that size. */
function* subsets(n: number, size: number): Generator<Uint8Array> {
  const chosen = Array.from({ length: size }, (_, i) => i);
  for (;;) {
    const members = new Uint8Array(n);
    for (const i of chosen) members[i] = 1;
    if (2 * size !== n || members[n - 1] === 0) yield members;
    let at = size - 1;
    while (at >= 0 && chosen[at] === n - size + at) at--;
    if (at < 0) return;
    chosen[at]++;
    for (let i = at + 1; i < size; i++) chosen[i] = chosen[i - 1] + 1;
  }
}

function randomSubset(n: number, size: number, { integer }: Random): Uint8Array {
  const members = new Uint8Array(n);
  // Floyd's: each subset of the size is as likely.
  for (let last = n - size; last < n; last++) {
    const i = integer(last + 1);
    members[members[i] === 1 ? last : i] = 1;
  }
  return members;
}

/** The index at which the running sum of shares passes `uniform` of their sum. */
function indexOf(shares: readonly number[], uniform: number): number {
  let rest = uniform * shares.reduce((sum, share) => sum + share, 0);
  for (const [index, share] of shares.entries()) {
    rest -= share;
    if (rest < 0) return index;
  }
  return shares.length - 1;
}
