/** Checks the gradients of a large graph by the scores: the eager engine would take seconds and stop all timers. */
import { mapped, type NdArray } from "../../tensor";

/** Arithmetic per row that takes the eager engine about a second on the cpu. */
export const SLOW_OPERATIONS = 2e8;

/** Largest difference between the gradient and the slope along it, as a share: the score is curved. */
const TOLERANCE = 0.05;
/** Rounding of a score, as a share of it. */
const ROUNDING = 4e-7;
/** Steps along the gradient, as shares of the point's length. */
const STEPS = [1e-3, 1e-2, 1e-4];

/** A weighted sum of gradients at points, and what F is elsewhere. */
export interface Slope {
  /** For each point one row per place. */
  readonly points: readonly (readonly NdArray[])[];
  readonly weights: readonly number[];
  /** Σ_k w_k ∂F at point k, one row per place. */
  readonly gradients: readonly NdArray[];
  /** F at points, one row each, as one array per place. */
  readonly scores: (points: readonly (readonly NdArray[])[]) => Promise<Float64Array>;
}

/**
 * The difference between |g| and the slope of the scores along g, g = Σ_k w_k ∂F(p_k):
 *
 * Σ_k w_k (F(p_k + ε g/|g|) − F(p_k − ε g/|g|)) / 2ε
 *
 * in words; undefined when rounding and curvature explain it, or when there is no direction to look along.
 */
export async function slopeDisagreement({
  points,
  weights,
  gradients,
  scores,
}: Slope): Promise<string | undefined> {
  const norm = length(gradients);
  if (norm === 0 || !Number.isFinite(norm)) return undefined;
  const size = Math.max(1e-3, ...points.map(length));
  let slope = 0;
  for (const share of STEPS) {
    const step = share * size;
    const ends = points.flatMap((point) =>
      [step, -step].map((by) =>
        point.map((array, place) => {
          const { data } = gradients[place] as NdArray;
          return mapped(array, (value, i) => value + (by / norm) * (data[i] as number));
        }),
      ),
    );
    const reached = await scores(ends);
    const differences = weights.map(
      (w, k) => w * ((reached[2 * k] as number) - (reached[2 * k + 1] as number)),
    );
    slope = differences.reduce((a, b) => a + b, 0) / (2 * step);
    const largest = reached.reduce((most, score) => Math.max(most, Math.abs(score)), 0);
    const noise = (ROUNDING * largest * weights.reduce((sum, w) => sum + Math.abs(w), 0)) / step;
    if (Math.abs(slope - norm) <= TOLERANCE * norm + noise) return undefined;
  }
  return `the slope of scores: ${slope} where the gradient is ${norm}`;
}

function length(arrays: readonly NdArray[]): number {
  return Math.sqrt(arrays.reduce((sum, { data }) => data.reduce((s, v) => s + v * v, sum), 0));
}
