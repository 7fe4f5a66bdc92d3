/** MPRT, the model parameter randomisation test: whether the map changes as the weights of layers are drawn anew. */
import { defineMetric } from "./define-metric";
import { meanOfTold } from "./measuring/association";
import { inputsOf, mapsAt, rowsOfMap } from "./measuring/maps-again";
import { eachRandomised, type RandomisedOptions, randomisedOptions } from "./measuring/randomised";
import { type SimilarityOptions, similarityOf, similarityOptions } from "./measuring/similarity";
import type { Metric } from "./metric";

/** Options of `mprt`. */
export type MprtOptions = RandomisedOptions & SimilarityOptions;

/**
 * The mean over layers of the similarity between the map and that of the model in which the weights of the layer, and of those before
 * it in the order, are drawn anew; the curve has each layer. Undefined where maps are constant.
 *
 * Adebayo et al.: Sanity Checks for Saliency Maps (2018), arXiv 1810.03292.
 */
export const mprt: Metric<MprtOptions> = defineMetric<MprtOptions>(
  {
    name: "mprt",
    label: "MPRT",
    paper: "Adebayo et al. 2018, arXiv 1810.03292",
    direction: "lower",
    range: [-1, 1],
    needs: ["model", "method"],
    shows: "Near 1: the map stays whatever the model has learned; an edge detector's does.",
    cannotShow:
      "A product with the input stays similar for the input's sake; signs that flip make ranks alike look unlike.",
    options: { ...randomisedOptions, ...similarityOptions },
  },
  async (measured) => {
    const own = rowsOfMap(measured.map);
    const inputs = inputsOf("mprt", measured);
    const curves = await eachRandomised("mprt", measured, async (randomised) => {
      const [maps] = await mapsAt("mprt", measured, [inputs], randomised);
      return own.map((values, example) => similarityOf(values, maps[example], measured.options));
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
