/** Efficient MPRT: how much less ordered the map is when all weights are drawn anew. */
import { defineMetric } from "./define-metric";
import { inputsOf, mapsAt, rowsOfMap } from "./measuring/maps-again";
import { whole, wholeOrFitting } from "./measuring/option-rules";
import { layersWithWeights, randomisedModel } from "./measuring/randomised";
import type { Metric } from "./metric";

/** Options of `efficientMprt`. */
export interface EfficientMprtOptions {
  /** Bins of the histogram of a map. Default: about twice the cube root of its entries, by Rice's rule. */
  readonly bins: number | undefined;
  /** Seed of the weights. */
  readonly seed: number;
}

/**
 * (H′ − H) / H, H being the entropy of a histogram of the map's values and H′ that of the map of a model whose weights are all drawn
 * anew. Undefined where H is zero.
 *
 * Hedström et al.: A Fresh Look at Sanity Checks for Saliency Maps (2024), arXiv 2405.02383.
 */
export const efficientMprt: Metric<EfficientMprtOptions> = defineMetric<EfficientMprtOptions>(
  {
    name: "efficientMprt",
    label: "eMPRT",
    paper: "Hedström et al. 2024, arXiv 2405.02383",
    direction: "higher",
    range: [-1, Number.POSITIVE_INFINITY],
    needs: ["model", "method"],
    shows: "Above 0: the map of the trained model is more ordered than that of a random one.",
    cannotShow: "A map may change altogether and be as ordered as before; the bins decide what order is.",
    options: { bins: wholeOrFitting("bins", 2), seed: whole("seed", 0, Number.NEGATIVE_INFINITY) },
  },
  async (measured) => {
    const { model, options, map } = measured;
    const randomised = randomisedModel(model, layersWithWeights("efficientMprt", model), options.seed);
    const [maps] = await mapsAt("efficientMprt", measured, [inputsOf("efficientMprt", measured)], randomised);
    return rowsOfMap(map).map((values, example) => {
      const before = entropyOf(values, options.bins);
      return before === 0 ? undefined : (entropyOf(maps[example], options.bins) - before) / before;
    });
  },
);

/** The entropy of a histogram with bins of one width. */
function entropyOf(
  values: Float64Array,
  bins: number = Math.max(2, Math.ceil(2 * Math.cbrt(values.length))),
): number {
  const low = values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const counts = new Float64Array(bins);
  for (const value of values)
    counts[high === low ? 0 : Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins))]++;
  return counts.reduce((sum, count) => {
    const share = count / values.length;
    return share > 0 ? sum - share * Math.log(share) : sum;
  }, 0);
}
