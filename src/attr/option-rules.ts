/** Rules of options that several methods share. */

import type { OptionRule } from "../attribution";
import { checkBoolean, checkInteger, checkNumber } from "../check";

/** true or false. */
export function optionTrueOrFalse(name: string, value: boolean): OptionRule<boolean> {
  return { default: value, check: (fn, given) => checkBoolean(fn, name, given) };
}

/** A whole number from 1 to `max`. */
export function optionCount(name: string, value: number, max?: number): OptionRule<number> {
  return { default: value, check: (fn, given) => checkInteger(fn, name, given, 1, max) };
}

/** A finite number of at least `min`, or nothing. */
export function optionAmount<T extends number | undefined>(
  name: string,
  value: T,
  min = 0,
  open = false,
): OptionRule<T> {
  return { default: value, check: (fn, given) => checkNumber(fn, name, given, min, open) as T };
}
