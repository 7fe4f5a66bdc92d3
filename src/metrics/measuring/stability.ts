/** Relative stability: by how much the map changes, against how much the input, the output or a layer does. */
import type { OptionRule } from "../../attribution";
import type { Batch } from "../../model/model";
import type { Measured } from "../metric";
import { lengthOf } from "./association";
import { classOf, logitsAt } from "./logits";
import { type NeighbourhoodOptions, neighbourhoodOptions, noisyNeighbours } from "./neighbourhood";
import { atLeast, yesOrNo } from "./option-rules";

/** Options of metrics of relative stability. */
export interface StabilityOptions extends NeighbourhoodOptions {
  /** The least that a change is divided by, and what stands for a value of zero. */
  readonly least: number;
  /** Leave out copies of which the model predicts another class. */
  readonly samePrediction: boolean;
}

/** Their rules. */
export const stabilityOptions: {
  readonly [Name in keyof StabilityOptions]: OptionRule<StabilityOptions[Name]>;
} = {
  ...neighbourhoodOptions,
  least: atLeast("least", 1e-6, 0, true),
  samePrediction: yesOrNo("samePrediction", true),
};

/** What else changes: the input itself, or values of the model at the examples of several batches. */
export type Changing = "input" | ((batches: readonly Batch[]) => Promise<readonly Float64Array[][]>);

/**
 * The largest ‖(φ(x) − φ(x′)) / φ(x)‖ over the change of something else; undefined where no copy is left.
 * @param relative whether that change is relative to its values, too.
 */
export async function relativeStability(
  fn: string,
  measured: Measured<StabilityOptions>,
  changing: Changing,
  relative: boolean,
): Promise<(number | undefined)[]> {
  const { least, samePrediction } = measured.options;
  const { neighbours, inputs, copies } = await noisyNeighbours(fn, measured);
  const batches = [inputs, ...copies];
  const predicted = samePrediction
    ? (await logitsAt(measured.model, batches)).map((rows) => rows.map(classOf))
    : undefined;
  const values = changing === "input" ? undefined : await changing(batches);
  return neighbours.map((ofExample) => {
    const ratios = ofExample.flatMap(({ map, moved, x, xMoved, example, copy }) => {
      if (predicted && predicted[copy + 1][example] !== predicted[0][example]) return [];
      const [before, after] = values ? [values[0][example], values[copy + 1][example]] : [x, xMoved];
      const change = relative
        ? relativeChange(before, after, least)
        : before.map((value, i) => value - after[i]);
      return [lengthOf(relativeChange(map, moved, least)) / Math.max(least, lengthOf(change))];
    });
    return ratios.length === 0 ? undefined : Math.max(...ratios);
  });
}

/** (a − b) / a, entries of zero standing for the least. */
function relativeChange(a: Float64Array, b: Float64Array, least: number): Float64Array {
  return a.map((value, i) => (value - b[i]) / (value === 0 ? least : value));
}
