/** Monotonicity correlation: whether features rank in the map as the score is unsure without them. */
import { random } from "../random";
import { rowRanges, rowSize } from "../tensor";
import { defineMetric } from "./define-metric";
import { rankAssociation } from "./measuring/association";
import { mapFeatures } from "./measuring/map-features";
import { whole } from "./measuring/option-rules";
import { scoresAt } from "./measuring/removal";
import { type RemovalOptions, removalOptions } from "./measuring/removal-options";
import type { Metric } from "./metric";

/** Options of `monotonicityCorrelation`. */
export interface MonotonicityCorrelationOptions extends Pick<RemovalOptions, "groups" | "explain"> {
  /** Values drawn for each feature. */
  readonly samples: number;
  /** Seed of the values. */
  readonly seed: number;
}

/**
 * Spearman's ρ between |a| of each feature and the mean of (F(x with the feature drawn) − F(x))², drawn uniformly between the
 * smallest and the largest value of the example. Undefined where either is constant.
 *
 * Nguyen, Martínez: On quantitative aspects of model interpretability (2020), arXiv 2007.07584.
 */
export const monotonicityCorrelation: Metric<MonotonicityCorrelationOptions> =
  defineMetric<MonotonicityCorrelationOptions>(
    {
      name: "monotonicityCorrelation",
      paper: "Nguyen, Martínez 2020, arXiv 2007.07584",
      direction: "higher",
      range: [-1, 1],
      needs: ["model"],
      shows: "1: the map ranks features as the score depends on their values.",
      cannotShow: "Signs of attributions, and what features do together.",
      options: {
        groups: removalOptions("entry").groups,
        explain: removalOptions("entry").explain,
        samples: whole("samples", 10),
        seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
      },
    },
    ({ ask, map, model, options }) =>
      ask(
        100 * options.samples,
        async (p) => {
          const features = mapFeatures("monotonicityCorrelation", model, map, p, options.groups);
          const { count, of, values } = features;
          const ranges = p.x.map(rowRanges);
          const whole = await p.score();
          const answers = await scoresAt(p, count * options.samples, (copy, example) => {
            const [feature, sample] = [copy % count, Math.floor(copy / count)];
            const draw = random(options.seed, 0x33a0, feature, sample);
            return p.x.map(({ data }, place) => {
              const width = rowSize(p.x[place]);
              const { min, max } = ranges[place][example];
              const point = data.slice(example * width, (example + 1) * width);
              of[place].forEach((own, i) => {
                if (own === feature) point[i] = min + draw.uniform() * (max - min);
              });
              return point;
            });
          });
          return answers.map((scores, example) => {
            const spread = new Float64Array(count);
            scores.forEach((score, copy) => {
              spread[copy % count] += (score - whole[example]) ** 2 / options.samples;
            });
            return rankAssociation(values[example].map(Math.abs), spread);
          });
        },
        options,
      ),
  );
