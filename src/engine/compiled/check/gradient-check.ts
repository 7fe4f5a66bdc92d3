/**
 * Checks the gradients of a large graph by the scores: the eager engine would take seconds and stop all timers.
 *
 * A score with kinks has no derivative that differences at one point could tell, but the mean of its gradient over a stretch
 * is the difference of the scores at the ends of that, whatever lies between:
 *
 * ½ ∫₋₁¹ ∂F(p + tεd) · d dt = (F(p + εd) − F(p − εd)) / 2ε
 *
 * Along the gradient this finds what is too large, too small or turned; along random directions the difference
 * between the two sides has the size of the gradient's error, whatever that is, so that a missing part is found, too.
 */
import { quadrature } from "../../../quadrature";
import { random } from "../../../random";
import { concatRows, mapped, type NdArray } from "../../../tensor";
import type { EagerCost } from "../eager-cost";
import { inTurn } from "../in-turn";

/** Arithmetic per row that takes the eager engine about a second on the cpu. */
const SLOW_OPERATIONS = 2e8;

/**
 * Calls of kernels for one gradient that take it about a tenth of a second the first time, during which nothing else has its
 * turn: some fifty steps of an LSTM.
 */
const MANY_KERNELS = 2_000;

/** True where the eager engine would take long for one gradient. */
export function isSlow({ operationsPerRow, kernels }: EagerCost): boolean {
  return operationsPerRow > SLOW_OPERATIONS || kernels > MANY_KERNELS;
}

/**
 * Largest differences as shares of the gradient. Of kinks, a quadrature of 2 nodes leaves 0.4 % along the gradient and
 * 2 % along random directions on the nets of the bench, one of more nodes less than half as much (docs/internals.md).
 */
const ALONG_GRADIENT = 0.01;
const ALONG_RANDOM = 0.03;
const RANDOM_DIRECTIONS = 3;

/** Rounding of a score, as a share of it. */
const ROUNDING = 4e-7;
/** Share of the difference that rounding may make: as short a stretch as that allows has the fewest kinks. */
const SHARE_OF_ROUNDING = 0.2;
/** Half the length of a stretch, as shares of the point's own size. */
const SHORTEST = 1e-5;
const LONGEST = 3e-2;

/**
 * Gradients along a stretch, and how many times longer it is: more, and at last several times as long, since rounding or kinks
 * may be in the way. A fault stays where it is.
 */
const ATTEMPTS = [
  { evaluations: 2, longer: 1 },
  { evaluations: 6, longer: 1 },
  { evaluations: 16, longer: 2 },
  { evaluations: 64, longer: 8 },
];

/** A weighted sum of gradients at points, which may be moved, and what F is there. */
export interface GradientSum {
  /** For each point one row per place. */
  readonly points: readonly (readonly NdArray[])[];
  readonly weights: readonly number[];
  /** Σ_k w_k ∂F(p_k + move), one array per place, one row for each row of the moves. */
  readonly gradients: (moves: readonly NdArray[]) => Promise<readonly NdArray[]>;
  /** F at points: one array per place, one row for each point. */
  readonly scores: (points: readonly NdArray[]) => Promise<ArrayLike<number>>;
  /** Rows of one request for gradients or scores, at most. */
  readonly rowsAtOnce: number;
  /** Requests for gradients that are answered at the same time. */
  readonly requestsAtOnce: number;
}

/**
 * Disagreement of the mean of g = Σ_k w_k ∂F(p_k + move) over a stretch with the derivative of Σ_k w_k F over it, in words;
 * undefined where they agree along the gradient and along random directions.
 */
export async function gradientDisagreement(sum: GradientSum): Promise<string | undefined> {
  const { points, weights } = sum;
  const places = points[0];
  const here = await sum.gradients(places.map((array) => mapped(array, () => 0)));
  const reached = await Promise.all(points.map((point) => sum.scores(point)));
  const size = reached.reduce((total, score, k) => total + Math.abs(weights[k] * score[0]), 0);

  // Each place by itself: the gradient at one may be much smaller than at another.
  for (const [place, array] of places.entries()) {
    const gradient = here[place];
    // From here on the place's own size is the unit.
    const unit = rootMeanSquare(points.map((point) => point[place]));
    const length = unit * Math.sqrt(dot(gradient, gradient));
    const along = async (
      direction: NdArray,
      expected: number,
      tolerance: number,
      firstAlone: boolean,
    ): Promise<string | undefined> => {
      const rounding = (ROUNDING * size) / (SHARE_OF_ROUNDING * tolerance * expected);
      const shortest = expected > 0 ? Math.min(LONGEST, Math.max(SHORTEST, rounding)) : LONGEST;
      const step = places.map((other, i) =>
        i === place ? mapped(direction, (value) => unit * value) : mapped(other, () => 0),
      );
      let found: string | undefined;
      for (const { evaluations, longer } of ATTEMPTS) {
        const nodes = Math.max(2, Math.ceil(evaluations / points.length));
        const mean = await meanGradient(sum, step, shortest * longer, nodes, firstAlone);
        const rise = await meanDifferenceQuotient(sum, step, shortest * longer);
        if (Math.abs(mean - rise) <= tolerance * expected) return undefined;
        found = `the difference quotient of scores: ${rise} where the gradient is ${mean}`;
      }
      return found;
    };
    const alongItself = (): Promise<string | undefined> => {
      const root = Math.sqrt(array.data.length);
      const direction = mapped(gradient, (value) => (value * unit * root) / length);
      // A row by itself here, and rows together only below: graphs answer both.
      return along(direction, length * root, ALONG_GRADIENT, true);
    };
    const alongRandom = (_: unknown, k: number): Promise<string | undefined> => {
      const { uniform } = random(place, k);
      const direction = mapped(array, () => (uniform() < 0.5 ? -1 : 1));
      // Each entry of an error counts by its square, so that the two sides differ by about the error's own length.
      return along(direction, length, ALONG_RANDOM, false);
    };
    // All at once: points are made and sums taken while others are computed.
    const all = await Promise.all([
      length === 0 ? undefined : alongItself(),
      ...Array.from({ length: RANDOM_DIRECTIONS }, alongRandom),
    ]);
    const found = all.find((difference) => difference !== undefined);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** ½ ∫₋₁¹ g(tεd) · d dt */
async function meanGradient(
  { gradients, rowsAtOnce: mostRows, requestsAtOnce }: GradientSum,
  direction: readonly NdArray[],
  half: number,
  count: number,
  firstAlone: boolean,
): Promise<number> {
  const { nodes, weights } = quadrature("gauss-legendre", count);
  const alone = firstAlone ? 1 : 0;
  // Two at least, where there may be several: graphs answer rows together as well.
  const rowsAtOnce = Math.max(
    1,
    Math.min(mostRows, Math.max(2, Math.ceil((count - alone) / requestsAtOnce))),
  );
  const starts = firstAlone ? [0] : [];
  for (let from = alone; from < count; from += rowsAtOnce) starts.push(from);
  const end = (part: number): number => starts[part + 1] ?? count;
  let mean = 0;
  await inTurn(
    starts.length,
    requestsAtOnce,
    (part) => {
      const some = nodes.slice(starts[part], end(part));
      return gradients(
        direction.map((d) =>
          concatRows(some.map((node) => mapped(d, (value) => (2 * node - 1) * half * value))),
        ),
      );
    },
    (rows, part) => {
      const from = starts[part];
      for (let row = 0; row < end(part) - from; row++)
        direction.forEach((d, place) => {
          mean += weights[from + row] * dot(d, rows[place], row);
        });
    },
  );
  return mean;
}

/** Σ_k w_k (F(p_k + εd) − F(p_k − εd)) / 2ε */
async function meanDifferenceQuotient(
  { points, weights, scores, rowsAtOnce }: GradientSum,
  direction: readonly NdArray[],
  half: number,
): Promise<number> {
  const ends = points.flatMap((point, k) => [half, -half].map((by) => ({ point, by, k })));
  let quotient = 0;
  for (let from = 0; from < ends.length; from += rowsAtOnce) {
    const some = ends.slice(from, from + rowsAtOnce);
    const reached = await scores(
      direction.map(({ data }, place) =>
        concatRows(some.map(({ point, by }) => mapped(point[place], (value, i) => value + by * data[i]))),
      ),
    );
    some.forEach(({ by, k }, i) => {
      quotient += (weights[k] * reached[i]) / (2 * by);
    });
  }
  return quotient;
}

/** The sum of the products of the entries of one row and of a row of another array. */
function dot({ data }: NdArray, other: NdArray, row = 0): number {
  const start = row * data.length;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * other.data[start + i];
  return sum;
}

/** Of all entries; 1 when all are zero. */
function rootMeanSquare(arrays: readonly NdArray[]): number {
  const entries = arrays.reduce((sum, { data }) => sum + data.length, 0);
  return Math.sqrt(arrays.reduce((sum, array) => sum + dot(array, array), 0) / entries) || 1;
}
