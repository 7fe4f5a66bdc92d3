/** AUC: how well the map tells the entries inside the mask from those outside. */
import { defineMetric } from "./define-metric";
import { insideOf, type MaskOptions, maskOptions, measuredInside } from "./measuring/masks";
import type { Metric } from "./metric";

/** Options of `auc`. */
export type AucOptions = MaskOptions;

/**
 * The area under the receiver operating characteristic of the map as a score of being inside the mask: the chance that an entry
 * inside has a larger attribution than one outside, ties counting a half. Undefined for a mask that is empty or everywhere.
 *
 * Fawcett: An introduction to ROC analysis (2006), doi 10.1016/j.patrec.2005.10.010.
 */
export const auc: Metric<AucOptions> = defineMetric<AucOptions>(
  {
    name: "auc",
    label: "AUC",
    paper: "Fawcett 2006, doi 10.1016/j.patrec.2005.10.010",
    direction: "higher",
    range: [0, 1],
    needs: ["mask"],
    shows: "1: every entry inside the mask has a larger attribution than every one outside; 0.5: by chance.",
    cannotShow: "How much larger; whether the model itself looks inside the mask.",
    options: maskOptions("signed"),
  },
  (measured) =>
    measuredInside("auc", measured, (masked) => {
      const { values, inside } = masked;
      const [within, without] = [insideOf(masked), values.length - insideOf(masked)];
      if (within === 0 || without === 0) return undefined;
      const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
      let [area, below] = [0, 0];
      for (let from = 0, to = 0; from < order.length; from = to) {
        let [ofInside, ofOutside] = [0, 0];
        for (; to < order.length && values[order[to]] === values[order[from]]; to++)
          if (inside[order[to]]) ofInside++;
          else ofOutside++;
        area += ofInside * (below + ofOutside / 2);
        below += ofOutside;
      }
      return area / (within * without);
    }),
);
