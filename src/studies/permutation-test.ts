/** Permutation test of many means at once, and bootstrap intervals of their differences. */
import type { Random } from "../random";

/** Rows of two sides; row i of both is one pair where they are paired. */
export interface Groups {
  readonly a: readonly Float64Array[];
  readonly b: readonly Float64Array[];
  readonly paired: boolean;
}

/** Outcome of a test, one number per entry. */
export interface TestOutcome {
  readonly means: readonly [Float64Array, Float64Array];
  /** Mean of B less that of A. */
  readonly differences: Float64Array;
  /** Standard errors of the differences. */
  readonly errors: Float64Array;
  /** The chance of each |t| by itself. */
  readonly chances: Float64Array;
  /** Corrected for all entries, by step-down maxima (Westfall, Young 1993, algorithm 4.1). */
  readonly stepDown: Float64Array;
  /** The largest |t| of each permutation, ascending. */
  readonly largest: Float64Array;
}

/** Tests each entry's difference of means by t, under random assignments of rows to sides, or of signs to pairs. */
export function permutationTest(groups: Groups, permutations: number, draw: Random): TestOutcome {
  const { a, b, paired } = groups;
  const width = a[0].length;
  const rows = paired ? b.map((row, i) => row.map((value, entry) => value - a[i][entry])) : [...a, ...b];
  const sides = rows.map((_, i) => i < a.length);
  const observed = paired
    ? ofPairs(
        rows,
        rows.map(() => 1),
        width,
      )
    : ofSides(rows, sides, width);
  const sizes = observed.t.map(Math.abs);
  const order = Uint32Array.from(sizes, (_, i) => i).sort((i, j) => sizes[j] - sizes[i]);
  const [single, joint] = [new Float64Array(width), new Float64Array(width)];
  const largest = new Float64Array(permutations);
  for (let k = 0; k < permutations; k++) {
    const { t } = paired
      ? ofPairs(
          rows,
          rows.map(() => (draw.uniform() < 0.5 ? -1 : 1)),
          width,
        )
      : ofSides(rows, shuffled(sides, draw), width);
    let most = 0;
    // From the smallest of those observed to the largest: each is compared with all that are no larger.
    for (let rank = width - 1; rank >= 0; rank--) {
      const entry = order[rank];
      const size = Math.abs(t[entry]);
      most = Math.max(most, size);
      if (size >= sizes[entry]) single[entry]++;
      if (most >= sizes[entry]) joint[entry]++;
    }
    largest[k] = most;
  }
  const chance = (count: number): number => (count + 1) / (permutations + 1);
  const stepDown = joint.map(chance);
  for (let rank = 1; rank < width; rank++)
    stepDown[order[rank]] = Math.max(stepDown[order[rank]], stepDown[order[rank - 1]]);
  return {
    means: [meansOf(a, width), meansOf(b, width)],
    differences: observed.differences,
    errors: observed.errors,
    chances: single.map(chance),
    stepDown,
    largest: largest.sort(),
  };
}

/** The bounds between which 95 % of the differences of resampled means lie, per entry. */
export function bootstrapIntervals(
  { a, b, paired }: Groups,
  resamples: number,
  draw: Random,
): [number, number][] {
  const width = a[0].length;
  const differences = Array.from({ length: width }, () => new Float64Array(resamples));
  const meanOfDrawn = (rows: readonly Float64Array[], picks: readonly number[]): Float64Array =>
    meansOf(
      picks.map((i) => rows[i]),
      width,
    );
  const picksOf = (rows: readonly Float64Array[]): number[] => rows.map(() => draw.integer(rows.length));
  for (let k = 0; k < resamples; k++) {
    const picks = picksOf(a);
    const [first, second] = [meanOfDrawn(a, picks), meanOfDrawn(b, paired ? picks : picksOf(b))];
    for (let entry = 0; entry < width; entry++) differences[entry][k] = second[entry] - first[entry];
  }
  return differences.map((values) => {
    values.sort();
    const at = (share: number): number => values[Math.min(resamples - 1, Math.floor(share * resamples))];
    return [at(0.025), at(0.975)];
  });
}

interface Statistic {
  readonly t: Float64Array;
  readonly differences: Float64Array;
  readonly errors: Float64Array;
}

function meansOf(rows: readonly Float64Array[], width: number): Float64Array {
  const means = new Float64Array(width);
  for (const row of rows)
    for (let entry = 0; entry < width; entry++) means[entry] += row[entry] / rows.length;
  return means;
}

/** Welch's t of the rows of either side. */
function ofSides(rows: readonly Float64Array[], inA: readonly boolean[], width: number): Statistic {
  const [a, b] = [rows.filter((_, i) => inA[i]), rows.filter((_, i) => !inA[i])].map((side) => ({
    count: side.length,
    ...momentsOf(side, width),
  }));
  return statistic(
    width,
    (entry) => b.means[entry] - a.means[entry],
    (entry) => Math.sqrt(a.variances[entry] / a.count + b.variances[entry] / b.count),
  );
}

/** Student's t of signed differences. */
function ofPairs(rows: readonly Float64Array[], signs: readonly number[], width: number): Statistic {
  const { means, variances } = momentsOf(
    rows.map((row, i) => (signs[i] < 0 ? row.map((value) => -value) : row)),
    width,
  );
  return statistic(
    width,
    (entry) => means[entry],
    (entry) => Math.sqrt(variances[entry] / rows.length),
  );
}

function statistic(
  width: number,
  difference: (entry: number) => number,
  error: (entry: number) => number,
): Statistic {
  const entries = Array.from({ length: width }, (_, entry) => entry);
  const differences = Float64Array.from(entries, difference);
  const errors = Float64Array.from(entries, error);
  // Constants that differ could not be further apart; equal ones do not differ.
  const t = differences.map((value, entry) => (value === 0 ? 0 : value / errors[entry]));
  return { t, differences, errors };
}

function momentsOf(
  rows: readonly Float64Array[],
  width: number,
): { readonly means: Float64Array; readonly variances: Float64Array } {
  const means = meansOf(rows, width);
  const variances = new Float64Array(width);
  for (const row of rows)
    for (let entry = 0; entry < width; entry++)
      variances[entry] += (row[entry] - means[entry]) ** 2 / (rows.length - 1);
  return { means, variances };
}

/** The same entries in an order of chance (Fisher–Yates). */
function shuffled<T>(values: readonly T[], draw: Random): T[] {
  const order = [...values];
  for (let i = order.length - 1; i > 0; i--) {
    const j = draw.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}
