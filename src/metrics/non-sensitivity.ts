/** Non-sensitivity: whether the map is zero where the score does not care, and only there. */
import { defineMetric } from "./define-metric";
import { mapFeatures } from "./measuring/map-features";
import { atLeast, oneOf } from "./measuring/option-rules";
import { scoresWithout } from "./measuring/removal";
import { type RemovalOptions, removalOptions } from "./measuring/removal-options";
import type { Metric } from "./metric";

/** Options of `nonSensitivity`. */
export interface NonSensitivityOptions extends RemovalOptions {
  /** The share of the largest attribution, and of the largest change of the score, up to which they count as zero. */
  readonly threshold: number;
  /** "share" of features, or their "count". */
  readonly form: "share" | "count";
}

/**
 * Features that have an attribution though hiding them leaves F as it is, or none though it does not: as a share of all.
 *
 * Nguyen, Martínez: On quantitative aspects of model interpretability (2020), arXiv 2007.07584.
 */
export const nonSensitivity: Metric<NonSensitivityOptions> = defineMetric<NonSensitivityOptions>(
  {
    name: "nonSensitivity",
    paper: "Nguyen, Martínez 2020, arXiv 2007.07584",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows:
      "0: the map is zero for the features that the score does not depend on by themselves, and for no other.",
    cannotShow:
      "A feature that matters only together with others, or that equals its baseline, looks as if it did not.",
    options: {
      ...removalOptions("entry"),
      threshold: atLeast("threshold", 1e-5),
      form: oneOf("form", "share", ["share", "count"]),
    },
  },
  ({ ask, map, model, options }) =>
    ask(
      100,
      async (p) => {
        const features = mapFeatures("nonSensitivity", model, map, p, options.groups);
        const { count, values } = features;
        const without = await scoresWithout(p, features, count, (copy) => {
          const mask = new Uint8Array(count);
          mask[copy] = 1;
          return mask;
        });
        const whole = await p.score();
        return without.map((scores, example) => {
          const changes = scores.map((score) => Math.abs(score - whole[example]));
          const magnitudes = values[example].map(Math.abs);
          const [none, same] = [zerosOf(magnitudes, options.threshold), zerosOf(changes, options.threshold)];
          const wrong = none.filter((zero, i) => zero !== same[i]).length;
          return options.form === "share" ? wrong / count : wrong;
        });
      },
      options,
    ),
);

function zerosOf(values: Float64Array, threshold: number): boolean[] {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  return Array.from(values, (value) => value <= threshold * most);
}
