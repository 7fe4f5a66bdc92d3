/** Consistency: whether examples with the same explanation have the same prediction. */
import { defineMetric } from "./define-metric";
import { classOf, logitsAt } from "./measuring/logits";
import { inputsOf, rowsOfMap } from "./measuring/maps-again";
import { whole } from "./measuring/option-rules";
import { largestFirst } from "./measuring/removal";
import type { Metric } from "./metric";

/** Options of `consistency`. */
export interface ConsistencyOptions {
  /** Features that an explanation names: those of the largest magnitude, with their signs. */
  readonly features: number;
}

/**
 * Of the other examples of the map that have the same explanation, the share of which the model predicts the same class; per example.
 * Explanations are the same where the features of the largest |a| are, with their signs, in their order. Undefined where no other
 * example has the same.
 *
 * Dasgupta, Frost, Moshkovitz: Framework for Evaluating Faithfulness of Local Explanations (2022), arXiv 2202.00734.
 */
export const consistency: Metric<ConsistencyOptions> = defineMetric<ConsistencyOptions>(
  {
    name: "consistency",
    paper: "Dasgupta et al. 2022, arXiv 2202.00734",
    direction: "higher",
    range: [0, 1],
    needs: ["model"],
    shows: "1: what has the same explanation has the same prediction.",
    cannotShow: "Examples whose explanation no other has; few examples say little.",
    options: { features: whole("features", 5) },
  },
  async (measured) => {
    const [logits] = await logitsAt(measured.model, [inputsOf("consistency", measured)]);
    const classes = logits.map(classOf);
    const maps = rowsOfMap(measured.map);
    const orders = largestFirst(maps.map((map) => map.map(Math.abs)));
    const named = maps.map((map, row) =>
      Array.from(
        orders[row].subarray(0, measured.options.features),
        (i) => `${i}${Math.sign(map[i])}`,
      ).join(),
    );
    return named.map((mine, row) => {
      const others = named.flatMap((name, i) => (i !== row && name === mine ? [classes[i]] : []));
      if (others.length === 0) return undefined;
      return others.filter((predicted) => predicted === classes[row]).length / others.length;
    });
  },
);
