/** The noise tunnel: any method, averaged over noisy copies of the input. */
import type { Axiom, Method, MethodKind, Solution } from "../attribution";
import { noiseStdevs, withNoise } from "../attribution/noise";
import { type SamplingOptions, sampledMeans, samplingOptions } from "../attribution/sampling";
import { metaOf, wrapMethod } from "../attribution/wrapper";
import { checkName, checkOptions } from "../check";
import type { RunningMoments } from "../running";
import { optionAmount } from "./option-rules";

/** Options of a noise tunnel, beside those of the method inside. */
export interface NoiseTunnelOptions extends SamplingOptions {
  /** Noisy copies of each example. Default 25. */
  readonly samples: number;
  /**
   * Stops earlier, example by example, once the largest standard error of the mean is at most this share of the largest
   * |value|, such as `{ standardError: 0.05 }`. Not set by default.
   */
  readonly until: SamplingOptions["until"];
  /** Standard deviation as a share of the input's range: that of the facts, else the example's own. Default 0.15. */
  readonly noiseLevel: number;
  /** Standard deviation in units of the input, instead. */
  readonly stdev: number | undefined;
}

/** Statistic of the maps a(x + ε): their mean, the mean of their squares, or their variance. */
export type NoiseTunnelKind = "mean" | "square" | "variance";

/** Statistic, name and paper of a tunnel. */
export interface NoiseTunnelForm {
  /** Statistic of the maps of noisy copies. Default "mean". */
  readonly kind?: NoiseTunnelKind;
  /** The name of the new method. Default `noiseTunnel(…)`. */
  readonly name?: string;
  /** The paper that it comes from. Default Smilkov et al. 2017. */
  readonly paper?: string;
}

const SMILKOV = "Smilkov et al. 2017, arXiv 1706.03825";

/** Copies of one question, about. */
const COPIES_AT_ONCE = 32;

/** The statistic of each kind, and how it is called. */
const STATISTIC = {
  mean: { words: "mean", of: (maps: RunningMoments) => maps.mean },
  square: { words: "mean squared", of: (maps: RunningMoments) => maps.meanSquare },
  variance: { words: "variance of the", of: (maps: RunningMoments) => maps.variance },
} as const;

/** Kind of a method's tunnel: a mean of complete maps is complete for the mean difference alone. */
type Tunnelled<Kind extends MethodKind> = Kind extends "complete" ? "baseline" : Kind;

/**
 * Any method, averaged over noisy copies of the input.
 *
 * mean: E[a(x + ε)]; square: E[a(x + ε)²]; variance: E[a²] − E[a]²; ε ~ N(0, σ²), σ = noiseLevel · range or stdev.
 * Noise is added to the float inputs (to the looked-up vectors of integer inputs), also when a layer is explained.
 * It depends on the seed and the sample alone: neither batch nor order changes it. A mean carries the `standardError` of
 * each entry; its square times the number of samples is the variance of the maps before averaging.
 *
 * @param method what is averaged; its options stay available, and the defaults that `with` gave it stay its defaults.
 * @param options `kind` (default "mean"), `name` and `paper` of the new method, and defaults of samples, noiseLevel, stdev.
 *
 * Smilkov et al.: SmoothGrad (2017), arXiv 1706.03825; Adebayo et al.: Local Explanation Methods (2018), arXiv 1810.03307.
 */
export function noiseTunnel<Inner extends object, Kind extends MethodKind = "plain">(
  method: Method<Inner, Kind>,
  options: Partial<NoiseTunnelOptions> & NoiseTunnelForm = {},
): Method<Inner & NoiseTunnelOptions, Tunnelled<Kind>> {
  const inner = metaOf("noiseTunnel", method);
  checkOptions("noiseTunnel", options, ["samples", "until", "noiseLevel", "stdev", "kind", "name", "paper"]);
  const { kind = "mean", name = `noiseTunnel(${inner.name})`, paper = SMILKOV, ...defaults } = options;
  checkName("noiseTunnel", "kind", kind, Object.keys(STATISTIC) as NoiseTunnelKind[]);
  const keeps = (axiom: Axiom): boolean => axiom === "dummy" || (kind === "mean" && axiom === "linearity");
  const tunnel = wrapMethod<Inner, NoiseTunnelOptions, Tunnelled<Kind>>(
    "noiseTunnel",
    method,
    {
      name,
      paper,
      of: ({ axioms, quantity, whenZero, reduce }) => ({
        axioms: axioms.filter(keeps),
        quantity: (own) => `${STATISTIC[kind].words} ${quantity(own)}`,
        whenZero: kind === "variance" ? "all noisy copies have the same map" : whenZero,
        // Of squares and variances the sum is that of the length: it has no sign, and no rotation changes it.
        reduce: kind === "mean" ? reduce : () => "sum" as const,
      }),
      times: ({ samples }) => samples,
      options: {
        ...samplingOptions(25),
        noiseLevel: optionAmount("noiseLevel", 0.15),
        stdev: optionAmount<number | undefined>("stdev", undefined),
      },
    },
    async (p, solve) => {
      const stdevs = noiseStdevs(p.noiseRanges, p.options);
      let shown: Pick<Solution, "axes" | "input"> = {};
      const draw = async (samples: readonly number[], examples: readonly number[]) => {
        const copies = {
          samples: samples.flatMap((sample) => examples.map(() => sample)),
          rows: samples.flatMap(() => examples),
        };
        const noisy = await p.perturbed(withNoise(p.noiseInputs, stdevs, copies, p.seed), copies.rows);
        const { values, path: _, standardError: __, details: ___, ...rest } = await solve(noisy);
        shown = rest;
        return values;
      };
      const atOnce = Math.max(1, Math.floor(COPIES_AT_ONCE / p.examples));
      const { moments: maps } = await sampledMeans(p, draw, atOnce);
      const isMeanOfSeveral = kind === "mean" && p.options.samples > 1;
      return {
        ...shown,
        values: STATISTIC[kind].of(maps),
        ...(isMeanOfSeveral ? { standardError: maps.standardError } : {}),
      };
    },
  );
  return tunnel.with(defaults as never);
}
