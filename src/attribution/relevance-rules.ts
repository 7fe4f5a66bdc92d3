/** Relevance rules as users write them: presets, matches, and the numbers of each rule. */
import { checkBoolean, checkName, checkNumber, checkOptions, outOfRange, shown, wrongType } from "../check";
import type { LinearRule, ResolvedRule, RuleMatch } from "../engine/rules";

/** Rules `[match, rule]`, the first that fits being taken; a match by a name alone is that of a layer. */
export type LrpRules = readonly (readonly [match: string | RuleMatch, rule: LinearRule])[];

type Preset = readonly (readonly [RuleMatch, LinearRule])[];

const CONVOLUTION: RuleMatch = { operation: "convolution" };
const DENSE: RuleMatch = { operation: "dense" };
const FIRST: RuleMatch = { place: "first" };

/** A composite by name. */
export type LrpPreset =
  | "epsilon"
  | "epsilon-plus"
  | "epsilon-plus-flat"
  | "epsilon-gamma-box"
  | "epsilon-alpha2-beta1"
  | "epsilon-alpha2-beta1-flat"
  | "deep-taylor"
  | "excitation-backprop"
  | "attention";

/** Composites of the field; where neither name nor number says otherwise, as in zennit. */
const PRESETS: Readonly<Record<LrpPreset, Preset>> = {
  epsilon: [[{}, "epsilon"]],
  "epsilon-plus": [
    [CONVOLUTION, "z-plus"],
    [DENSE, "epsilon"],
  ],
  "epsilon-plus-flat": [
    [FIRST, "flat"],
    [CONVOLUTION, "z-plus"],
    [DENSE, "epsilon"],
  ],
  "epsilon-gamma-box": [
    [{ ...CONVOLUTION, ...FIRST }, "z-box"],
    [CONVOLUTION, "gamma"],
    [DENSE, "epsilon"],
  ],
  "epsilon-alpha2-beta1": [
    [CONVOLUTION, "alpha-beta"],
    [DENSE, "epsilon"],
  ],
  "epsilon-alpha2-beta1-flat": [
    [FIRST, "flat"],
    [CONVOLUTION, "alpha-beta"],
    [DENSE, "epsilon"],
  ],
  "deep-taylor": [
    [FIRST, "z-box"],
    [{}, "z-plus"],
  ],
  "excitation-backprop": [[{}, "z-plus"]],
  attention: [[{}, "epsilon"]],
};

/** Names of the composites. */
export const LRP_PRESETS: readonly LrpPreset[] = [
  "epsilon",
  "epsilon-plus",
  "epsilon-plus-flat",
  "epsilon-gamma-box",
  "epsilon-alpha2-beta1",
  "epsilon-alpha2-beta1-flat",
  "deep-taylor",
  "excitation-backprop",
  "attention",
];

/** Numbers that each rule may have of its own, beside `bias`. */
const NUMBERS = {
  epsilon: ["epsilon", "bias"],
  gamma: ["gamma", "bias"],
  "alpha-beta": ["alpha", "beta", "bias"],
  "z-plus": ["bias"],
  "z-box": ["low", "high", "bias"],
  "w-square": ["bias"],
  flat: [],
  identity: [],
} as const satisfies Record<ResolvedRule["rule"], readonly (keyof ResolvedRule)[]>;

const RULES: readonly ResolvedRule["rule"][] = [
  "epsilon",
  "gamma",
  "alpha-beta",
  "z-plus",
  "z-box",
  "w-square",
  "flat",
  "identity",
];

/** Checks the option `rules`: the forms of matches and rules, and their numbers. */
export function checkedRules(fn: string, given: unknown): LrpRules {
  if (!Array.isArray(given)) throw wrongType(fn, "rules to be a list of [match, rule]", shown(given));
  return given.map((pair: unknown): LrpRules[number] => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw wrongType(fn, "rules to be a list of [match, rule]", shown(pair));
    const [match, rule]: readonly unknown[] = pair;
    return [checkedMatch(fn, match), checkedRule(fn, rule)];
  });
}

function checkedMatch(fn: string, given: unknown): RuleMatch {
  if (typeof given === "string") return { layer: given };
  checkOptions(fn, given ?? null, ["layer", "kind", "operation", "place"]);
  const { layer, kind, operation, place }: Record<string, unknown> = { ...Object(given) };
  for (const [name, value] of Object.entries({ layer, kind }))
    if (value !== undefined && typeof value !== "string")
      throw wrongType(fn, `a rule's ${name} to be a name`, shown(value));
  return {
    ...(typeof layer === "string" ? { layer } : {}),
    ...(typeof kind === "string" ? { kind } : {}),
    ...(operation === undefined
      ? {}
      : { operation: checkName(fn, "operation", operation, ["convolution", "dense"] as const) }),
    ...(place === undefined ? {} : { place: checkName(fn, "place", place, ["first", "last"] as const) }),
  };
}

function checkedRule(fn: string, given: unknown): LinearRule {
  if (typeof given === "string") return checkName(fn, "rule", given, RULES);
  if (typeof given !== "object" || given === null || !("rule" in given))
    throw wrongType(fn, "a rule to be a name or { rule, … }", shown(given));
  const rule = checkName(fn, "rule", given.rule, RULES);
  const names: readonly string[] = NUMBERS[rule];
  checkOptions(fn, given, ["rule", ...names]);
  const { bias, ...numbers }: Record<string, unknown> = { ...given, rule: undefined };
  const own: Record<string, number> = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (value === undefined) continue;
    const least = name === "low" || name === "high" ? Number.NEGATIVE_INFINITY : 0;
    own[name] = checkNumber(fn, `${name} of rule ${rule}`, value, least);
  }
  return { rule, ...own, ...(bias === undefined ? {} : { bias: checkBoolean(fn, "bias", bias) }) };
}

/** Layers and kinds that rules name. */
export function layersOf(rules: LrpRules): readonly Pick<RuleMatch, "layer" | "kind">[] {
  return rules.map(([match]) => (typeof match === "string" ? { layer: match } : match));
}

/** Numbers of a call, and its rules. */
export interface RuleNumbers {
  /**
   * Rules by name (C: convolutions, D: other products with weights): "epsilon" (default) for all; "epsilon-plus": z-plus at C,
   * epsilon at D; "epsilon-alpha2-beta1": alpha-beta at C; both with "-flat": flat at the first; "epsilon-gamma-box": z-box at
   * the first C, gamma at the others; "deep-taylor": z-box at the first where `low` and `high` are known, else w-square,
   * z-plus elsewhere; "excitation-backprop": z-plus everywhere; "attention" (AttnLRP): epsilon, and rules of softmax, of products of
   * two values and of layer norms, which the others refuse.
   */
  readonly preset: LrpPreset;
  /**
   * Rules `[match, rule]` that come before the preset's, the first that fits being taken. A match is a layer's name or
   * `{ layer, kind, operation: "convolution" | "dense", place: "first" | "last" }`; a rule is "epsilon", "gamma",
   * "alpha-beta", "z-plus", "z-box", "w-square", "flat", "identity", or such as `{ rule: "gamma", gamma: 0.5, bias: false }`.
   */
  readonly rules: LrpRules;
  /** Stabiliser of every denominator; ε of the rule epsilon. Default 1e-6. */
  readonly epsilon: number;
  /** γ of the rule gamma. Default 0.25. */
  readonly gamma: number;
  /** Smallest value of the input, for z-box. Default: that of the facts' `range`. */
  readonly low: number | undefined;
  /** Largest value of the input, for z-box. */
  readonly high: number | undefined;
}

/**
 * Rules with all their numbers, in the order in which they are tried.
 * @throws RangeError where z-box has no bounds, and for an α − β that is not 1.
 */
export function resolvedRules(
  fn: string,
  { preset, rules, ...numbers }: RuleNumbers,
): readonly (readonly [RuleMatch, ResolvedRule])[] {
  const isBoxed = numbers.low !== undefined && numbers.high !== undefined;
  const named: Preset = PRESETS[preset];
  const all = [
    ...rules.map(([match, rule]) => [typeof match === "string" ? { layer: match } : match, rule] as const),
    // The deep Taylor decomposition of inputs without bounds.
    ...named.map(([match, rule]) => {
      const isUnbounded = preset === "deep-taylor" && rule === "z-box" && !isBoxed;
      return [match, isUnbounded ? "w-square" : rule] as const;
    }),
  ];
  return all.map(([match, rule]) => [match, resolved(fn, rule, numbers)]);
}

function resolved(
  fn: string,
  given: LinearRule,
  numbers: Omit<RuleNumbers, "preset" | "rules">,
): ResolvedRule {
  const own: Partial<ResolvedRule> & Pick<ResolvedRule, "rule"> =
    typeof given === "string" ? { rule: given } : given;
  const { low = numbers.low, high = numbers.high, ...rest } = own;
  if (own.rule === "z-box") {
    const expected =
      "low and high of the input for the rule z-box (options, or the fact range), low below high";
    if (low === undefined || high === undefined) throw outOfRange(fn, expected, "none");
    if (!(low < high)) throw outOfRange(fn, expected, `${low} and ${high}`);
  }
  const { epsilon, gamma } = numbers;
  const whole = { epsilon, gamma, alpha: 2, beta: 1, bias: true, low: low ?? 0, high: high ?? 0, ...rest };
  if (own.rule === "alpha-beta" && Math.abs(whole.alpha - whole.beta - 1) > 1e-6)
    throw outOfRange(fn, "α − β = 1 for the rule alpha-beta", `${whole.alpha} − ${whole.beta}`);
  return whole;
}
