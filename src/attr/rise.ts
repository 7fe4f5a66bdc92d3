/** RISE: random masks, each weighed by the score of what is seen through it. */
import { defineMethod, type Method } from "../attribution";
import { perturbedScores } from "../attribution/coalitions";
import type { Problem } from "../attribution/problem";
import { type SamplingOptions, sampledMeans, samplingOptions } from "../attribution/sampling";
import { upsampled } from "../attribution/upsample";
import { checkNumber, outOfRange } from "../check";
import { type Random, random } from "../random";
import { type NdArray, ndarray, rowSize, sizeOf } from "../tensor";
import { optionCount } from "./option-rules";

/** Options of `rise`, beside `baseline`. */
export interface RiseOptions extends SamplingOptions {
  /** Cells of a mask along each axis of positions. Default 7. */
  readonly cells: number;
  /** Share of the cells that are seen, between 0 and 1. Default 0.5. */
  readonly probability: number;
}

/** Scores of one question, about. */
const SCORES_AT_ONCE = 64;

/**
 * RISE: the mean score of what is seen through random masks, counted where a mask is open.
 *
 * S_i = 1/(N p) Σ_k F(m_k ⊙ x + (1 − m_k) ⊙ x′) m_ki, each m a coarse grid of open cells (probability p), interpolated and shifted
 *
 * Shape: that of the input or layer; unit: score. It asks for scores alone. All entries have a share of the mean score: what
 * counts is how a map rises above itself, not its size. Features without positions, and tokens, are masked one by one. The
 * result carries the `standardError` of every entry.
 * @throws RangeError for a probability that is not between 0 and 1.
 *
 * Petsiuk, Das, Saenko: RISE (2018), arXiv 1806.07421.
 */
export const rise: Method<RiseOptions, "baseline"> = defineMethod<RiseOptions>(
  {
    name: "rise",
    paper: "Petsiuk et al. 2018, arXiv 1806.07421",
    axioms: ["implementation invariance", "linearity"],
    needsBaseline: true,
    gradient: false,
    reduce: () => "sum",
    quantity: () => "mean score where masks are open, of",
    whenZero: "the score is zero behind every mask",
    passes: ({ samples }) => samples,
    options: {
      ...samplingOptions(1000),
      cells: optionCount("cells", 7),
      probability: {
        default: 0.5,
        check: (fn, given) => {
          const probability = checkNumber(fn, "probability", given, 0, true);
          if (probability >= 1) throw outOfRange(fn, "probability below 1", String(probability));
          return probability;
        },
      },
    },
  },
  async (p) => {
    const { probability } = p.options;
    const draw = async (samples: readonly number[], examples: readonly number[]): Promise<NdArray[]> => {
      const masks = samples.map((sample) => {
        const stream = random(p.seed, sample, 3);
        return p.x.map((_, place) => maskOf(p, place, stream));
      });
      const scores = await perturbedScores(p, samples.length, (k) => masks[k], { examples });
      return p.x.map((x, place) => {
        const width = rowSize(x);
        const tokens = p.isLookUp(p.places[place]) ? x.shape[x.shape.length - 1] : 1;
        const data = new Float32Array(scores.length * width);
        for (let row = 0; row < scores.length; row++) {
          const mask = masks[Math.floor(row / examples.length)][place];
          for (let i = 0; i < width; i++)
            data[row * width + i] = (scores[row] * mask[i]) / probability / tokens;
        }
        return { data, shape: [scores.length, ...x.shape.slice(1)] };
      });
    };
    const atOnce = Math.max(1, Math.floor(SCORES_AT_ONCE / p.examples));
    const { means, standardErrors } = await sampledMeans(p, draw, atOnce);
    return { values: means, ...(standardErrors ? { standardError: standardErrors } : {}) };
  },
);

/** How much of each entry of an example is seen at a place. */
function maskOf(p: Problem<RiseOptions>, place: number, stream: Random): Float32Array {
  const { cells, probability } = p.options;
  const shape = p.x[place].shape.slice(1);
  const open = (): number => Number(stream.uniform() < probability);
  const isToken = p.isLookUp(p.places[place]);
  const axis = (p.channelAxis(p.places[place]) ?? shape.length) - 1;
  const inner = sizeOf(shape.slice(axis + 1));
  const isFlat = isToken || shape.length === 1;
  const positions = shape.length === 1 ? shape : shape.filter((_, k) => k !== axis);
  const seen = isFlat
    ? Float32Array.from({ length: sizeOf(positions) }, open)
    : shiftedGrid(positions, cells, open, stream);
  if (shape.length === 1) return seen;
  const channels = shape[axis];
  return Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => seen[Math.floor(i / (channels * inner)) * inner + (i % inner)],
  );
}

/** A coarse grid of open cells, interpolated to more than the positions there are, and cut out at a random place. */
function shiftedGrid(
  positions: readonly number[],
  cells: number,
  open: () => number,
  stream: Random,
): Float32Array {
  const counts = positions.map((extent) => Math.min(cells, extent));
  const widths = positions.map((extent, k) => Math.ceil(extent / counts[k]));
  const coarse = counts.map((count) => count + 1);
  const grid = ndarray(Float32Array.from({ length: sizeOf(coarse) }, open), [1, ...coarse, 1]);
  const { data, shape } = upsampled(
    grid,
    coarse.map((count, k) => count * widths[k]),
  );
  const offsets = widths.map((width) => stream.integer(width));
  return Float32Array.from({ length: sizeOf(positions) }, (_, i) => {
    let [at, rest, stride] = [0, i, 1];
    for (let k = positions.length - 1; k >= 0; k--) {
      at += ((rest % positions[k]) + offsets[k]) * stride;
      rest = Math.floor(rest / positions[k]);
      stride *= shape[k + 1];
    }
    return data[at];
  });
}
