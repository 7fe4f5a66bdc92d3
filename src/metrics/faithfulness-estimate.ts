/** Faithfulness estimate: whether features count in the map as the score misses them. */
import { defineMetric } from "./define-metric";
import { correlation } from "./measuring/association";
import { mapFeatures } from "./measuring/map-features";
import { wholeOrFitting } from "./measuring/option-rules";
import { largestFirst, scoresWithout } from "./measuring/removal";
import { type RemovalOptions, removalOptions } from "./measuring/removal-options";
import type { Metric } from "./metric";

/** Options of `faithfulnessEstimate`. */
export interface FaithfulnessEstimateOptions extends RemovalOptions {
  /** Features that are hidden together, in the order of the map. Default: so many that there are at most 100 groups. */
  readonly featuresInStep: number | undefined;
}

/**
 * Pearson's r between the map's sum over features and F(x) − F(x without them), features one by one or some at a time in the
 * order of the map. Undefined where either is constant.
 *
 * Alvarez-Melis, Jaakkola: Towards Robust Interpretability with Self-Explaining Neural Networks (2018), arXiv 1806.07538.
 */
export const faithfulnessEstimate: Metric<FaithfulnessEstimateOptions> =
  defineMetric<FaithfulnessEstimateOptions>(
    {
      name: "faithfulnessEstimate",
      paper: "Alvarez-Melis, Jaakkola 2018, arXiv 1806.07538",
      direction: "higher",
      range: [-1, 1],
      needs: ["model"],
      shows: "1: what the map gives a feature is in proportion to what the score loses without it.",
      cannotShow:
        "What features do together, and the unit of the map: a correlation forgets both scale and offset.",
      options: { ...removalOptions("entry"), featuresInStep: wholeOrFitting("featuresInStep") },
    },
    ({ ask, map, model, options }) =>
      ask(
        100,
        async (p) => {
          const features = mapFeatures("faithfulnessEstimate", model, map, p, options.groups);
          const { count, values } = features;
          const step = Math.min(count, options.featuresInStep ?? Math.ceil(count / 100));
          const orders = largestFirst(values);
          const steps = Math.ceil(count / step);
          const group = (example: number, k: number): Uint32Array =>
            orders[example].subarray(k * step, (k + 1) * step);
          const without = await scoresWithout(p, features, steps, (copy, example) => {
            const mask = new Uint8Array(count);
            for (const feature of group(example, copy)) mask[feature] = 1;
            return mask;
          });
          const whole = await p.score();
          return without.map((scores, example) => {
            const sums = Array.from(scores, (_, k) =>
              group(example, k).reduce((sum, feature) => sum + values[example][feature], 0),
            );
            return correlation(
              sums,
              scores.map((score) => whole[example] - score),
            );
          });
        },
        options,
      ),
  );
