/** Noisy linear imputation: pixels that are removed become the mean of their neighbours. */
import type { Random } from "../../random";
import { sizeOf } from "../../tensor";

/** Weights of neighbours beside a position, and of those across its corners. */
const [BESIDE, ACROSS] = [1 / 6, 1 / 12];
/** Steps and accuracy of the conjugate gradients that solve for all pixels at once. */
const [MOST_STEPS, ACCURACY] = [200, 1e-6];

/**
 * Fills the positions of one channel that are removed: each becomes the weighted mean of its neighbours, those that are removed
 * included, and noise is added. Where nothing is left, or nothing has neighbours, the fallback stands.
 *
 * Rong et al.: A Consistent and Efficient Evaluation Strategy for Attribution Methods (2022), arXiv 2202.00449.
 */
export function imputed(
  values: Float64Array,
  removed: ArrayLike<number>,
  extents: readonly number[],
  fallback: Float64Array,
  noise: number,
  draw: Random,
): Float64Array {
  const neighbours = neighboursOf(extents);
  const unknown = Array.from(values, (_, i) => i).filter((i) => removed[i]);
  if (unknown.length === values.length || extents.length === 0)
    return values.map((value, i) => (removed[i] ? fallback[i] : value));
  // (D − W) u = W known: symmetric, positive definite where anything is known.
  const apply = (u: Float64Array): Float64Array => {
    const result = new Float64Array(values.length);
    for (const i of unknown)
      for (const { to, weight } of neighbours[i]) result[i] += weight * (u[i] - (removed[to] ? u[to] : 0));
    return result;
  };
  const right = new Float64Array(values.length);
  for (const i of unknown)
    for (const { to, weight } of neighbours[i]) if (!removed[to]) right[i] += weight * values[to];
  const solution = conjugateGradients(apply, right);
  return values.map((value, i) => (removed[i] ? solution[i] + noise * draw.normal() : value));
}

function conjugateGradients(apply: (u: Float64Array) => Float64Array, right: Float64Array): Float64Array {
  const dot = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, i) => sum + value * b[i], 0);
  const solution = new Float64Array(right.length);
  const residual = right.slice();
  let direction = right.slice();
  let squares = dot(residual, residual);
  const enough = ACCURACY ** 2 * squares;
  for (let step = 0; step < MOST_STEPS && squares > enough; step++) {
    const applied = apply(direction);
    const length = squares / dot(direction, applied);
    for (let i = 0; i < solution.length; i++) {
      solution[i] += length * direction[i];
      residual[i] -= length * applied[i];
    }
    const next = dot(residual, residual);
    direction = residual.map((value, i) => value + (next / squares) * direction[i]);
    squares = next;
  }
  return solution;
}

/** Neighbours of each position, beside it and across its corners. */
function neighboursOf(extents: readonly number[]): { readonly to: number; readonly weight: number }[][] {
  const offsets = extents.reduce<number[][]>(
    (all, _) => all.flatMap((offset) => [-1, 0, 1].map((step) => [...offset, step])),
    [[]],
  );
  return Array.from({ length: sizeOf(extents) }, (_, position) => {
    const index = extents.map(
      (extent, axis) => Math.floor(position / sizeOf(extents.slice(axis + 1))) % extent,
    );
    return offsets.flatMap((offset) => {
      const moved = index.map((at, axis) => at + offset[axis]);
      const steps = offset.filter((step) => step !== 0).length;
      const inside = moved.every((at, axis) => at >= 0 && at < extents[axis]);
      if (steps === 0 || !inside) return [];
      const to = moved.reduce((sum, at, axis) => sum * extents[axis] + at, 0);
      return [{ to, weight: steps === 1 ? BESIDE : ACROSS }];
    });
  });
}
