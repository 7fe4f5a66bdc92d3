/**
 * Cholesky factors of symmetric positive definite matrices, on flat arrays: the fits of KernelSHAP solve a thousand
 * right-hand sides of as many unknowns, for which libraries of matrices take ten times as long.
 */

/** A = L Lᵀ; undefined where A is not positive definite to working precision. A is [n · n], only its lower half is read. */
export function cholesky(A: Float64Array, n: number): Float64Array | undefined {
  const L = new Float64Array(n * n);
  const largest = A.reduce((most, value, i) => (i % (n + 1) === 0 ? Math.max(most, value) : most), 0);
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = A[i * n + j];
      for (let k = 0; k < j; k++) rest -= L[i * n + k] * L[j * n + k];
      if (i !== j) L[i * n + j] = rest / L[j * n + j];
      else if (rest > 1e-12 * largest) L[i * n + i] = Math.sqrt(rest);
      else return undefined;
    }
  return L;
}

/** x with L Lᵀ x = b. */
export function solveCholesky(L: Float64Array, n: number, b: ArrayLike<number>): Float64Array {
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= L[i * n + k] * x[k];
    x[i] /= L[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= L[i * n + i];
    for (let k = 0; k < i; k++) x[k] -= L[i * n + k] * x[i];
  }
  return x;
}
