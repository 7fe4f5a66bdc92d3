/** Layer-wise relevance propagation as a backward rule: which rule each linear operation has, and what the others do. */

import { PASSED, sharesByValue, toSignal } from "../epsilon";
import { plainGradient, type Row, type Rule, type RuleStep } from "../step";
import { attentionRows } from "./attention";
import { linearRelevance, type ResolvedRule } from "./linear-rules";

/** Operations that a rule is for: all that is named must fit. */
export interface RuleMatch {
  /** Name of the layer, as the model has it. */
  readonly layer?: string;
  /** Kind of the layer, such as "Conv2D" or "Dense". */
  readonly kind?: string;
  /** A product with weights that slide over positions, or any other. */
  readonly operation?: "convolution" | "dense";
  /** Products with weights with no other in front of them, or behind them. */
  readonly place?: "first" | "last";
}

/** All that relevance propagation needs to know. */
export interface Composite {
  /** The first that fits is taken; what none fits has the rule epsilon. */
  readonly rules: readonly (readonly [RuleMatch, ResolvedRule])[];
  /** Stabiliser of sums, means and of what no rule fits. */
  readonly epsilon: number;
  readonly foldsNorms: boolean;
  /** Whether attention and norms by the example's own statistics are covered. Default false: they are errors. */
  readonly attends?: boolean;
}

const known = new Map<string, Rule>();

/** The rule of a composite: the same for the same numbers, so that graphs are found again. */
export function relevance(composite: Composite): Rule {
  const key = JSON.stringify(composite, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  const rule = known.get(key) ?? ruleOf(composite);
  known.set(key, rule);
  return rule;
}

function ruleOf({ rules, epsilon, foldsNorms, attends = false }: Composite): Rule {
  const byValue = sharesByValue(epsilon);
  const linear: Row = (step) => {
    const own = step.modified && rules.find(([match]) => fits(match, step));
    if (own === undefined) return byValue(step);
    const [, rule] = own;
    if (rule.rule === "epsilon" && rule.bias) return sharesByValue(rule.epsilon)(step);
    const shares = linearRelevance(step, rule);
    return shares && [shares];
  };
  return {
    name: "relevance",
    starts: "relevance",
    reference: false,
    foldsNorms,
    rows: {
      linear,
      sum: byValue,
      pool: (step) => (step.kernel.startsWith("AvgPool") ? byValue(step) : plainGradient(step)),
      activation: (step) => (PASSED.has(step.kernel) ? [step.incoming] : undefined),
      gate: toSignal,
      ...(attends ? attentionRows(byValue) : {}),
    },
  };
}

function fits({ layer, kind, operation, place }: RuleMatch, step: RuleStep): boolean {
  return (
    (layer === undefined || step.layer?.name === layer) &&
    (kind === undefined || step.layer?.kind === kind) &&
    (operation === undefined || step.form === operation) &&
    (place === undefined || step.place[place])
  );
}
