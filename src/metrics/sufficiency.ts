/** Sufficiency: whether examples with similar maps have the same prediction. */
import { defineMetric } from "./define-metric";
import { lengthOf, meanOf } from "./measuring/association";
import { classOf, logitsAt } from "./measuring/logits";
import { inputsOf, rowsOfMap } from "./measuring/maps-again";
import { atLeast, oneOf } from "./measuring/option-rules";
import type { Metric } from "./metric";

/** Options of `sufficiency`. */
export interface SufficiencyOptions {
  /** Distance up to which maps are similar. */
  readonly threshold: number;
  /** "cosine": 1 − the cosine of two maps; "seuclidean": each entry by its standard deviation over the examples, as Quantus. */
  readonly distance: "cosine" | "seuclidean";
}

/**
 * Of the other examples of the map with a similar map, the share of which the model predicts the same class; per example. Undefined
 * where none is similar.
 *
 * Dasgupta, Frost, Moshkovitz: Framework for Evaluating Faithfulness of Local Explanations (2022), arXiv 2202.00734.
 */
export const sufficiency: Metric<SufficiencyOptions> = defineMetric<SufficiencyOptions>(
  {
    name: "sufficiency",
    paper: "Dasgupta et al. 2022, arXiv 2202.00734",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "1: similar maps go with the same prediction.",
    cannotShow: "Examples without a similar one; the threshold decides, and few examples say little.",
    options: {
      threshold: atLeast("threshold", 0.6),
      distance: oneOf("distance", "cosine", ["cosine", "seuclidean"]),
    },
  },
  async (measured) => {
    const [logits] = await logitsAt(measured.model, [inputsOf("sufficiency", measured)]);
    const classes = logits.map(classOf);
    const maps = rowsOfMap(measured.map);
    const { threshold, distance } = measured.options;
    const between = distance === "cosine" ? cosineDistance : standardised(maps);
    return maps.map((map, row) => {
      const similar = maps.flatMap((other, i) =>
        i !== row && between(map, other) <= threshold ? [classes[i]] : [],
      );
      if (similar.length === 0) return undefined;
      return similar.filter((predicted) => predicted === classes[row]).length / similar.length;
    });
  },
);

function cosineDistance(a: Float64Array, b: Float64Array): number {
  const product = a.reduce((sum, value, i) => sum + value * b[i], 0);
  return 1 - product / (lengthOf(a) * lengthOf(b) || 1);
}

/** The Euclidean distance of maps whose entries have a variance of one over all of them. */
function standardised(maps: readonly Float64Array[]): (a: Float64Array, b: Float64Array) => number {
  const variances = maps[0].map((_, i) => {
    const column = Float64Array.from(maps, (map) => map[i]);
    const mean = meanOf(column);
    return column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, maps.length - 1);
  });
  return (a, b) =>
    Math.sqrt(
      a.reduce((sum, value, i) => sum + (variances[i] > 0 ? (value - b[i]) ** 2 / variances[i] : 0), 0),
    );
}
