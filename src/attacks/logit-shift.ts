/** Shift common to all logits: what a map of a logit shows that no probability depends on. */
import { saliency } from "../attr/saliency";
import type { CommonOptions } from "../attribution";
import { checkNumber, checkOptions, outOfRange } from "../check";
import type { Net } from "../engine";
import { lengthOf } from "../metrics/measuring/association";
import { rowsOfMap } from "../metrics/measuring/maps-again";
import type { Input } from "../model/input";
import { figure } from "../studies/counterfactual";
import { Study } from "../studies/study";
import { endOf } from "./attack";

/** Options of `logitShift`. */
export interface LogitShiftOptions extends Pick<CommonOptions, "output" | "engine" | "maxBytes" | "signal"> {
  /** Share from which an example is flagged. Default 0.9. */
  readonly above?: number;
}

/**
 * How much of the gradient of the logits is common to all classes, so that softmax takes it out again:
 *
 * share = |ḡ|² / mean_k |g_k|², where g_k = ∂z_k/∂x, and ḡ is their mean over classes
 *
 * 0 where logits only differ, 1 where they only move together. A net that was trained has no use for the common part; one whose maps were
 * masked (`maskedLogits`) has little else. Explain such a net with `explain: "logProbability"`, which the common part does not reach.
 * @throws RangeError for a net without classes.
 */
export async function logitShift(net: Net, x: Input, options: LogitShiftOptions = {}): Promise<Study> {
  const fn = "logitShift";
  checkOptions(fn, options, ["above", "output", "engine", "maxBytes", "signal"]);
  const { above = 0.9, ...asked } = options;
  checkNumber(fn, "above", above, 0, true);
  const { width: classes } = await endOf(fn, net, x, asked.output);
  if (classes < 2) throw outOfRange(fn, "a net of several classes", `${classes} output`);
  const each: Float64Array[][] = [];
  for (let target = 0; target < classes; target++)
    each.push(rowsOfMap(await saliency(net, x, { ...asked, target, explain: "logit" })));
  const shares = each[0].map((first, row) => {
    const common = first.map((_, i) => each.reduce((sum, maps) => sum + maps[row][i], 0) / classes);
    const whole = each.reduce((sum, maps) => sum + lengthOf(maps[row]) ** 2, 0) / classes;
    return whole === 0 ? 0 : lengthOf(common) ** 2 / whole;
  });
  const flagged = shares.filter((share) => share >= above).length;
  return new Study({
    kind: "shift of logits",
    tables: [
      {
        name: "examples",
        columns: [
          { name: "example", values: shares.map((_, example) => example) },
          { name: "common to all classes", unit: "share", values: shares },
          { name: "flagged", values: shares.map((share) => (share >= above ? "yes" : "no")) },
        ],
      },
    ],
    findings:
      flagged === 0
        ? []
        : [
            `In ${flagged} of ${shares.length} examples at least ${figure(100 * above)} % of the gradient of the logits is common to all classes, and no probability depends on it: explain "logProbability".`,
          ],
  });
}
