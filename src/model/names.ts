/** Names of inputs and outputs: their own, and others that users know them by, such as a signature's. */
import { nearest, outOfRange, shown } from "../check";

/** Names that an error lists: of inputs and outputs there are few. */
const MOST_LISTED = 12;

/** Something that goes by several names. */
export interface Named {
  readonly name: string;
  /** Further names: those of a GraphModel's signature, the layer that an output comes of. */
  readonly aliases?: readonly string[];
}

/** Number of the one that a name means; its own names come first, and an alias of several means none. Undefined where unknown. */
export function numberNamed(all: readonly Named[], name: string): number | undefined {
  const own = all.findIndex((one) => one.name === name);
  if (own >= 0) return own;
  const meant = all.flatMap(({ aliases }, i) => (aliases?.includes(name) ? [i] : []));
  return meant.length === 1 ? meant[0] : undefined;
}

/** Every name by which one can be called. */
function allNames(all: readonly Named[]): string[] {
  return [...new Set(all.flatMap(({ name, aliases = [] }) => [...aliases, name]))];
}

/** The same, or an error that lists the names there are. */
export function checkNamed(fn: string, what: string, name: string, all: readonly Named[]): number {
  const number = numberNamed(all, name);
  if (number !== undefined) return number;
  const names = allNames(all);
  const [near] = nearest(name, names, 1);
  const list = `${names.slice(0, MOST_LISTED).map(shown).join(", ")}${names.length > MOST_LISTED ? ", …" : ""}`;
  const known =
    near === undefined ? `(known: ${list})` : `(nearest: ${shown(near)}), where there are ${list}`;
  throw outOfRange(fn, what, `${shown(name)} ${known}`);
}
