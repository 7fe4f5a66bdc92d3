/** Compares a new graph with the eager engine, which is the truth. */
import type { NdArray } from "../../tensor";

/** Largest difference, as a share of the largest entry, that rounding explains. */
const TOLERANCE = 1e-4;
/** Below this, numbers are compared as they are: scores may cancel out to almost nothing. */
const SMALLEST_SCORE = 1;
const SMALLEST_GRADIENT = 1e-10;

/** What both engines give for the same question. */
export interface Comparable {
  readonly scores: readonly ArrayLike<number>[];
  readonly gradients: readonly NdArray[];
}

/** The largest difference beyond what rounding explains, in words; undefined when there is none. */
export function disagreement(compiled: Comparable, eager: Comparable): string | undefined {
  const compare = (what: string, a: ArrayLike<number>, b: ArrayLike<number>, smallest: number): string[] => {
    if (a.length !== b.length) return [`${what}: ${a.length} numbers instead of ${b.length}`];
    let scale = smallest;
    let largest = 0;
    for (let i = 0; i < b.length; i++) {
      const [left, right] = [a[i] as number, b[i] as number];
      if (Object.is(left, right) || left === right) {
        if (Number.isFinite(right)) scale = Math.max(scale, Math.abs(right));
        continue;
      }
      const difference = Math.abs(left - right);
      largest = Math.max(largest, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
      scale = Math.max(scale, Math.abs(right));
    }
    return largest > TOLERANCE * scale ? [`${what}: ${largest} where the largest entry is ${scale}`] : [];
  };
  const found = [
    ...eager.scores.flatMap((scores, i) =>
      compare("scores", compiled.scores[i] as ArrayLike<number>, scores, SMALLEST_SCORE),
    ),
    ...eager.gradients.flatMap((gradient, i) =>
      compare("gradients", (compiled.gradients[i] as NdArray).data, gradient.data, SMALLEST_GRADIENT),
    ),
  ];
  return found.length > 0 ? found.join("; ") : undefined;
}

/**
 * Entries moved by a ten-thousandth, up and down in turn. A difference between engines that vanishes there comes
 * from a kink, such as that of ReLU at zero, which rounding may put on either side.
 */
export function nudged(array: NdArray): NdArray {
  return {
    shape: array.shape,
    data: array.data.map((value, i) => value + (i % 2 === 0 ? 1 : -1) * 1e-4 * (1 + Math.abs(value))),
  };
}
