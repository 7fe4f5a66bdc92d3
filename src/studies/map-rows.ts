/** Rows of maps: the numbers of each example, with the names of the entries, of one map or of several of one shape. */
import { Attribution } from "../attribution";
import { outOfRange, shown, wrongType } from "../check";
import { entryNames } from "../display/part-grids";
import { rowsOfMap } from "../metrics/measuring/maps-again";

/** Numbers of many examples. */
export interface MapRows {
  /** One row per example. */
  readonly rows: readonly Float64Array[];
  readonly names: readonly string[];
}

/** A map, or several whose examples are taken together. */
export type Maps = Attribution | readonly Attribution[];

/** The maps that were given, checked. */
export function mapsOf(fn: string, what: string, given: Maps): readonly Attribution[] {
  const maps: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (maps.length === 0) throw outOfRange(fn, `at least one map as ${what}`, "none");
  return maps.map((map) => {
    if (map instanceof Attribution) return map;
    throw wrongType(fn, `${what} to be an attribution or an array of attributions`, shown(given));
  });
}

/** The numbers of all examples of maps. */
export function rowsOfMaps(fn: string, what: string, given: Maps): MapRows {
  const maps = mapsOf(fn, what, given);
  const names = namesOfMap(maps[0]);
  const rows = maps.flatMap(rowsOfMap);
  const odd = rows.find((row) => row.length !== names.length);
  if (odd) throw outOfRange(fn, `${what} of ${names.length} entries each`, String(odd.length));
  return { rows, names };
}

/** The names of a map's entries, with those of their parts where there are several. */
export function namesOfMap(map: Attribution): string[] {
  const { parts } = map.toView();
  return parts.flatMap((part) =>
    entryNames(part).map((name) => (parts.length > 1 ? `${part.name} ${name}` : name)),
  );
}
