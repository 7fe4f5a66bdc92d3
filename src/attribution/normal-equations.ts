/** Normal equations of a weighted least squares fit to coalitions, summed up as they come. */

/** Σ w 1_T 1_Tᵀ, lower half, and Σ w d 1_T per example, over coalitions T with a score d of each example. */
export class NormalEquations {
  readonly matrix: Float64Array;
  readonly right: readonly Float64Array[];
  readonly #m: number;

  /** @param m features of the fit. */
  constructor(m: number, examples: number) {
    this.#m = m;
    this.matrix = new Float64Array(m * m);
    this.right = Array.from({ length: examples }, () => new Float64Array(m));
  }

  /** Adds a coalition by its members, in ascending order. */
  add(T: Int32Array, d: ArrayLike<number>, weight: number): void {
    for (let a = 0; a < T.length; a++) {
      const row = T[a] * this.#m;
      for (let b = 0; b <= a; b++) this.matrix[row + T[b]] += weight;
    }
    for (const [row, right] of this.right.entries()) for (const i of T) right[i] += weight * d[row];
  }
}
