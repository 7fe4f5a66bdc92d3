/** Sobol indices: the share of the score's variance, under random masks, that each part of the input has a hand in. */
import { defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import { onEntriesOfEach } from "../attribution/features";
import { cellFeatures } from "../attribution/region-features";
import { type SamplingOptions, sampledStatistics, samplingOptions } from "../attribution/sampling";
import { random } from "../random";
import { optionCount } from "./option-rules";

/** Options of `sobol`, beside `baseline`. */
export interface SobolOptions extends SamplingOptions {
  /** Pairs of masks; each takes a score per cell, and one more. Default 32. */
  readonly samples: number;
  /** Cells of a mask along each axis of positions. Default 8. */
  readonly cells: number;
}

/**
 * Sobol: the total index of each cell of a grid over the input, the share of the score's variance under random masks that
 * would be left if all other cells were known.
 *
 * T_i = Σ_k (F(x_{a_k}) − F(x_{a_k with b_k at i}))² / (2 N Var F(x_a)), a, b uniform on [0, 1]^n, x_m = m ⊙ x + (1 − m) ⊙ x′
 *
 * Jansen's estimator. Shape: that of the input or layer, the index of its cell at each entry; unit: share of variance. Indices of
 * cells that act together all count what they do together: they sum to more than 1. Without a sign. Features without
 * positions, and tokens, are masked one by one. Entries carry a `standardError`; where the score does not vary all are zero.
 *
 * Fel et al.: Look at the Variance! (2021), arXiv 2111.04138; Jansen: Analysis of variance designs (1999), doi
 * 10.1016/S0010-4655(98)00154-4.
 */
export const sobol: Method<SobolOptions, "baseline"> = defineMethod<SobolOptions>(
  {
    name: "sobol",
    paper: "Fel et al. 2021, arXiv 2111.04138",
    axioms: ["missingness", "dummy", "implementation invariance"],
    needsBaseline: true,
    gradient: false,
    reduce: () => "sum",
    quantity: () => "share, under random masks, of the variance of",
    whenZero: "the score is the same behind every mask",
    passes: ({ samples, cells }, entries) => samples * (Math.min(entries, cells ** 2) + 1),
    options: { ...samplingOptions(32), cells: optionCount("cells", 8) },
  },
  async (p) => {
    const features = cellFeatures(p, p.options.cells);
    const { count: n } = features;
    /** F at each mask a, and the differences that exchanging each cell makes, per example. */
    const scores = Array.from({ length: p.examples }, (): number[] => []);
    const changes = Array.from({ length: p.examples }, (): Float64Array[] => []);
    const draw = async (samples: readonly number[], examples: readonly number[]): Promise<void> => {
      const masks = samples.map((sample) => {
        const { uniform } = random(p.seed, sample, 8);
        return [0, 1].map(() => Float64Array.from({ length: n }, uniform));
      });
      const found = await coalitionScores(
        p,
        features,
        samples.length * (n + 1),
        (k) => {
          const [a, b] = masks[Math.floor(k / (n + 1))];
          return (feature) => (feature === k % (n + 1) ? b : a)[feature];
        },
        { examples },
      );
      for (const s of samples.keys())
        for (const [e, row] of examples.entries()) {
          const at = (k: number): number => found[(s * (n + 1) + k) * examples.length + e];
          // No cell has the last number: that mask is a itself.
          scores[row].push(at(n));
          changes[row].push(Float64Array.from({ length: n }, (_, i) => at(n) - at(i)));
        }
    };
    const indices = await sampledStatistics(p, draw, (row) => totalIndices(scores[row], changes[row]));
    const each = (name: "values" | "standardErrors") =>
      onEntriesOfEach(
        p,
        indices.map((own) => ({ features, values: own[name] })),
        "repeat",
      );
    return { values: each("values"), standardError: each("standardErrors") };
  },
);

/** Jansen's estimates, and their standard errors by linearisation. */
function totalIndices(scores: readonly number[], changes: readonly Float64Array[]) {
  const [N, n] = [scores.length, changes[0].length];
  const mean = scores.reduce((sum, score) => sum + score, 0) / N;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / Math.max(1, N - 1);
  const values = new Float64Array(n);
  const standardErrors = new Float64Array(n);
  if (variance === 0) return { values, standardErrors };
  for (const change of changes)
    for (const [i, d] of change.entries()) values[i] += d ** 2 / (2 * N * variance);
  for (const [k, change] of changes.entries())
    change.forEach((d, i) => {
      const moved = (d ** 2 / 2 - values[i] * (scores[k] - mean) ** 2) / variance;
      standardErrors[i] += moved ** 2;
    });
  return { values, standardErrors: standardErrors.map((sum) => Math.sqrt(sum / (N * Math.max(1, N - 1)))) };
}
