import type { Place } from "./model";

/** Whether two places are the same one. */
export function samePlace(a: Place, b: Place): boolean {
  if ("input" in a || "input" in b) return "input" in a && "input" in b && a.input === b.input;
  return a.layer === b.layer && a.side === b.side && a.entry === b.entry;
}
