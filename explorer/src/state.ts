/** State of the explorer: everything that a reader can set, and all that a link keeps. */
import { RULE_NAMES, type RuleName } from "../../src/quadrature";
import { NET_NAMES, type NetName } from "./net-names";
import { PATTERN_NAMES, type PatternName } from "./patterns";

export const TAB_NAMES = ["saliency", "path", "compare", "trust"] as const;
export const BASELINE_CHOICES = ["black", "white", "noise", "blur", "mean", "custom"] as const;
export const EXPLAIN_CHOICES = ["logit", "probability"] as const;
export const SCALE_CHOICES = ["panel", "shared", "raw"] as const;
export const TRUSTED_CHOICES = ["integratedGradients", "saliency", "smoothGrad"] as const;

export type TabName = (typeof TAB_NAMES)[number];
export type BaselineChoice = (typeof BASELINE_CHOICES)[number];

/** What a reader has set. */
export interface State {
  readonly tab: TabName;
  readonly net: NetName;
  readonly pattern: PatternName;
  /** Number of the real digit, from 0. */
  readonly digit: number;
  /** What was painted, pattern "custom"; a value from 0 to 1 for each cell. */
  readonly pixels: readonly number[];
  readonly baseline: BaselineChoice;
  /** The painted baseline. */
  readonly baselinePixels: readonly number[];
  /** The class that is explained; undefined for the predicted one. */
  readonly target: number | undefined;
  readonly explain: (typeof EXPLAIN_CHOICES)[number];
  readonly rule: RuleName;
  readonly steps: number;
  /** How far the path has been walked, 0 … steps. */
  readonly step: number;
  readonly speed: number;
  readonly scale: (typeof SCALE_CHOICES)[number];
  /** Grey level of the brush. */
  readonly ink: number;
  /** The method that "Can I trust it?" examines. */
  readonly trusted: (typeof TRUSTED_CHOICES)[number];
  /** Layers that are randomised, from the output. */
  readonly randomised: number;
  /** Standard deviation of the noise on the input. */
  readonly noise: number;
  readonly seed: number;
}

export const MOST_STEPS = 200;
export const FEWEST_STEPS = 5;
export const SPEEDS = 5;
export const MOST_NOISE = 0.5;

/** What the page opens with. */
export const START: State = {
  tab: "saliency",
  net: "cnn",
  pattern: "digit",
  digit: 5,
  pixels: [],
  baseline: "black",
  baselinePixels: [],
  target: undefined,
  explain: "logit",
  rule: "gauss-legendre",
  steps: 50,
  step: 50,
  speed: 3,
  scale: "panel",
  ink: 1,
  trusted: "integratedGradients",
  randomised: 0,
  noise: 0.1,
  seed: 0,
};

/** A check of one field: the value as it may stand in a state, or undefined where it is none. */
type Check<T> = (value: unknown) => T | undefined;

const oneOf =
  <T extends string>(names: readonly T[]): Check<T> =>
  (value) =>
    names.find((name) => name === value);

const within =
  (low: number, high: number, whole = true): Check<number> =>
  (value) =>
    typeof value === "number" && value >= low && value <= high && (!whole || Number.isInteger(value))
      ? value
      : undefined;

const MOST_CELLS = 4096;

const cells: Check<readonly number[]> = (value) =>
  Array.isArray(value) &&
  value.length <= MOST_CELLS &&
  value.every((cell) => typeof cell === "number" && cell >= 0 && cell <= 1)
    ? value
    : undefined;

const CHECKS: { readonly [Name in keyof State]: Check<State[Name]> } = {
  tab: oneOf(TAB_NAMES),
  net: oneOf(NET_NAMES),
  pattern: oneOf(PATTERN_NAMES),
  digit: within(0, 299),
  pixels: cells,
  baseline: oneOf(BASELINE_CHOICES),
  baselinePixels: cells,
  target: within(0, 999),
  explain: oneOf(EXPLAIN_CHOICES),
  rule: oneOf(RULE_NAMES),
  steps: within(FEWEST_STEPS, MOST_STEPS),
  step: within(0, MOST_STEPS),
  speed: within(1, SPEEDS),
  scale: oneOf(SCALE_CHOICES),
  ink: within(0, 1, false),
  trusted: oneOf(TRUSTED_CHOICES),
  randomised: within(0, 99),
  noise: within(0, MOST_NOISE, false),
  seed: within(0, 2 ** 31 - 1),
};

/** Names of all fields. */
export const FIELDS: readonly (keyof State)[] = Object.keys(START).filter(
  (name): name is keyof State => name in CHECKS,
);

/** A state of whatever was given: fields that are valid, and the start's in place of all others. */
export function checkedState(given: Readonly<Record<string, unknown>>): State {
  const valid = <Name extends keyof State>(name: Name): State[Name] =>
    (Object.hasOwn(given, name) ? CHECKS[name](given[name]) : undefined) ?? START[name];
  const found: { [Name in keyof State]: State[Name] } = { ...START };
  const take = <Name extends keyof State>(name: Name): void => {
    found[name] = valid(name);
  };
  for (const name of FIELDS) take(name);
  return { ...found, step: Math.min(found.step, found.steps) };
}
