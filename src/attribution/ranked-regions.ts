/** Regions in the order in which they add most attribution per position: the ranking of XRAI. */

/** Options of the ranking. */
export interface RankingOptions {
  /** "full": what each region would add to those chosen before; "fast": by itself, overlaps not looked at. */
  readonly algorithm: "full" | "fast";
  /** Share of the positions that are covered before the rest is left as one region. */
  readonly area: number;
  /** Positions that a region must add. */
  readonly smallest: number;
}

/**
 * The density of attribution in the region that each position comes with: its mean over the positions that the region adds.
 * @param attribution one number per position.
 * @param regions positions of each region, by number; they may overlap.
 */
export function rankedRegions(
  attribution: Float64Array,
  regions: readonly Int32Array[],
  { algorithm, area, smallest }: RankingOptions,
): Float64Array {
  const values = new Float64Array(attribution.length);
  const covered = new Uint8Array(attribution.length);
  let count = 0;
  const added = (region: Int32Array): Int32Array => region.filter((i) => covered[i] === 0);
  const density = (positions: Int32Array): number =>
    positions.reduce((sum, i) => sum + attribution[i], 0) / positions.length;
  const cover = (positions: Int32Array): void => {
    const value = density(positions);
    for (const i of positions) {
      values[i] = value;
      covered[i] = 1;
    }
    count += positions.length;
  };
  if (algorithm === "fast") {
    const order = regions
      .filter((region) => region.length > 0)
      .map((region) => ({ region, density: density(region) }))
      .sort((a, b) => b.density - a.density);
    for (const { region } of order) {
      const fresh = added(region);
      if (fresh.length >= Math.max(1, smallest)) cover(fresh);
    }
  } else {
    let left = regions;
    while (count <= area * attribution.length) {
      const fresh = left.map(added).filter((positions) => positions.length >= Math.max(1, smallest));
      if (fresh.length === 0) break;
      const densities = fresh.map(density);
      const best = densities.indexOf(Math.max(...densities));
      cover(fresh[best]);
      // What a region adds only shrinks.
      left = fresh.filter((_, k) => k !== best);
    }
  }
  const rest = Int32Array.from(covered.keys()).filter((i) => covered[i] === 0);
  if (rest.length > 0) cover(rest);
  return values;
}
