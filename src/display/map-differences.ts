/** What tells maps of several methods apart: where one gives a larger share of its magnitude than another. */

import { type Grid, resize } from "./grid";

/**
 * Each map's share of its own magnitude, a / Σ|a|, minus that of the first map: shares have no unit, so that maps of
 * several can be subtracted. A coarser map is interpolated to the finest, and a map of zeros has no shares.
 */
export function shareDifferences(maps: readonly Grid[]): Grid[] {
  const finest = finestOf(maps);
  const shares = maps.map((map) => sharesOf(resize(map, finest.rows, finest.columns)));
  return shares.slice(1).map((map) => ({
    ...map,
    values: map.values.map((share, cell) => share - shares[0].values[cell]),
  }));
}

/** The map of the most cells. */
export function finestOf(maps: readonly Grid[]): Grid {
  return maps.reduce((finest, map) => (map.values.length > finest.values.length ? map : finest));
}

function sharesOf(map: Grid): Grid {
  const magnitude = map.values.reduce(
    (sum, value) => sum + (Number.isFinite(value) ? Math.abs(value) : 0),
    0,
  );
  return { ...map, values: map.values.map((value) => value / magnitude) };
}
