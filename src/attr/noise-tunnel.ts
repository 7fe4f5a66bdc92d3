/** SmoothGrad and its kind: any method over noisy copies of the input (Smilkov et al. 2017). */
import { type AnyMethod, defineMethod, type Method, type Solution } from "../attribution";
import type { Problem } from "../attribution/problem";
import { checkName, checkOptions, shown, wrongType } from "../check";
import { random } from "../random";
import { mapped, type NdArray, rowSize, takeRows } from "../tensor";
import { optionAmount, optionCount } from "./option-rules";
import { type SaliencyOptions, saliency } from "./saliency";

/** Options of a noise tunnel, beside those of the method inside. */
export interface NoiseTunnelOptions {
  /** Noisy copies of each example. Default 25. */
  readonly samples: number;
  /** Standard deviation as a share of the input's range: that of the facts, else the example's own. Default 0.15. */
  readonly noiseLevel: number;
  /** Standard deviation in units of the input, instead of `noiseLevel`. */
  readonly stdev: number | undefined;
}

/** What is made of the maps a(x + ε): their mean, the mean of their squares, or their variance. */
export type NoiseTunnelKind = "mean" | "square" | "variance";

/** What each kind makes of the maps, in words. */
const STATISTIC: Readonly<Record<NoiseTunnelKind, string>> = {
  mean: "mean",
  square: "mean squared",
  variance: "variance of the",
};
const KINDS = Object.keys(STATISTIC) as NoiseTunnelKind[];

/** Rows per call of the inner method: enough to fill a batch, few enough to keep memory low. */
const ROWS_AT_ONCE = 32;

/**
 * Any method, averaged over noisy copies of the input.
 *
 * mean: E[a(x + ε)]; square: E[a(x + ε)²]; variance: E[a²] − E[a]²; ε ~ N(0, σ²), σ = noiseLevel · range or stdev.
 * Noise is added to the float inputs (to the looked-up vectors of integer inputs), also when a layer is explained.
 * It depends on the seed and the sample alone: neither batch nor order changes it.
 *
 * @param method what is averaged; its options stay available, and the defaults that `with` gave it stay its defaults.
 * @param options `kind` (default "mean"), `name`, and defaults of samples, noiseLevel, stdev.
 *
 * Smilkov et al.: SmoothGrad (2017), arXiv 1706.03825; Adebayo et al.: Local Explanation Methods (2018), arXiv 1810.03307.
 */
export function noiseTunnel<Inner extends object>(
  method: Method<Inner>,
  options: Partial<NoiseTunnelOptions> & { readonly kind?: NoiseTunnelKind; readonly name?: string } = {},
): Method<Inner & NoiseTunnelOptions> {
  const { meta, solve, defaults: inner } = (method as AnyMethod | undefined) ?? {};
  if (!meta || typeof solve !== "function") throw wrongType("noiseTunnel", "a method", shown(method));
  checkOptions("noiseTunnel", options, ["samples", "noiseLevel", "stdev", "kind", "name"]);
  const { kind = "mean", name = `noiseTunnel(${meta.name})`, ...defaults } = options;
  checkName("noiseTunnel", "kind", kind, KINDS);
  const tunnel = defineMethod<Inner & NoiseTunnelOptions>(
    {
      name,
      paper: "Smilkov et al. 2017, arXiv 1706.03825",
      axioms: meta.axioms.filter((axiom) => axiom === "dummy" || (kind === "mean" && axiom === "linearity")),
      needsBaseline: meta.needsBaseline,
      multipliesByInput: meta.multipliesByInput,
      quantity: (own: Inner & NoiseTunnelOptions) => `${STATISTIC[kind]} ${meta.quantity(own)}`,
      whenZero: kind === "variance" ? "all noisy copies have the same map" : meta.whenZero,
      passes: (own: Inner & NoiseTunnelOptions) => own.samples * meta.passes(own),
      ...(meta.defaultLayer ? { defaultLayer: meta.defaultLayer } : {}),
      recorded: ({ samples, noiseLevel, stdev, ...own }: Inner & NoiseTunnelOptions) =>
        ({ ...meta.recorded(own), samples, noiseLevel, stdev }) as never,
      check: meta.check,
      options: {
        ...meta.options,
        samples: optionCount("samples", 25),
        noiseLevel: optionAmount("noiseLevel", 0.15),
        stdev: optionAmount<number | undefined>("stdev", undefined),
      } as never,
    },
    (problem) => average(problem, kind, solve),
  );
  return tunnel.with({ ...inner, ...defaults } as Partial<Inner & NoiseTunnelOptions>);
}

async function average(
  problem: Problem<NoiseTunnelOptions>,
  kind: NoiseTunnelKind,
  solve: AnyMethod["solve"],
): Promise<Solution> {
  const { samples } = problem.options;
  const { examples } = problem;
  const stdevs = noiseStdevs(problem);
  const atOnce = Math.max(1, Math.floor(ROWS_AT_ONCE / examples));
  let first: Float64Array[] | undefined;
  let second: Float64Array[] = [];
  let last: Solution = { values: [] };
  for (let start = 0; start < samples; start += atOnce) {
    const count = Math.min(atOnce, samples - start);
    const rows = Array.from({ length: count * examples }, (_, i) => i % examples);
    const noisy = problem.sites.map((site, s) =>
      withNoise(takeRows(site, rows), stdevs[s], rows, problem.seed, s, start),
    );
    last = await solve(await problem.moved(noisy, rows));
    const widths = last.values.map(rowSize);
    first ??= widths.map((width) => new Float64Array(examples * width));
    if (second.length === 0) second = widths.map((width) => new Float64Array(examples * width));
    last.values.forEach((values, place) => {
      const width = widths[place];
      const [sum, squares] = [(first as Float64Array[])[place], second[place]];
      rows.forEach((row, k) => {
        for (let i = 0; i < width; i++) {
          const value = values.data[k * width + i];
          sum[row * width + i] += value / samples;
          squares[row * width + i] += (value * value) / samples;
        }
      });
    });
  }
  const of = (place: number, i: number): number => {
    const [mean, square] = [(first as Float64Array[])[place]?.[i], second[place]?.[i]];
    // Rounding can push a variance of nearly zero below it.
    return kind === "mean" ? mean : kind === "square" ? square : Math.max(0, square - mean * mean);
  };
  const values = last.values.map((array, place): NdArray => {
    const shape = [examples, ...array.shape.slice(1)];
    return mapped({ data: new Float32Array((first as Float64Array[])[place]?.length ?? 0), shape }, (_, i) =>
      of(place, i),
    );
  });
  const { input, axes } = last;
  return {
    values,
    ...(axes ? { axes } : {}),
    ...(input ? { input } : {}),
  };
}

/** σ of each site and example. */
function noiseStdevs(problem: Problem<NoiseTunnelOptions>): number[][] {
  const { noiseLevel, stdev } = problem.options;
  return problem.siteRanges.map((ranges) => ranges.map(({ min, max }) => stdev ?? noiseLevel * (max - min)));
}

/** x + σ ε, with ε the same for every example of a sample. */
function withNoise(
  x: NdArray,
  stdevs: readonly number[],
  rows: readonly number[],
  seed: number,
  site: number,
  start: number,
): NdArray {
  const width = rowSize(x);
  const examples = stdevs.length;
  let sample = -1;
  let noise = new Float64Array(width);
  return mapped(x, (value, i) => {
    const k = Math.floor(i / width);
    const here = start + Math.floor(k / examples);
    if (here !== sample) {
      sample = here;
      const stream = random(seed, sample, site);
      noise = Float64Array.from({ length: width }, () => stream.normal());
    }
    return value + stdevs[rows[k]] * noise[i % width];
  });
}

/** SmoothGrad: the mean gradient over noisy copies of the input, E[∂F(x + ε)/∂x]. Smilkov et al. 2017, arXiv 1706.03825. */
export const smoothGrad: Method<SaliencyOptions & NoiseTunnelOptions> = noiseTunnel(saliency, {
  name: "smoothGrad",
});

/** SmoothGrad²: the mean squared gradient over noisy copies, E[(∂F(x + ε)/∂x)²]. Hooker et al. 2019, arXiv 1806.10758. */
export const smoothGradSquared: Method<SaliencyOptions & NoiseTunnelOptions> = noiseTunnel(saliency, {
  name: "smoothGradSquared",
  kind: "square",
});

/** VarGrad: the variance of the gradient over noisy copies, E[g²] − E[g]². Adebayo et al. 2018, arXiv 1810.03307. */
export const varGrad: Method<SaliencyOptions & NoiseTunnelOptions> = noiseTunnel(saliency, {
  name: "varGrad",
  kind: "variance",
});
