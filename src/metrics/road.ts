/** ROAD: whether the prediction survives when the most important pixels are imputed from their neighbours. */
import { shown, wrongType } from "../check";
import { random } from "../random";
import { rowSize } from "../tensor";
import { defineMetric } from "./define-metric";
import { meanOf } from "./measuring/association";
import { imputed } from "./measuring/linear-imputation";
import { classOf } from "./measuring/logits";
import { mapFeatures } from "./measuring/map-features";
import { atLeast, oneOf, whole } from "./measuring/option-rules";
import { largestFirst, outputsAt } from "./measuring/removal";
import type { Metric } from "./metric";

/** Options of `road`. */
export interface RoadOptions {
  /** Percentages of positions that are imputed. */
  readonly percentages: readonly number[];
  /** "morf": the most relevant first; "lerf": the least relevant first, where higher is better. */
  readonly order: "morf" | "lerf";
  /** Standard deviation of what is added to imputed values, in the input's unit. */
  readonly noise: number;
  /** Seed of the noise. */
  readonly seed: number;
}

/**
 * The share of percentages at which the model still predicts its class of x, positions of the largest attribution being imputed
 * from their neighbours first; the curve is 1 where it does. The mean over examples is the paper's accuracy.
 *
 * Rong et al.: A Consistent and Efficient Evaluation Strategy for Attribution Methods (2022), arXiv 2202.00449.
 */
export const road: Metric<RoadOptions> = defineMetric<RoadOptions>(
  {
    name: "road",
    label: "ROAD",
    paper: "Rong et al. 2022, arXiv 2202.00449",
    direction: "lower",
    range: [0, 1],
    needs: ["model"],
    shows: "How soon the prediction is lost when the most important positions look like their neighbours.",
    cannotShow:
      "Where neighbours tell what was removed, nothing is lost by removing it; a table has no neighbours, and takes the baseline.",
    options: {
      percentages: {
        default: [10, 20, 30, 40, 50, 60, 70, 80, 90],
        check: (fn, given) => {
          const numbers: unknown[] = Array.isArray(given) ? given : [];
          const found = numbers.flatMap((n) => (typeof n === "number" && n > 0 && n <= 100 ? [n] : []));
          if (found.length === 0 || found.length < numbers.length)
            throw wrongType(fn, "percentages to be numbers from 0 to 100", shown(given));
          return found;
        },
      },
      order: oneOf("order", "morf", ["morf", "lerf"]),
      noise: atLeast("noise", 0.01),
      seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
    },
  },
  ({ ask, map, model, options }) =>
    ask(options.percentages.length, async (p) => {
      const { percentages, noise, seed } = options;
      const features = mapFeatures("road", model, map, p, "position");
      const { count, of } = features;
      const sign = options.order === "morf" ? 1 : -1;
      const orders = largestFirst(features.values.map((values) => values.map((value) => sign * value)));
      const outputs = await outputsAt(p, percentages.length + 1, (copy, example) => {
        const removed = new Uint8Array(count);
        const share = copy === 0 ? 0 : percentages[copy - 1] / 100;
        for (const feature of orders[example].subarray(0, Math.round(share * count))) removed[feature] = 1;
        return p.x.map((x, place) => {
          const width = rowSize(x);
          const channels = x.shape.length > 2 ? x.shape[x.shape.length - 1] : 1;
          const extents = x.shape.length > 2 ? x.shape.slice(1, -1) : [];
          const point = x.data.slice(example * width, (example + 1) * width);
          for (let channel = 0; channel < channels; channel++) {
            const mine = Int32Array.from({ length: width / channels }, (_, i) => i * channels + channel);
            const filled = imputed(
              Float64Array.from(mine, (i) => point[i]),
              Uint8Array.from(mine, (i) => removed[of[place][i]]),
              extents,
              Float64Array.from(mine, (i) => p.baseline[place].data[example * width + i]),
              noise,
              random(seed, 0x10ad, copy, place, channel),
            );
            mine.forEach((i, k) => {
              point[i] = filled[k];
            });
          }
          return point;
        });
      });
      const classes = outputs.map((copies) => copies.map((output) => classOf(Float64Array.from(output))));
      const kept = classes.map(([first, ...others]) =>
        others.map((predicted) => Number(predicted === first)),
      );
      return {
        values: kept.map(meanOf),
        curve: { at: percentages.map((percent) => percent / 100), values: kept },
      };
    }),
);
