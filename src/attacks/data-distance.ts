/** Distance of an example from data: how far it lies in directions that the data hardly go. */
import { cholesky, solveCholesky } from "../attribution/cholesky";
import { failure, outOfRange } from "../check";
import { meanOf } from "../metrics/measuring/association";

/** Entries of an example for which a matrix of all pairs is still made. */
const MOST_ENTRIES = 1024;

/** The squared Mahalanobis distance from the mean of rows. */
export type DataDistance = (row: ArrayLike<number>) => number;

/**
 * d(x)² = (x − μ)ᵀ (Σ + λ I)⁻¹ (x − μ), where λ is a share of the mean variance.
 * @throws RangeError for more than 1024 entries, or fewer than two rows.
 */
export function dataDistance(
  fn: string,
  rows: readonly ArrayLike<number>[],
  shrinkage: number,
): DataDistance {
  if (rows.length < 2) throw outOfRange(fn, "at least two clean examples", String(rows.length));
  const n = rows[0].length;
  if (n > MOST_ENTRIES) throw outOfRange(fn, `examples of at most ${MOST_ENTRIES} entries`, String(n));
  const means = Float64Array.from({ length: n }, (_, i) => meanOf(rows.map((row) => row[i])));
  const matrix = new Float64Array(n * n);
  for (const row of rows)
    for (let i = 0; i < n; i++) {
      const own = (row[i] - means[i]) / rows.length;
      for (let j = 0; j <= i; j++) matrix[i * n + j] += own * (row[j] - means[j]);
    }
  const variance = meanOf(means.map((_, i) => matrix[i * n + i]));
  for (let i = 0; i < n; i++) matrix[i * n + i] += shrinkage * variance;
  const factor = cholesky(matrix, n);
  if (factor === undefined) throw failure(fn, "clean examples that differ", "examples that are all alike");
  return (row) => {
    const apart = means.map((mean, i) => row[i] - mean);
    return solveCholesky(factor, n, apart).reduce((sum, value, i) => sum + value * apart[i], 0);
  };
}
