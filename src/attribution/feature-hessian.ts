/** Second derivatives between features: what methods of pairs are made of. */
import { type NdArray, ndarray, type Parts, rowSize, takeRows } from "../tensor";
import type { Features } from "./features";
import type { Problem } from "./problem";

/** Rows of one question: each costs about three passes. */
const ROWS_AT_ONCE = 64;

/**
 * Σ_{i ∈ g, j ∈ h} w_i ∂²F/∂x_i∂x_j w_j for all features g, h at each point: [point · features² + g · features + h], symmetric. One
 * product of Hessian and vector per point and feature.
 * @param weights w, in the shape of the points.
 */
export async function featureHessian<O>(
  p: Problem<O>,
  { count, of }: Features,
  {
    points,
    rows,
    weights,
  }: { readonly points: Parts; readonly rows: readonly number[]; readonly weights: Parts },
): Promise<Float64Array> {
  const total = rows.length * count;
  const pairs = new Float64Array(total * count);
  for (let start = 0; start < total; start += ROWS_AT_ONCE) {
    const jobs = Array.from({ length: Math.min(ROWS_AT_ONCE, total - start) }, (_, i) => start + i);
    const copies = jobs.map((job) => Math.floor(job / count));
    const taken = (parts: Parts): NdArray[] => parts.map((array) => takeRows(array, copies));
    const weighed = taken(weights);
    const direction = weighed.map((array, place): NdArray => {
      const width = rowSize(array);
      const data = array.data.map((weight, i) =>
        of[place][i % width] === jobs[Math.floor(i / width)] % count ? weight : 0,
      );
      return ndarray(data, array.shape);
    });
    const products = await p.curvature(direction, {
      points: taken(points),
      rows: copies.map((point) => rows[point]),
    });
    products.forEach(({ data }, place) => {
      const width = rowSize(weighed[place]);
      for (let i = 0; i < data.length; i++) {
        const job = jobs[Math.floor(i / width)];
        pairs[job * count + of[place][i % width]] += data[i] * weighed[place].data[i];
      }
    });
  }
  return symmetric(pairs, count);
}

/** The mean of each matrix and its transpose, which single precision leaves a little apart. */
function symmetric(pairs: Float64Array, n: number): Float64Array {
  return pairs.map((value, at) => {
    const [matrix, i, j] = [Math.floor(at / (n * n)), Math.floor(at / n) % n, at % n];
    return (value + pairs[matrix * n * n + j * n + i]) / 2;
  });
}
