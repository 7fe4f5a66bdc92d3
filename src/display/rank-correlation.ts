/** Rank correlation: whether two maps put the same entries first, whatever their units. */

/**
 * Spearman's ρ of two lists of one length: the correlation of their ranks, ties at their mean rank. In [−1, 1]; not a
 * number where a list is constant or a value is not finite.
 *
 * Spearman: The proof and measurement of association between two things (1904).
 */
export function rankCorrelation(a: readonly number[], b: readonly number[]): number {
  if (!a.every(Number.isFinite) || !b.every(Number.isFinite)) return Number.NaN;
  const [first, second] = [ranks(a), ranks(b)];
  // The mean of all ranks, whatever the ties.
  const mean = (a.length - 1) / 2;
  let [product, squaresOfFirst, squaresOfSecond] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [first[i] - mean, second[i] - mean];
    product += x * y;
    squaresOfFirst += x * x;
    squaresOfSecond += y * y;
  }
  return product / Math.sqrt(squaresOfFirst * squaresOfSecond);
}

/** The rank of each value, from 0; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): Float64Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i] - values[j]);
  const found = new Float64Array(values.length);
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && values[order[to]] === values[order[from]]) to++;
    for (let at = from; at < to; at++) found[order[at]] = (from + to - 1) / 2;
  }
  return found;
}
