/** Lanczos: the eigenpairs of largest magnitude of a symmetric operator, which is only ever applied to vectors. */
import type { Random } from "../random";

/** An eigenvalue λ with its unit vector, and how far A v is from λ v. */
export interface Eigenpair {
  readonly value: number;
  readonly vector: Float64Array;
  readonly residual: number;
}

/** What is wanted. */
export interface LanczosRequest {
  /** Length of a vector. */
  readonly size: number;
  /** Number of pairs. */
  readonly count: number;
  /** Products with the operator, at most. */
  readonly iterations: number;
  /** A pair is found once its residual is at most this share of the largest |λ|. */
  readonly tolerance: number;
  readonly random: Random;
}

/** Iterations between looks at what was found. */
const BETWEEN_LOOKS = 5;
/** A remainder this short, as a share of what was there, is rounding: the space found so far is closed under A. */
const CLOSED = 1e-6;

/**
 * The `count` eigenpairs of largest |λ|, by descending |λ|; fewer where iterations end before.
 *
 * A is projected on span{q, A q, A² q, …}, whose basis is made orthogonal twice over in double precision. Where that space
 * closes, it goes on with a random vector beside it, so that several equal eigenvalues are found as well.
 *
 * Lanczos: An Iteration Method for the Solution of the Eigenvalue Problem (1950), doi 10.6028/jres.045.026.
 */
export async function lanczos(
  apply: (vector: Float64Array) => Promise<Float64Array>,
  { size, count, iterations, tolerance, random }: LanczosRequest,
): Promise<Eigenpair[]> {
  const basis: Float64Array[] = [];
  const images: Float64Array[] = [];
  const most = Math.min(size, Math.max(iterations, count));
  let scale = 0;
  let next = unit(Float64Array.from({ length: size }, () => random.normal()));
  while (next && basis.length < most) {
    basis.push(next);
    const image = await apply(next);
    images.push(image);
    scale = Math.max(scale, norm(image));
    const isLast = basis.length === most;
    if (isLast || (basis.length >= count && basis.length % BETWEEN_LOOKS === 0)) {
      const pairs = await ritzPairs(basis, images, count);
      const bound = tolerance * Math.abs(pairs[0].value);
      if (isLast || (pairs.length === count && pairs.every(({ residual }) => residual <= bound)))
        return pairs;
    }
    const rest = orthogonal(image, basis);
    next =
      norm(rest) > CLOSED * scale
        ? unit(rest)
        : unit(
            orthogonal(
              Float64Array.from({ length: size }, () => random.normal()),
              basis,
            ),
          );
  }
  return ritzPairs(basis, images, count);
}

/** Eigenpairs of the operator as its basis sees it: those of QᵀAQ, carried back by Q. */
async function ritzPairs(
  basis: readonly Float64Array[],
  images: readonly Float64Array[],
  count: number,
): Promise<Eigenpair[]> {
  // Loaded where it is used, so that importing gradlens stays cheap.
  const { EigenvalueDecomposition, Matrix } = await import("ml-matrix");
  const k = basis.length;
  const projected = new Matrix(k, k);
  for (let i = 0; i < k; i++)
    for (let j = 0; j <= i; j++) {
      const value = (dot(basis[i], images[j]) + dot(basis[j], images[i])) / 2;
      projected.set(i, j, value);
      projected.set(j, i, value);
    }
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(projected, {
    assumeSymmetric: true,
  });
  return realEigenvalues
    .map((value, column) => ({ value, column }))
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value))
    .slice(0, count)
    .map(({ value, column }) => {
      const weights = eigenvectorMatrix.getColumn(column);
      const [found, image] = [combined(basis, weights), combined(images, weights)];
      // Either sign is an eigenvector: the largest entry is made positive.
      const largest = found.reduce((most, entry) => (Math.abs(entry) > Math.abs(most) ? entry : most), 0);
      const vector = largest < 0 ? found.map((entry) => -entry) : found;
      return { value, vector, residual: norm(image.map((entry, i) => entry - value * found[i])) };
    });
}

function combined(vectors: readonly Float64Array[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0].length);
  vectors.forEach((vector, k) => {
    for (let i = 0; i < sum.length; i++) sum[i] += weights[k] * vector[i];
  });
  return sum;
}

/** What is left of a vector beside a basis; twice, since once leaves what rounding made of it. */
function orthogonal(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = vector.slice();
  for (let pass = 0; pass < 2; pass++)
    for (const other of basis) {
      const along = dot(rest, other);
      for (let i = 0; i < rest.length; i++) rest[i] -= along * other[i];
    }
  return rest;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function norm(vector: Float64Array): number {
  return Math.sqrt(dot(vector, vector));
}

function unit(vector: Float64Array): Float64Array | undefined {
  const length = norm(vector);
  return length > 0 ? vector.map((entry) => entry / length) : undefined;
}
