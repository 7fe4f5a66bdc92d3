/** Convergence: how far integrated gradients are from F(x) − F(x′), against the number of steps, per rule. */
import { integratedGradients } from "../attr";
import { checkInteger, checkName, checkNumber, checkOptions, shown, wrongType } from "../check";
import { asModel, type Net } from "../engine";
import type { Baseline } from "../model/baseline";
import type { Input } from "../model/input";
import type { Explain } from "../model/score";
import type { Target } from "../model/target";
import { RULE_NAMES, type RuleName } from "../quadrature";
import { Study } from "./study";

/** Options of `convergence`. */
export interface ConvergenceOptions {
  /** Numbers of steps, in ascending order. */
  readonly steps?: readonly number[];
  /** Rules that are compared. */
  readonly rules?: readonly RuleName[];
  /** The delta that is wanted, as a share of |F(x) − F(x′)|. */
  readonly tolerance?: number;
  readonly target?: Target;
  readonly baseline?: Baseline;
  readonly explain?: Explain;
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

const STEPS: readonly number[] = [20, 30, 50, 100, 200, 300];
const RULES: readonly RuleName[] = ["gauss-legendre", "trapezoid", "midpoint"];

/**
 * Deltas and times of integrated gradients at several numbers of steps, and the steps that each rule needs for the wanted delta: the
 * least from which on all examples stay below it.
 *
 * ```ts
 * const study = await convergence(net, x, { tolerance: 0.01 });
 * study.table("steps advised");
 * ```
 * Relative deltas are |Σ a − (F(x) − F(x′))| / |F(x) − F(x′)|, the largest over the examples.
 */
export async function convergence(net: Net, x: Input, options: ConvergenceOptions = {}): Promise<Study> {
  const fn = "convergence";
  checkOptions(fn, options, [
    "steps",
    "rules",
    "tolerance",
    "target",
    "baseline",
    "explain",
    "seed",
    "signal",
  ]);
  const { steps = STEPS, rules = RULES, tolerance = 0.01, ...common } = options;
  if (!Array.isArray(steps) || steps.length === 0) throw wrongType(fn, "steps to be numbers", shown(steps));
  for (const count of steps) checkInteger(fn, "steps", count, 1);
  if (!Array.isArray(rules) || rules.length === 0) throw wrongType(fn, "rules to be names", shown(rules));
  for (const rule of rules) checkName(fn, "rules", rule, RULE_NAMES);
  checkNumber(fn, "tolerance", tolerance, 0, true);
  const model = asModel(net);
  const rows: { rule: RuleName; steps: number; delta: number; relative: number; ms: number }[] = [];
  for (const rule of rules)
    for (const count of [...steps].sort((a, b) => a - b)) {
      const map = await integratedGradients(model, x, { ...common, rule, steps: count });
      const relative = map.convergenceDelta.map((delta, row) => {
        const difference = Math.abs(map.score[row] - map.baselineScore[row]);
        return delta === 0 ? 0 : Math.abs(delta) / difference;
      });
      const delta = Math.max(...map.convergenceDelta.map(Math.abs));
      rows.push({ rule, steps: count, delta, relative: Math.max(...relative), ms: map.elapsedMs });
    }
  const advised = rules.map((rule) => {
    const mine = rows.filter((row) => row.rule === rule);
    const last = mine.map((row) => row.relative > tolerance).lastIndexOf(true);
    return mine[last + 1]?.steps;
  });
  const best = rules.flatMap((rule, i) => (advised[i] === undefined ? [] : [{ rule, steps: advised[i] }]));
  best.sort((a, b) => a.steps - b.steps);
  const most = Math.max(...steps);
  return new Study({
    kind: "convergence",
    tables: [
      {
        name: "deltas",
        columns: [
          { name: "rule", values: rows.map((row) => row.rule) },
          { name: "steps", values: rows.map((row) => row.steps) },
          { name: "largest delta", unit: "score", values: rows.map((row) => row.delta) },
          { name: "relative", unit: "of F(x) − F(x′)", values: rows.map((row) => row.relative) },
          { name: "time", unit: "ms", values: rows.map((row) => row.ms) },
        ],
      },
      {
        name: "steps advised",
        columns: [
          { name: "rule", values: rules },
          { name: "steps", values: advised },
        ],
      },
    ],
    findings: [
      best.length > 0
        ? `For a delta of ${100 * tolerance} % of F(x) − F(x′) take ${best[0].steps} steps of ${best[0].rule}.`
        : `No rule stays below ${100 * tolerance} % of F(x) − F(x′) within ${most} steps: option tolerance of integratedGradients refines until it does.`,
    ],
    curves: [
      {
        title: "Relative delta",
        xLabel: "steps",
        yLabel: "log10 of the relative delta",
        series: rules.map((rule) => {
          const mine = rows.filter((row) => row.rule === rule);
          return {
            name: rule,
            x: mine.map((row) => row.steps),
            y: mine.map((row) => Math.log10(Math.max(1e-9, row.relative))),
          };
        }),
      },
    ],
  });
}
