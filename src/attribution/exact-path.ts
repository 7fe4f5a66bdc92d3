/** ∫₀¹ ∂F dα along the straight path of a net that is linear piece by piece: without quadrature, by its breakpoints. */
import { outOfRange } from "../check";
import { between, concatRows, type NdArray, type Parts, rowSize, sliceRows } from "../tensor";
import type { Problem } from "./problem";

/** Places on the path, away from simple fractions, where curvature is looked for. */
const PROBES: readonly number[] = [0.0713, 0.2917, 0.5231, 0.7639, 0.9381];
/** A change of gradient per unit of α below this share of the gradient is rounding. */
const FLAT = 1e-5;
/** Points that the search begins with, and points per example that it may use. */
const POINTS = { first: 32, most: 20_000 } as const;
/** Rows of one question. */
const ROWS_AT_ONCE = 256;
/** Distance from the ends, where x′ itself may lie on a kink, and to either side of a breakpoint. */
const BESIDE = 1e-6;
/** The shortest stretch that is searched: single precision tells no finer ones apart. */
const SHORTEST = 2.5 * BESIDE;
/** Differences below these shares are rounding: of entries of two gradients, and of a score from a straight line. */
const SAME = { gradient: 1e-5, score: 1e-6 } as const;

/** What is known at a point of the path. */
interface Sample {
  readonly alpha: number;
  readonly score: number;
  /** All places, one after the other. */
  readonly gradient: Float32Array;
  /** dF/dα */
  readonly slope: number;
}

/** A stretch of the path of one example, between two points that are known. */
interface Stretch {
  readonly row: number;
  readonly from: Sample;
  readonly to: Sample;
}

/**
 * The mean gradient along the path, piece by piece: between two breakpoints F is linear and its gradient constant. Where the lines
 * from two known points meet, there is the breakpoint, if the gradients right beside it are those of the two; else there are more pieces
 * between, and all three stretches are searched.
 *
 * @throws RangeError where the score is curved along the path.
 */
export async function exactPath<O>(fn: string, p: Problem<O>): Promise<NdArray[]> {
  await checkLinear(fn, p);
  const sizes = p.x.map(rowSize);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const mean = Array.from({ length: p.examples }, () => new Float64Array(total));
  const add = (row: number, { gradient }: Sample, weight: number): void => {
    const sum = mean[row];
    for (let i = 0; i < total; i++) sum[i] += weight * gradient[i];
  };
  const scale = new Float64Array(p.examples);
  const used = new Float64Array(p.examples);
  let open: Stretch[] = [];
  const starts = Array.from({ length: POINTS.first }, (_, k) =>
    k === 0 ? BESIDE : k === POINTS.first - 1 ? 1 - BESIDE : k / (POINTS.first - 1),
  );
  for (let row = 0; row < p.examples; row++) {
    const samples = await samplesAt(
      p,
      starts.map((alpha) => ({ row, alpha })),
    );
    add(row, samples[0], BESIDE);
    add(row, samples[samples.length - 1], BESIDE);
    scale[row] = Math.max(...samples.map(({ score, slope }) => Math.max(Math.abs(score), Math.abs(slope))));
    samples.slice(1).forEach((to, k) => {
      open.push({ row, from: samples[k], to });
    });
  }
  const unsettled = new Map<number, number>();
  while (open.length > 0) {
    const searched: (Stretch & { readonly alpha: number })[] = [];
    for (const stretch of open) {
      const { row, from, to } = stretch;
      const width = to.alpha - from.alpha;
      if (isOnePiece(stretch, scale[row])) add(row, from, width);
      else if (width <= SHORTEST || used[row] >= POINTS.most) {
        // No finer in single precision: half of either side.
        add(row, from, width / 2);
        add(row, to, width / 2);
        if (width > SHORTEST) unsettled.set(row, (unsettled.get(row) ?? 0) + width);
      } else {
        searched.push({ ...stretch, alpha: meeting(stretch) });
        used[row] += 2;
      }
    }
    const sides = await samplesAt(
      p,
      searched.flatMap(({ row, alpha }) => [
        { row, alpha: alpha - BESIDE },
        { row, alpha: alpha + BESIDE },
      ]),
    );
    open = searched.flatMap(({ row, from, to }, i): Stretch[] => [
      { row, from, to: sides[2 * i] },
      { row, from: sides[2 * i], to: sides[2 * i + 1] },
      { row, from: sides[2 * i + 1], to },
    ]);
  }
  p.warnOf(
    "exact path",
    unsettled,
    (which, share) =>
      `the path has more pieces than ${POINTS.most} points tell apart${which}: ${(100 * share).toPrecision(2)} % of it is read as a mean of both ends`,
  );
  return p.x.map(({ shape }, place): NdArray => {
    const from = sizes.slice(0, place).reduce((sum, size) => sum + size, 0);
    const data = new Float32Array(p.examples * sizes[place]);
    mean.forEach((sum, row) => {
      data.set(sum.subarray(from, from + sizes[place]), row * sizes[place]);
    });
    return { data, shape };
  });
}

/** Throws unless the gradient stays the same around five points of the path: ReLUs, maxima and products with weights leave it. */
async function checkLinear<O>(fn: string, p: Problem<O>): Promise<void> {
  const direction = p.x.map(
    ({ data, shape }, i): NdArray => ({ data: data.map((value, e) => value - p.baseline[i].data[e]), shape }),
  );
  for (const alpha of PROBES) {
    const points: Parts = p.x.map((x, i) => between(p.baseline[i], x, alpha));
    const [changes, gradients] = [await p.curvature(direction, { points }), await p.gradient({ points })];
    const largest = (parts: Parts): number =>
      parts.reduce((most, { data }) => data.reduce((m, value) => Math.max(m, Math.abs(value)), most), 0);
    const change = largest(changes);
    if (change > FLAT * largest(gradients))
      throw outOfRange(
        fn,
        "a net that is linear piece by piece for exact: true (ReLUs, maxima, products with weights; else give a tolerance)",
        `one whose gradient changes along the path, by ${change.toPrecision(2)} per unit at α = ${alpha}`,
      );
  }
}

/** Scores and gradients at points of paths, in their order. */
async function samplesAt<O>(
  p: Problem<O>,
  asked: readonly { readonly row: number; readonly alpha: number }[],
): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let start = 0; start < asked.length; start += ROWS_AT_ONCE) {
    const some = asked.slice(start, start + ROWS_AT_ONCE);
    const rows = some.map(({ row }) => row);
    const points = p.x.map((x, i) =>
      concatRows(
        some.map(({ row, alpha }) =>
          between(sliceRows(p.baseline[i], row, row + 1), sliceRows(x, row, row + 1), alpha),
        ),
      ),
    );
    const { scores, gradients } = await p.scoreAndGradient({ points, rows });
    some.forEach(({ row, alpha }, k) => {
      const gradient = Float32Array.from(
        gradients.flatMap((array) => Array.from(sliceRows(array, k, k + 1).data)),
      );
      let [slope, at] = [0, 0];
      p.x.forEach((x, i) => {
        const width = rowSize(x);
        for (let e = row * width; e < (row + 1) * width; e++)
          slope += gradient[at++] * (x.data[e] - p.baseline[i].data[e]);
      });
      samples.push({ alpha, score: scores[k], gradient, slope });
    });
  }
  return samples;
}

/** Whether one linear piece reaches from end to end. */
function isOnePiece({ from, to }: Stretch, scale: number): boolean {
  const rise = from.slope * (to.alpha - from.alpha);
  if (Math.abs(to.score - from.score - rise) > SAME.score * scale) return false;
  let [size, off] = [0, 0];
  for (let i = 0; i < from.gradient.length; i++) {
    size = Math.max(size, Math.abs(from.gradient[i]), Math.abs(to.gradient[i]));
    off = Math.max(off, Math.abs(from.gradient[i] - to.gradient[i]));
  }
  return off <= SAME.gradient * size;
}

/** Where the lines from both ends meet; the middle where they do not meet inside, with room on either side. */
function meeting({ from, to }: Stretch): number {
  const width = to.alpha - from.alpha;
  const gap = to.score - from.score - to.slope * width;
  const along = gap / (from.slope - to.slope);
  const isInside = along > 1.1 * BESIDE && along < width - 1.1 * BESIDE;
  return from.alpha + (isInside ? along : width / 2);
}
