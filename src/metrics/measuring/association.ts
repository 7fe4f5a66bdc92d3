/** Association of two lists of numbers, and distances between maps. */
import { rankCorrelation } from "../../display/rank-correlation";

/** Pearson's r of two lists; undefined where one is constant. */
export function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] - meanA, b[i] - meanB];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  // Rounding makes no spread of one number that stands many times.
  const least = 1e-24 * a.length;
  if (squaresA <= least * meanA * meanA || squaresB <= least * meanB * meanB) return undefined;
  return Math.max(-1, Math.min(1, product / Math.sqrt(squaresA * squaresB)));
}

/** Spearman's ρ of two lists; undefined where one is constant. */
export function rankAssociation(a: ArrayLike<number>, b: ArrayLike<number>): number | undefined {
  const found = rankCorrelation(Array.from(a), Array.from(b));
  return Number.isNaN(found) ? undefined : Math.max(-1, Math.min(1, found));
}

/** The mean of a list. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** The mean of those that are told; undefined where none is. */
export function meanOfTold(values: readonly (number | undefined)[]): number | undefined {
  const told = values.filter((value) => value !== undefined);
  return told.length === 0 ? undefined : meanOf(told);
}

/** The Euclidean length of a list. */
export function lengthOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum);
}

/** a − b */
export function differenceOf(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return Float64Array.from(a, (value, i) => value - b[i]);
}
