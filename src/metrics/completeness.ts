/** Completeness: by how much a map misses the difference of scores that it is to share out. */
import { shown, wrongType } from "../check";
import { defineMetric } from "./define-metric";
import type { Metric } from "./metric";

/** Options of `completeness`. */
export interface CompletenessOptions {
  /** F(x′) of each example, for a map without a baseline of its own. Default: the map's. */
  readonly baselineScore: readonly (number | undefined)[] | undefined;
}

/**
 * The convergence delta: Σ attribution − (F(x) − F(x′)), per example. Unit: score. Undefined where there is no F(x′).
 *
 * Sundararajan, Taly, Yan: Axiomatic Attribution for Deep Networks (2017), arXiv 1703.01365.
 */
export const completeness: Metric<CompletenessOptions> = defineMetric<CompletenessOptions>(
  {
    name: "completeness",
    label: "convergence delta",
    paper: "Sundararajan et al. 2017, arXiv 1703.01365",
    direction: "zero",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    shows: "How far the attributions' sum is from F(x) − F(x′).",
    cannotShow: "A map may be complete and share the difference out among the wrong features.",
    options: {
      baselineScore: {
        default: undefined,
        check: (fn, given) => {
          const scores = Array.isArray(given) && given.every((s) => s === undefined || typeof s === "number");
          if (!scores) throw wrongType(fn, "baselineScore to be one number per example", shown(given));
          return given;
        },
      },
    },
  },
  ({ map, options, entries }) =>
    map.score.map((score, row) => {
      const from = (options.baselineScore ?? map.baselineScore)?.[row];
      return from === undefined ? undefined : entries(row).reduce((sum, a) => sum + a, 0) - (score - from);
    }),
);
