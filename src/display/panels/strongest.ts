/** The strongest entries of a panel in words, for those who do not see it. */

import { readable, shorten, signed } from "../text";

/** Entries that are named; more would be read out for minutes. */
const NAMED = 3;

/** `"strongest: row 3, column 4 (+2.1), row 0, column 1 (−1.7) and 62 more"`; entries that are zero are not named. */
export function strongest(values: readonly number[], nameOf: (index: number) => string): string {
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const magnitude = Math.abs(values[i]);
    // Not more are kept than are named: a map may have a million.
    const place = order.findIndex((other) => magnitude > Math.abs(values[other]));
    if (!(magnitude > 0) || magnitude === Infinity || (place < 0 && order.length >= NAMED)) continue;
    order.splice(place < 0 ? order.length : place, 0, i);
    if (order.length > NAMED) order.pop();
  }
  if (order.length === 0) return values.every((value) => value === 0) ? "all zero" : "none finite";
  const named = order.map((i) => `${shorten(nameOf(i), 40)} (${signed(values[i])})`).join("; ");
  const more = values.length - order.length;
  return `strongest: ${named}${more > 0 ? `; ${readable(more, 7)} more` : ""}`;
}

/** A sentence made of what there is. */
export function sentence(...parts: (string | undefined)[]): string {
  return `${parts.filter(Boolean).join(": ")}.`;
}
