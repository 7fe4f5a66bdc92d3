/** HSIC: how far the score depends on whether each part of the input is seen. */
import { defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import { onEntriesOfEach } from "../attribution/features";
import { cellFeatures } from "../attribution/region-features";
import {
  type SampledStatistic,
  type SamplingOptions,
  sampledStatistics,
  samplingOptions,
} from "../attribution/sampling";
import { random } from "../random";
import { optionCount } from "./option-rules";

/** Options of `hsic`, beside `baseline`. */
export interface HsicOptions extends SamplingOptions {
  /** Masks, each open in about half of its cells. Default 500. */
  readonly samples: number;
  /** Cells of a mask along each axis of positions. Default 8. */
  readonly cells: number;
}

/**
 * HSIC: the Hilbert–Schmidt independence criterion between a cell of the input being seen and the score.
 *
 * H_i = tr(K_i H L H) / (N − 1)², K_i[k, l] = [m_ki = m_li], L[k, l] = exp(−(F_k − F_l)² / (2 σ²)), H = 1 − 1/N
 *
 * σ is the median distance of two scores, so that neither their unit nor their size matters (xplique takes the median score
 * itself, which may be zero or negative). Any dependence counts, not only a linear one; that of two cells together on neither
 * alone does not. Shape: that of the input or layer, the value of its cell at each entry; without unit and sign. Features without
 * positions, and tokens, are masked one by one. Entries carry a `standardError`, by the first term of the criterion's expansion; what
 * the score does not depend on has about 1/N of the largest.
 *
 * Novello, Fel, Vigouroux: Making Sense of Dependence (2022), arXiv 2206.06219.
 */
export const hsic: Method<HsicOptions, "baseline"> = defineMethod<HsicOptions>(
  {
    name: "hsic",
    paper: "Novello et al. 2022, arXiv 2206.06219",
    axioms: ["implementation invariance"],
    needsBaseline: true,
    gradient: false,
    reduce: () => "sum",
    quantity: () => "dependence, under random masks, of",
    whenZero: "the score is the same behind every mask",
    passes: ({ samples }) => samples,
    options: { ...samplingOptions(500), cells: optionCount("cells", 8) },
  },
  async (p) => {
    const features = cellFeatures(p, p.options.cells);
    const { count: n } = features;
    const masks: Uint8Array[] = [];
    const scores = Array.from({ length: p.examples }, (): number[] => []);
    const draw = async (samples: readonly number[], examples: readonly number[]): Promise<void> => {
      for (const sample of samples) {
        const { uniform } = random(p.seed, sample, 9);
        masks.push(Uint8Array.from({ length: n }, () => Number(uniform() < 0.5)));
      }
      const presence = (k: number) => (feature: number) => masks[samples[k]][feature];
      const found = await coalitionScores(p, features, samples.length, presence, { examples });
      for (const s of samples.keys())
        for (const [e, row] of examples.entries()) scores[row].push(found[s * examples.length + e]);
    };
    const criteria = await sampledStatistics(p, draw, (row) => independence(masks, scores[row]));
    const each = (name: keyof SampledStatistic) =>
      onEntriesOfEach(
        p,
        criteria.map((own) => ({ features, values: own[name] })),
        "repeat",
      );
    return { values: each("values"), standardError: each("standardErrors") };
  },
);

/** The criterion of each cell. Centred, the kernel of a mask is 2 m̃ m̃ᵀ: no matrix of it is needed. */
function independence(masks: readonly Uint8Array[], scores: readonly number[]): SampledStatistic {
  const [N, n] = [scores.length, masks[0].length];
  const L = centredKernel(scores);
  const values = new Float64Array(n);
  const standardErrors = new Float64Array(n);
  const scale = 1 / Math.max(1, N - 1) ** 2;
  const own = new Float64Array(N);
  for (let i = 0; i < n; i++) {
    const open = masks.reduce((sum, mask) => sum + mask[i], 0) / N;
    for (let k = 0; k < N; k++) own[k] = masks[k][i] - open;
    let [sum, squares] = [0, 0];
    for (let k = 0; k < N; k++) {
      let along = 0;
      for (let l = 0; l < N; l++) along += L[k * N + l] * own[l];
      const part = 2 * scale * own[k] * along;
      sum += part;
      squares += part * part;
    }
    values[i] = sum;
    standardErrors[i] = 2 * Math.sqrt(Math.max(0, squares - (sum * sum) / N));
  }
  return { values, standardErrors };
}

/** H L H of the scores. */
function centredKernel(scores: readonly number[]): Float64Array {
  const N = scores.length;
  const distances: number[] = [];
  for (let k = 0; k < N; k++) for (let l = 0; l < k; l++) distances.push(Math.abs(scores[k] - scores[l]));
  distances.sort((a, b) => a - b);
  // Where most scores are the same, the smallest difference that there is.
  const middle = distances[Math.floor(distances.length / 2)] || distances.find((distance) => distance > 0);
  const L = new Float64Array(N * N);
  if (!middle) return L;
  const means = new Float64Array(N);
  for (let k = 0; k < N; k++)
    for (let l = 0; l < N; l++) {
      L[k * N + l] = Math.exp(-((scores[k] - scores[l]) ** 2) / (2 * middle ** 2));
      means[k] += L[k * N + l] / N;
    }
  const mean = means.reduce((sum, one) => sum + one, 0) / N;
  return L.map((value, at) => value - means[Math.floor(at / N)] - means[at % N] + mean);
}
