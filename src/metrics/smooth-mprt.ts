/** Smooth MPRT: the parameter randomisation test of maps that are means over noisy copies of the input. */
import { random } from "../random";
import { mapped, rowRanges, rowSize } from "../tensor";
import { defineMetric } from "./define-metric";
import { meanOf, meanOfTold } from "./measuring/association";
import { inputsOf, mapsAt, movableInputs } from "./measuring/maps-again";
import { atLeast, whole } from "./measuring/option-rules";
import { eachRandomised, type RandomisedOptions, randomisedOptions } from "./measuring/randomised";
import { type SimilarityOptions, similarityOf, similarityOptions } from "./measuring/similarity";
import type { Metric } from "./metric";

/** Options of `smoothMprt`. */
export interface SmoothMprtOptions extends RandomisedOptions, SimilarityOptions {
  /** Noisy copies of each example. */
  readonly samples: number;
  /** Standard deviation of the noise, as a share of the input's range: told of the model, else the example's own. */
  readonly noiseLevel: number;
}

/**
 * The mean over layers of the similarity between the map and that of the model in which the weights of the layer, and of those before
 * it in the order, are drawn anew, each map being the mean over the same noisy copies of the input; the curve has each layer.
 *
 * Hedström et al.: A Fresh Look at Sanity Checks for Saliency Maps (2024), arXiv 2405.02383.
 */
export const smoothMprt: Metric<SmoothMprtOptions> = defineMetric<SmoothMprtOptions>(
  {
    name: "smoothMprt",
    label: "sMPRT",
    paper: "Hedström et al. 2024, arXiv 2405.02383",
    direction: "lower",
    range: [-1, 1],
    needs: ["model", "method"],
    shows: "Near 1: the map stays whatever the model has learned, beyond what noise in it hides.",
    cannotShow: "It judges the map of a smoothed method, not the map that was given.",
    options: {
      ...randomisedOptions,
      ...similarityOptions,
      samples: whole("samples", 10),
      noiseLevel: atLeast("noiseLevel", 0.1),
    },
  },
  async (measured) => {
    const fn = "smoothMprt";
    const { model, options } = measured;
    const { range } = model.facts;
    const inputs = inputsOf(fn, measured);
    const movable = movableInputs(fn, measured);
    const copies = Array.from({ length: options.samples }, (_, k) =>
      inputs.map((x, i) => {
        if (!movable.includes(i)) return x;
        const [draw, width, ranges] = [random(options.seed, 0x5307, k, i), rowSize(x), rowRanges(x)];
        const noise = Float64Array.from({ length: width }, () => options.noiseLevel * draw.normal());
        return mapped(x, (value, entry) => {
          const { min, max } = ranges[Math.floor(entry / width)];
          return value + noise[entry % width] * (range ? range[1] - range[0] : max - min || 1);
        });
      }),
    );
    const smooth = async (net = model): Promise<Float64Array[]> => {
      const maps = await mapsAt(fn, measured, copies, net);
      return maps[0].map((first, example) => first.map((_, i) => meanOf(maps.map((map) => map[example][i]))));
    };
    const own = await smooth();
    const curves = await eachRandomised(fn, measured, async (randomised) => {
      const maps = await smooth(randomised);
      return own.map((values, example) => similarityOf(values, maps[example], options));
    });
    return {
      values: own.map((_, example) => meanOfTold(curves.map((layer) => layer[example]))),
      curve: {
        at: curves.map((_, k) => k + 1),
        values: own.map((_, example) => curves.map((layer) => layer[example] ?? Number.NaN)),
      },
    };
  },
);
