/** Random logit: how similar the map of the target is to that of another class. */
import { outOfRange } from "../check";
import { random } from "../random";
import { defineMetric } from "./define-metric";
import { meanOfTold } from "./measuring/association";
import { logitsAt } from "./measuring/logits";
import { inputsOf, rowsOfMap } from "./measuring/maps-again";
import { whole } from "./measuring/option-rules";
import { type SimilarityOptions, similarityOf, similarityOptions } from "./measuring/similarity";
import type { Metric } from "./metric";

/** Options of `randomLogit`. */
export interface RandomLogitOptions extends SimilarityOptions {
  /** Other classes drawn for each example; all where there are no more. */
  readonly samples: number;
  /** Seed of the classes. */
  readonly seed: number;
}

/**
 * The mean similarity between the map and that of other classes, drawn at random. Undefined where maps are constant.
 *
 * Sixt, Granz, Landgraf: When Explanations Lie (2020), arXiv 1912.09818.
 */
export const randomLogit: Metric<RandomLogitOptions> = defineMetric<RandomLogitOptions>(
  {
    name: "randomLogit",
    paper: "Sixt et al. 2020, arXiv 1912.09818",
    direction: "lower",
    range: [-1, 1],
    needs: ["model", "method"],
    shows: "Near 1: the map says the same whatever class is asked for.",
    cannotShow: "Classes that rest on the same features have similar maps by right.",
    options: {
      ...similarityOptions,
      samples: whole("samples", 1),
      seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
    },
  },
  async (measured) => {
    const { map, model, options, goOn } = measured;
    const classes = map.target.map((target) => {
      if (typeof target === "number") return target;
      throw outOfRange("randomLogit", "a map of a class", map.targetLabels.join(", "));
    });
    const [logits] = await logitsAt(model, [inputsOf("randomLogit", measured)]);
    const count = Math.max(2, logits[0].length);
    const draw = random(options.seed, 0x1091);
    const own = rowsOfMap(map);
    const offsets = Array.from({ length: count - 1 }, (_, i) => i + 1);
    const found: (number | undefined)[][] = own.map(() => []);
    for (let sample = 0; sample < Math.min(options.samples, count - 1); sample++) {
      goOn();
      // One draw for all examples, so that neither their number nor their order matters.
      const [offset] = offsets.splice(draw.integer(offsets.length), 1);
      const others = classes.map((target) => (target + offset) % count);
      const other = rowsOfMap(await map.again({ model, target: map.batched ? others : others[0] }));
      own.forEach((values, example) => {
        found[example].push(similarityOf(values, other[example], options));
      });
    }
    return found.map(meanOfTold);
  },
);
