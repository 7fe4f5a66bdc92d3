/** Manipulated map: another map at the same decision, by a change of the input that the net hardly notices. */
import { question } from "../attribution/define-method";
import { likeExamples } from "../attribution/like-examples";
import type { Problem } from "../attribution/problem";
import { checkInteger, checkName, checkNumber, checkOptions } from "../check";
import type { Net } from "../engine";
import { correlation } from "../metrics/measuring/association";
import type { ArrayInput, Input } from "../model/input";
import { random } from "../random";
import type { AskedOptions } from "../studies/pairs";
import {
  concatRows,
  mapped,
  minus,
  type NdArray,
  type Parts,
  plus,
  rowDots,
  rowSize,
  scaleRows,
  times,
} from "../tensor";
import { Attack, addedMaps, answerColumns, answersAt, inputsWith, largestMoves } from "./attack";
import { checkReach, REACH_OPTIONS, type Reach, type ReachOptions, reachOf, rowsWhere } from "./reach";

/** Options of `manipulateMap`. */
export interface ManipulateMapOptions extends Omit<AskedOptions, "layer">, ReachOptions {
  /** The map that is wanted in place of the true one, in the shape of x. Its scale does not matter. */
  readonly toward: ArrayInput;
  /** The map that is manipulated: the gradient (default), or the gradient times the input. */
  readonly map?: "gradient" | "gradient times input";
  /** Default 60. */
  readonly steps?: number;
  /** How far the explained score may move, as a share of what it was. Default 0.05. */
  readonly scoreTolerance?: number;
  /**
   * Standard deviation of the noise over which the curvature is averaged, in units of the input; 0 takes the Hessian itself, which a net
   * that is linear piece by piece has none of. Default ε / 2.
   */
  readonly smoothing?: number;
  /** Draws of that noise per step. Default 8. */
  readonly samples?: number;
}

const OWN = ["toward", "map", "steps", "scoreTolerance", "smoothing", "samples", ...REACH_OPTIONS];
const ASKED = ["target", "output", "explain", "fixed", "seed", "engine", "maxBytes", "signal", "onProgress"];

/**
 * Seeks x* within ε of x at which the net decides and scores as at x, while the map h looks like another one, t:
 *
 * x_{k+1} = Π (x_k + α sign(∂ cos(h(x_k), t)/∂x − its part along ∂F/∂x))
 *
 * ∂cos/∂x is a product of the Hessian and a vector, v = (t/|t| − cos · h/|h|) / |h|. The paper puts softplus in place of rectifiers, so
 * that there is a Hessian; here it is that of F averaged over noise, (∇F(x + u + s v) − ∇F(x + u − s v)) / 2 s |v|, which is the same smoothing
 * by the paper's theorem 2 and needs no change of the net. The map that is judged is always that of the net as it is. What goes
 * along ∂F/∂x is left out of each step, which keeps the score; a point whose decision or score is not kept never counts.
 *
 * An attack succeeds where the map is more like t than like the true one (Pearson's correlation). Table "examples" holds both
 * correlations beside scores and decisions.
 *
 * Dombrowski et al.: Explanations Can Be Manipulated and Geometry Is to Blame (2019), arXiv 1906.07983.
 * @throws TypeError for token inputs; RangeError for a map in another shape.
 */
export async function manipulateMap(net: Net, x: Input, options: ManipulateMapOptions): Promise<Attack> {
  const fn = "manipulateMap";
  checkOptions(fn, options, [...OWN, ...ASKED]);
  const { toward, map = "gradient", steps = 60, scoreTolerance = 0.05, samples = 8, ...others } = options;
  const { smoothing, epsilon = 0.1, range, mask, ...asked } = others;
  checkName(fn, "map", map, ["gradient", "gradient times input"]);
  checkInteger(fn, "steps", steps, 1);
  checkInteger(fn, "samples", samples, 1);
  checkNumber(fn, "scoreTolerance", scoreTolerance, 0, true);
  if (smoothing !== undefined) checkNumber(fn, "smoothing", smoothing, 0);
  const bounds: ReachOptions = {
    epsilon,
    ...(range === undefined ? {} : { range }),
    ...(mask === undefined ? {} : { mask }),
  };
  checkReach(fn, bounds);
  const explain = asked.explain ?? "logit";
  return question(fn, net, x, { ...asked }, 2 * steps * (samples + 1), async (p) => {
    const reach = reachOf(fn, p, bounds);
    const wanted = [likeExamples(fn, p.x[0], toward, "toward")];
    const weighed = map === "gradient times input";
    const before = await answersAt(p, p.x, explain);
    const truth = mapOf(await p.gradient(), p.x, weighed);
    const kept = (scores: Float64Array, decisions: readonly (number | undefined)[]): boolean[] =>
      Array.from(
        scores,
        (score, row) =>
          decisions[row] === before.decisions[row] &&
          Math.abs(score - before.scores[row]) <= scoreTolerance * Math.abs(before.scores[row]),
      );
    let best: Parts = p.x;
    let most = cosines(truth, wanted);
    let points: Parts = p.x;
    for (let step = 0; step < steps; step++) {
      const { scores, gradients } = await p.scoreAndGradient({ points });
      const h = mapOf(gradients, points, weighed);
      const cosine = cosines(h, wanted);
      const v = direction(h, wanted, cosine);
      const bent = await productAt(p, points, weighed ? times(v, points) : v, {
        smoothing: smoothing ?? epsilon / 2,
        samples,
        step,
      });
      const uphill = weighed ? plus(bent, times(v, gradients)) : bent;
      const level = withoutPart(uphill, gradients);
      // The score is led back to where it was as far as one step goes.
      const back = scaleRows(
        gradients,
        scores.map(
          (score, row) => (before.scores[row] - score) / Math.max(1e-12, rowDots(gradients, gradients)[row]),
        ),
      );
      const size = (2 * epsilon) / Math.sqrt(steps) / Math.sqrt(1 + step / 8);
      const moves = level.map((array) => mapped(array, (slope) => size * Math.sign(slope)));
      points = reach.within(plus(points, reach.masked(plus(withoutPart(moves, gradients), back))));
      const [reached, now] = [await p.gradient({ points }), await answersAt(p, points, explain)];
      const likeness = cosines(mapOf(reached, points, weighed), wanted);
      const better = kept(now.scores, now.decisions).map((is, row) => is && likeness[row] > most[row]);
      best = rowsWhere(better, points, best);
      most = most.map((value, row) => (better[row] ? likeness[row] : value));
    }
    return judged(p, reach, { before, best, truth, wanted, weighed, explain });
  });
}

interface Reached {
  readonly before: Awaited<ReturnType<typeof answersAt>>;
  readonly best: Parts;
  readonly truth: Parts;
  readonly wanted: Parts;
  readonly weighed: boolean;
  readonly explain: Parameters<typeof answersAt>[2];
}

async function judged(
  p: Problem<object>,
  reach: Reach,
  { before, best, truth, wanted, weighed, explain }: Reached,
): Promise<Attack> {
  const after = await answersAt(p, best, explain);
  const found = mapOf(await p.gradient({ points: best }), best, weighed);
  const [was, toTruth, toWanted] = [
    likenesses(truth, wanted),
    likenesses(found, truth),
    likenesses(found, wanted),
  ];
  const succeeded = before.decisions.map(
    (decision, row) =>
      decision === after.decisions[row] &&
      (toWanted[row] ?? 0) > (toTruth[row] ?? 0) &&
      (toWanted[row] ?? 0) > (was[row] ?? 0),
  );
  const count = succeeded.filter(Boolean).length;
  const size = rowSize(truth[0]);
  const drawn = (title: string, { data, shape }: NdArray) => ({
    title,
    part: "input",
    unit: weighed ? "gradient × input of" : "gradient of",
    axes: p.axesOf(0),
    shape: shape.slice(1),
    values: Array.from(data.subarray(0, size)),
  });
  return new Attack(
    {
      kind: "manipulated map",
      tables: [
        {
          name: "examples",
          columns: [
            ...answerColumns(before, after, largestMoves(p, best)),
            { name: "map like the wanted, before", unit: "correlation", values: was },
            { name: "map like the wanted, after", unit: "correlation", values: toWanted },
            { name: "map like the true one, after", unit: "correlation", values: toTruth },
            { name: "succeeded", values: succeeded.map((is) => (is ? "yes" : "no")) },
          ],
        },
      ],
      findings: [
        `${count} of ${p.examples} maps are more like the wanted map than like the true one, at the same decision, by no more than ${reach.epsilon} in any entry.`,
      ],
      maps: [
        drawn("map of example 0, before", truth[0]),
        drawn("map of example 0, after", found[0]),
        ...addedMaps(p, best, "keeps"),
      ],
    },
    inputsWith(p, best),
    succeeded,
  );
}

function mapOf(gradients: Parts, points: Parts, weighed: boolean): NdArray[] {
  return weighed ? times(gradients, points) : [...gradients];
}

function cosines(a: Parts, b: Parts): Float64Array {
  const [products, first, second] = [rowDots(a, b), rowDots(a, a), rowDots(b, b)];
  return products.map((product, row) => product / Math.max(1e-12, Math.sqrt(first[row] * second[row])));
}

/** ∂cos(h, t)/∂h */
function direction(h: Parts, wanted: Parts, cosine: Float64Array): NdArray[] {
  const [own, other] = [rowDots(h, h), rowDots(wanted, wanted)].map((squares) =>
    squares.map((square) => Math.max(1e-12, Math.sqrt(square))),
  );
  return minus(
    scaleRows(
      wanted,
      other.map((length, row) => 1 / (length * own[row])),
    ),
    scaleRows(
      h,
      cosine.map((value, row) => value / (own[row] * own[row])),
    ),
  );
}

function withoutPart(steps: Parts, along: Parts): NdArray[] {
  const [products, squares] = [rowDots(steps, along), rowDots(along, along)];
  return minus(
    steps,
    scaleRows(
      along,
      products.map((product, row) => product / Math.max(1e-12, squares[row])),
    ),
  );
}

/** The Hessian times v at points: as it is, or averaged over noise. */
async function productAt(
  p: Problem<object>,
  points: Parts,
  v: Parts,
  {
    smoothing,
    samples,
    step,
  }: { readonly smoothing: number; readonly samples: number; readonly step: number },
): Promise<NdArray[]> {
  if (smoothing === 0) return [...(await p.curvature(v, { points }))];
  const lengths = rowDots(v, v).map((square) => Math.max(1e-12, Math.sqrt(square)));
  // A step as long as the noise is, in as many directions as there are entries.
  const reach = smoothing * Math.sqrt(points.reduce((sum, array) => sum + rowSize(array), 0));
  const ahead = scaleRows(
    v,
    lengths.map((length) => reach / length),
  );
  const copies: NdArray[][] = [];
  for (let sample = 0; sample < samples; sample++) {
    const stream = random(p.seed, 0xd0b5, step, sample);
    const noisy = points.map((array) => mapped(array, (value) => value + smoothing * stream.normal()));
    copies.push(plus(noisy, ahead), minus(noisy, ahead));
  }
  const rows = copies.flatMap(() => Array.from({ length: p.examples }, (_, row) => row));
  const gradients = await p.gradient({
    points: points.map((_, i) => concatRows(copies.map((parts) => parts[i]))),
    rows,
  });
  return gradients.map(({ data }, i) => {
    const width = points[i].data.length;
    return mapped(points[i], (_, at) => {
      const size = rowSize(points[i]);
      let sum = 0;
      for (let copy = 0; copy < copies.length; copy++)
        sum += (copy % 2 === 0 ? 1 : -1) * data[copy * width + at];
      const row = Math.floor(at / size);
      return (sum * lengths[row]) / (2 * reach * samples);
    });
  });
}

function likenesses(a: Parts, b: Parts): (number | undefined)[] {
  const size = rowSize(a[0]);
  return Array.from({ length: a[0].shape[0] }, (_, row) =>
    correlation(
      a[0].data.subarray(row * size, (row + 1) * size),
      b[0].data.subarray(row * size, (row + 1) * size),
    ),
  );
}
