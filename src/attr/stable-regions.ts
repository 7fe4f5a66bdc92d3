/** Stable regions: any method's map, where its sign survives noise. */
import type { Method, MethodKind } from "../attribution";
import { noiseStdevs, withNoise } from "../attribution/noise";
import { metaOf, wrapMethod } from "../attribution/wrapper";
import { checkNumber, checkOptions, outOfRange } from "../check";
import { studentQuantile } from "../quantiles";
import { RunningMoments } from "../running";
import { mapped } from "../tensor";
import { optionAmount, optionCount } from "./option-rules";

/** Options of stable regions, beside those of the method inside. */
export interface StableRegionsOptions {
  /** Noisy copies of each example. Default 25. */
  readonly samples: number;
  /** Standard deviation as a share of the input's range: that of the facts, else the example's own. Default 0.15. */
  readonly noiseLevel: number;
  /** Standard deviation in units of the input, instead. */
  readonly stdev: number | undefined;
  /** Share of entries without a sign of their own that may be kept all the same: α of the test. Default 0.05. */
  readonly level: number;
}

/**
 * Any method's mean map over noisy copies of the input, where its sign is certain; zero elsewhere.
 *
 * m ⊙ [|m| > t · s / √n], m the mean and s the standard deviation of a(x + ε) over n copies, t Student's two-sided quantile of α
 *
 * Noise is added as by `noiseTunnel`. Each entry is tested by itself: of entries whose maps have no sign a share `level` is kept,
 * so that of a large map some are always wrong. The result carries the `standardError` of the mean.
 *
 * @param method what is averaged; its options stay available, and the defaults that `with` gave it stay its defaults.
 * @param options defaults of samples (at least 2), noiseLevel, stdev and level.
 */
export function stableRegions<Inner extends object, Kind extends MethodKind = "plain">(
  method: Method<Inner, Kind>,
  options: Partial<StableRegionsOptions> = {},
): Method<Inner & StableRegionsOptions> {
  const inner = metaOf("stableRegions", method);
  checkOptions("stableRegions", options, ["samples", "noiseLevel", "stdev", "level"]);
  const wrapped = wrapMethod<Inner, StableRegionsOptions, "plain">(
    "stableRegions",
    method,
    {
      name: `stableRegions(${inner.name})`,
      paper: inner.paper,
      of: ({ axioms, quantity }) => ({
        axioms: axioms.filter((axiom) => axiom === "dummy"),
        quantity: (own) => `stable mean ${quantity(own)}`,
        whenZero: "no entry's sign survives the noise",
      }),
      times: ({ samples }) => samples,
      options: {
        samples: optionCount("samples", 25),
        noiseLevel: optionAmount("noiseLevel", 0.15),
        stdev: optionAmount<number | undefined>("stdev", undefined),
        level: {
          default: 0.05,
          check: (fn, given) => {
            const level = checkNumber(fn, "level", given, 0, true);
            if (level >= 1) throw outOfRange(fn, "level below 1", String(level));
            return level;
          },
        },
      },
    },
    async (p, solve) => {
      const { samples, level } = p.options;
      if (samples < 2) throw outOfRange("stableRegions", "at least 2 samples", String(samples));
      const stdevs = noiseStdevs(p.noiseRanges, p.options);
      const moments = new RunningMoments(p.examples);
      let shown: object = {};
      for (const copies of p.copies(samples)) {
        const noisy = await p.perturbed(withNoise(p.noiseInputs, stdevs, copies, p.seed), copies.rows);
        const { values, path: _, standardError: __, details: ___, ...rest } = await solve(noisy);
        moments.add(values, copies.rows);
        shown = rest;
      }
      const { mean, standardError } = moments;
      const limit = studentQuantile(1 - level / 2, samples - 1);
      const values = mean.map((map, i) =>
        mapped(map, (value, k) => (Math.abs(value) > limit * standardError[i].data[k] ? value : 0)),
      );
      return { ...shown, values, standardError };
    },
  );
  return wrapped.with({ ...options } as never);
}
