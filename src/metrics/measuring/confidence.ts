/** Confidence in a target when only what the map marks is seen. */
import type { OptionRule } from "../../attribution";
import type { Baseline } from "../../model/baseline";
import { rowSize } from "../../tensor";
import type { Measured, Measurement } from "../metric";
import { mapFeatures } from "./map-features";
import { baselineRule } from "./option-rules";
import { scoresAt } from "./removal";

/** Options of metrics of confidence. */
export interface ConfidenceOptions {
  /** Values in place of what the map does not mark. Default: the map's baseline, or "zeros" where it has none. */
  readonly baseline: Baseline | undefined;
}

/** Their rules. */
export const confidenceOptions: {
  readonly [Name in keyof ConfidenceOptions]: OptionRule<ConfidenceOptions[Name]>;
} = { baseline: baselineRule() };

/**
 * A value of the probability of the target at x and at m ⊙ x + (1 − m) ⊙ x′, m being the map's positive part as a share of its
 * largest entry; undefined where nothing is positive.
 */
export function measuredConfidence(
  fn: string,
  { ask, map, model, options }: Measured<ConfidenceOptions>,
  value: (whole: number, masked: number) => number | undefined,
): Promise<Measurement> {
  return ask(
    2,
    async (p) => {
      const { of, values } = mapFeatures(fn, model, map, p);
      const largest = values.map((mine) => mine.reduce((most, entry) => Math.max(most, entry), 0));
      const masked = await scoresAt(p, 1, (_, example) =>
        p.x.map((x, place) => {
          const width = rowSize(x);
          const baseline = p.baseline[place].data;
          return Float32Array.from({ length: width }, (_, i) => {
            const at = example * width + i;
            const share =
              largest[example] > 0 ? Math.max(0, values[example][of[place][i]]) / largest[example] : 0;
            return baseline[at] + share * (x.data[at] - baseline[at]);
          });
        }),
      );
      const whole = await p.score();
      return {
        values: masked.map((scores, example) =>
          largest[example] > 0 ? value(whole[example], scores[0]) : undefined,
        ),
      };
    },
    { baseline: options.baseline, explain: "probability" },
  );
}
