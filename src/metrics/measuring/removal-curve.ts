/** Removal curves: F as features go one after the other, and what metrics read off it. */
import type { OptionRule } from "../../attribution";
import type { Features } from "../../attribution/features";
import type { Problem } from "../../attribution/problem";
import type { Measured, Measurement } from "../metric";
import { type MapFeatures, mapFeatures } from "./map-features";
import { wholeOrFitting } from "./option-rules";
import { type Hidden, largestFirst, scoresWithout } from "./removal";
import { type RemovalOptions, removalOptions } from "./removal-options";

/** Options of a removal in an order. */
export interface OrderedRemovalOptions extends RemovalOptions {
  /** Features that go in one step. Default: so many that there are at most 100 steps. */
  readonly featuresInStep: number | undefined;
}

/** Their rules. */
export function orderedRemovalOptions(...given: Parameters<typeof removalOptions>): {
  readonly [Name in keyof OrderedRemovalOptions]: OptionRule<OrderedRemovalOptions[Name]>;
} {
  return { ...removalOptions(...given), featuresInStep: wholeOrFitting("featuresInStep") };
}

/** Form of a removal curve. */
export interface CurveForm {
  /** "input": features are hidden one after the other (default); "baseline": all are hidden, and come back. */
  readonly from?: "input" | "baseline";
  /** Features of each example in the order in which they go. Default: the largest value first. */
  readonly order?: (features: MapFeatures) => readonly Uint32Array[];
  /** Features in place of those that the option groups names. */
  readonly features?: (p: Problem<object>) => Features;
  /** The metric's value of one example's curve. */
  readonly value: (at: readonly number[], scores: Float64Array) => number | undefined;
  /** What the curve shows. Default: F. */
  readonly shown?: (scores: Float64Array) => Float64Array;
}

/** Measures F as features go in an order; the first value of the curve is that of nothing done. */
export function measuredRemoval<Own extends OrderedRemovalOptions>(
  fn: string,
  { ask, map, model, options }: Measured<Own>,
  { from = "input", order = ({ values }) => largestFirst(values), features: own, value, shown }: CurveForm,
): Promise<Measurement> {
  return ask(
    100,
    async (p) => {
      const features = mapFeatures(fn, model, map, p, own?.(p) ?? options.groups);
      const { count } = features;
      const step = Math.min(count, options.featuresInStep ?? Math.ceil(count / 100));
      const steps = Math.ceil(count / step);
      const ranks = order(features).map((mine) => {
        const found = new Uint32Array(count);
        mine.forEach((feature, rank) => {
          found[feature] = rank;
        });
        return found;
      });
      const hidden: Hidden = (copy, example) =>
        Uint8Array.from(ranks[example], (rank) => Number(rank < copy * step === (from === "input")));
      const curves = await scoresWithout(p, features, steps + 1, hidden);
      const at = Array.from({ length: steps + 1 }, (_, k) => Math.min(1, (k * step) / count));
      return {
        values: curves.map((curve) => value(at, curve)),
        curve: { at, values: curves.map((curve) => Array.from(shown?.(curve) ?? curve)) },
      };
    },
    options,
  );
}

/** The area under a curve by trapezoids. */
export function areaUnder(at: readonly number[], values: ArrayLike<number>): number {
  return at.slice(1).reduce((sum, x, k) => sum + ((x - at[k]) * (values[k] + values[k + 1])) / 2, 0);
}
