/** Rules of options that several metrics have. */
import type { OptionRule } from "../../attribution";
import { checkBoolean, checkInteger, checkName, checkNumber, shown, wrongType } from "../../check";
import type { Baseline } from "../../model/baseline";
import type { Explain } from "../../model/score";
import { EXPLAIN_NAMES } from "../../model/target";

/** A whole number. */
export function whole(name: string, value: number, least = 1): OptionRule<number> {
  return { default: value, check: (fn, given) => checkInteger(fn, name, given, least) };
}

/** A whole number, or what the metric makes of the number of features. */
export function wholeOrFitting(name: string, least = 1): OptionRule<number | undefined> {
  return { default: undefined, check: (fn, given) => checkInteger(fn, name, given, least) };
}

/** A finite number of at least `least`, or above it. */
export function atLeast(name: string, value: number, least = 0, open = false): OptionRule<number> {
  return { default: value, check: (fn, given) => checkNumber(fn, name, given, least, open) };
}

/** True or false. */
export function yesOrNo(name: string, value: boolean): OptionRule<boolean> {
  return { default: value, check: (fn, given) => checkBoolean(fn, name, given) };
}

/** One of several names. */
export function oneOf<Name extends string>(
  name: string,
  value: Name,
  known: readonly Name[],
): OptionRule<Name> {
  return { default: value, check: (fn, given) => checkName(fn, name, given, known) };
}

/** What stands in for what is hidden. Arrays are read when the shapes of the inputs are known. */
export function baselineRule(value?: Baseline): OptionRule<Baseline | undefined> {
  return {
    default: value,
    check: (fn, given) => {
      if (!isBaseline(given))
        throw wrongType(fn, "baseline to be a name, a number, an array or a function", shown(given));
      return given;
    },
  };
}

function isBaseline(given: unknown): given is Baseline {
  return (
    ["string", "number", "function"].includes(typeof given) || (typeof given === "object" && given !== null)
  );
}

/** The form of the score. */
export function explainRule(value?: Explain): OptionRule<Explain | undefined> {
  return { default: value, check: (fn, given) => checkName(fn, "explain", given, EXPLAIN_NAMES) };
}
