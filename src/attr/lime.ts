/** LIME: a linear model of the score around an example, in which features are present or absent. */
import { defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import {
  checkFeatures,
  checkGroups,
  type Features,
  featuresOf,
  type Groups,
  onEntriesOfEach,
  type Spread,
  spreadRule,
} from "../attribution/features";
import { type LocalFit, LocalRegression } from "../attribution/local-fit";
import type { Problem } from "../attribution/problem";
import { superpixelFeatures } from "../attribution/region-features";
import { largestShare, type SamplingOptions, samplingOptions, warnOfErrors } from "../attribution/sampling";
import { random } from "../random";
import { ndarray } from "../tensor";
import { optionAmount, optionCount } from "./option-rules";

/** Options of `lime`, beside `baseline`. */
export interface LimeOptions extends SamplingOptions {
  /**
   * Features: "superpixels" (default) of each example by itself, where it has positions (an image, a series, a volume), else
   * entries; a token is always one. Or "entry", "position" and numbers, as everywhere.
   */
  readonly groups: Groups | "superpixels";
  /** Superpixels of an example, about (see `slic`). Default 50. */
  readonly segments: number;
  /** Width σ of the kernel that weighs coalitions by their cosine distance from all features. Default 0.25. */
  readonly kernelWidth: number;
  /** Penalty λ of the sum of squares of the effects, as a share of the mean squared error's. Default 0.001. */
  readonly ridge: number;
  /** On each entry of a feature: the whole of its effect ("repeat", default), or an equal part ("share"). */
  readonly spread: Spread;
}

/** Coalitions between two looks at the error. */
const SAMPLES_AT_ONCE = 100;
/** Share of the scores' variance below which the local model is said to say little. */
const POOR_FIT = 0.5;

/**
 * LIME: the effects of features in a linear model of the score, fitted around the example.
 *
 * min_{b, β} Σ_k w_k (F(x_{S_k}) − b − Σ_{i ∈ S_k} β_i)² / Σ_k w_k + λ |β|², w_k = exp(−D(S_k)² / (2 σ²)), D = 1 − √(|S_k| / n)
 *
 * x_S has the features of S at x and the others at x′; each is present by chance in half of the coalitions, and the first has
 * all. Shape: that of the input or layer; unit: score. Nothing is dropped: the penalty is relative, so that scores of any size have
 * effects (a penalty that is absolute makes zeros of those of probabilities). `details` holds `R²`, the share of the scores'
 * weighted variance that the model explains, its `intercept` b and its `local score` b + Σ β at x, beside F(x). For a table give
 * `dataset(xs)` as baseline: what is absent takes the values of a row drawn at random. Entries carry their `standardError`.
 *
 * Ribeiro, Singh, Guestrin: "Why Should I Trust You?" (2016), arXiv 1602.04938.
 */
export const lime: Method<LimeOptions, "baseline"> = defineMethod<LimeOptions>(
  {
    name: "lime",
    paper: "Ribeiro et al. 2016, arXiv 1602.04938",
    axioms: ["implementation invariance", "linearity"],
    needsBaseline: true,
    drawsBaselines: true,
    gradient: false,
    reduce: () => "sum",
    quantity: () => "local linear effect on",
    whenZero: "no feature changes the score in any company",
    passes: ({ samples }) => samples,
    options: {
      ...samplingOptions(1000),
      groups: {
        default: "superpixels",
        check: (fn, given) => (given === "superpixels" ? given : checkGroups(fn, given)),
      },
      segments: optionCount("segments", 50),
      kernelWidth: optionAmount("kernelWidth", 0.25, 0, true),
      ridge: optionAmount("ridge", 1e-3, 0, true),
      spread: spreadRule,
    },
    checkShapes: (fn, { groups }, shapes) => {
      if (groups !== "superpixels") checkFeatures(fn, groups, shapes);
    },
  },
  async (p) => {
    const { groups, segments, spread, until } = p.options;
    const all = Array.from({ length: p.examples }, (_, row) => row);
    const own = groups === "superpixels" ? superpixelFeatures(p, segments) : [];
    const same = groups === "superpixels" ? undefined : featuresOf(p, "lime", groups);
    // Examples that share their features share their coalitions, unless each stops by itself.
    const parts =
      same && !until
        ? [{ features: same, rows: all }]
        : all.map((row) => ({ features: same ?? own[row], rows: [row] }));
    const numbers = { "R²": all.map(() => 0), intercept: all.map(() => 0), "local score": all.map(() => 0) };
    const each: { features: Features; values: Float64Array; standardErrors: Float64Array }[] = [];
    for (const { features, rows } of parts) {
      const fit = await fitted(p, features, rows);
      const n = features.count;
      for (const [k, row] of rows.entries()) {
        const values = fit.values.subarray(k * n, (k + 1) * n);
        each[row] = { features, values, standardErrors: fit.standardErrors.subarray(k * n, (k + 1) * n) };
        numbers["R²"][row] = fit.r2[k];
        numbers.intercept[row] = fit.intercepts[k];
        numbers["local score"][row] = values.reduce((sum, value) => sum + value, fit.intercepts[k]);
      }
    }
    p.warnOf(
      "local fit",
      new Map(numbers["R²"].flatMap((r2, row) => (r2 < POOR_FIT ? [[row, 1 - r2] as const] : []))),
      (which, rest) =>
        `the linear model leaves ${(100 * rest).toFixed(0)} % of the scores' variance unexplained${which} (1 − R²): its effects ` +
        "say little of the net",
    );
    const errors = each.map(({ features, standardErrors }) => ({ features, values: standardErrors }));
    return {
      values: onEntriesOfEach(p, each, spread),
      standardError: onEntriesOfEach(p, errors, spread),
      details: numbers,
    };
  },
);

/** The fit of examples that share their features, by all samples or, of one example, until its errors are small. */
async function fitted(
  p: Problem<LimeOptions>,
  features: Features,
  rows: readonly number[],
): Promise<LocalFit> {
  const { samples, until, ridge, kernelWidth } = p.options;
  const n = features.count;
  const everyone = Int32Array.from({ length: n }, (_, i) => i);
  const regression = new LocalRegression(n, rows.length);
  for (let from = 0; ; from += SAMPLES_AT_ONCE) {
    const drawn = Array.from({ length: Math.min(SAMPLES_AT_ONCE, samples - from) }, (_, k) => {
      const stream = random(p.seed, from + k, 5);
      const members = everyone.filter(() => stream.uniform() < 0.5);
      return {
        members: from + k === 0 ? everyone : members,
        baseline: p.baselines[stream.integer(p.baselines.length)],
      };
    });
    const present = drawn.map(({ members }) => {
      const is = new Uint8Array(n);
      for (const i of members) is[i] = 1;
      return is;
    });
    const scores = await coalitionScores(p, features, drawn.length, (k) => (feature) => present[k][feature], {
      examples: rows,
      absent: (k) => drawn[k].baseline,
    });
    for (const [k, { members }] of drawn.entries()) {
      const distance = 1 - Math.sqrt(members.length / n);
      const weight = Math.exp(-(distance ** 2) / (2 * kernelWidth ** 2));
      regression.add(members, scores.subarray(k * rows.length, (k + 1) * rows.length), weight);
    }
    const isLast = from + SAMPLES_AT_ONCE >= samples;
    if (!until && !isLast) continue;
    const fit = regression.fit(ridge);
    if (!until) return fit;
    const [errors, values] = [fit.standardErrors, fit.values].map((data) => [ndarray(data, [1, n])]);
    const error = largestShare(errors, values, 0);
    if (error > until.standardError && !isLast) continue;
    if (error > until.standardError) warnOfErrors(p, p.options, rows, () => error);
    return fit;
  }
}
