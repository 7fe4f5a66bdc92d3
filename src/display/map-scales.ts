/** Colour scales of maps, and what they mean. */

import { ROUNDING } from "./cancelling";
import { type ColourScale, divergingScale, sequentialScale } from "./colour";
import type { FigureOptions } from "./figure-options";
import type { MapView } from "./map-view";
import { readable } from "./text";

/** Meaning of the colours of a map, in words. */
export function attributionLabel(view: MapView): string {
  return `${view.quantity ?? "attribution to"} the ${view.explain}`;
}

/** The same without what leaves the unit as it is: a mean of gradients is measured as they are. */
export function unitLabel(view: MapView): string {
  return attributionLabel(view).replace(/^mean (?!squared)/, "");
}

/** Maps of more values than this are clipped where nothing is said: one pixel must not blank a photograph. */
const MANY_VALUES = 1024;

/** Share of the values of such a map beyond full colour. */
export const CLIP = 0.01;

/** True of a map of so many values that few of them may lie beyond full colour. */
export function isLarge(values: number): boolean {
  return values > MANY_VALUES;
}

/** More of maps than the values that are drawn. */
export interface MapFacts {
  /** moments of a map that moves; its full colour is the largest of theirs */
  readonly frames?: readonly (readonly (readonly number[])[])[];
  /** per map the largest Σ|·| behind a value: what a sum's rounding is measured by */
  readonly sums?: readonly number[];
  /** per map, whether its values are lengths, which have no sign */
  readonly lengths?: readonly boolean[];
}

/**
 * Colour scales of several maps under `options.scale`, one name per map; `legendTitle` says what their colours mean, of
 * each where they have several units. What is shared is shared by the maps of one unit: of two, none could be read.
 *
 * Full colour is the magnitude that a share `options.clip` of the values lies beyond, which the legend says, and no less than
 * what rounding may leave of a sum that cancels.
 */
export function mapScales(
  maps: readonly (readonly number[])[],
  legendTitle: string | readonly string[],
  options: FigureOptions,
  { frames = maps.map((map) => [map]), sums = [], lengths = [] }: MapFacts = {},
): { names: string[]; colours: Record<string, ColourScale>; notes: string[] } {
  const notes = notFiniteNotes(maps);
  const titles = typeof legendTitle === "string" ? maps.map(() => legendTitle) : legendTitle;
  const units = [...new Set(titles)];
  const own = maps.map((_, i) => (units.length > 1 ? `unit${units.indexOf(titles[i])}` : "map"));
  const scaleOf = (members: readonly number[]): typeof divergingScale =>
    members.every((i) => lengths[i]) ? sequentialScale : divergingScale;
  const ofUnit = (title: string): number[] => maps.flatMap((_, i) => (titles[i] === title ? [i] : []));
  if (options.scale === "raw" || options.limit !== undefined) {
    const limit = options.limit ?? 1;
    const beyond = countBeyond(maps.flat(), limit);
    if (beyond > 0)
      notes.push(
        `${beyond} value${beyond === 1 ? " lies" : "s lie"} beyond ±${limit}: drawn at full colour.`,
      );
    const colours = units.map((title) => {
      const members = ofUnit(title);
      return [own[members[0]], scaleOf(members)(limit, title, options.colormap)] as const;
    });
    return { names: own, colours: Object.fromEntries(colours), notes };
  }
  /** The scale that some of the maps share. */
  const scale = (title: string, members: readonly number[]): ColourScale => {
    const moments = Math.max(0, ...members.map((i) => frames[i].length));
    const limits = Array.from({ length: moments }, (_, frame) => {
      const values = members.flatMap((i) => frames[i][frame] ?? []);
      return fullColour(values, options.clip);
    }).filter((limit) => !Number.isNaN(limit));
    const rounding = ROUNDING * Math.max(0, ...members.map((i) => sums[i] ?? 0));
    const limit = limits.length > 0 ? Math.max(...limits, rounding) : Number.NaN;
    const values = members.flatMap((i) => maps[i]);
    const share = countBeyond(values, limit) / values.filter(Number.isFinite).length;
    const legend = share > 0 ? `${title}, ${readable(100 * share, 2)} % beyond` : title;
    return scaleOf(members)(limit, legend, options.colormap);
  };
  if (options.scale === "shared" || maps.length === 1) {
    const colours = units.map((title) => {
      const members = ofUnit(title);
      return [own[members[0]], scale(title, members)] as const;
    });
    return { names: own, colours: Object.fromEntries(colours), notes };
  }
  const names = maps.map((_, i) => `map${i}`);
  return {
    names,
    colours: Object.fromEntries(names.map((name, i) => [name, scale(titles[i], [i])])),
    notes,
  };
}

/** The magnitude that a share of the values lies beyond; not a number where no value is finite. */
function fullColour(values: readonly number[], clip: number = isLarge(values.length) ? CLIP : 0): number {
  const magnitudes = Float64Array.from(values.filter(Number.isFinite), Math.abs).sort();
  if (magnitudes.length === 0) return Number.NaN;
  const limit = magnitudes[Math.max(0, Math.ceil((1 - clip) * magnitudes.length) - 1)];
  // A map that is zero but for fewer values than that shows these.
  return limit > 0 ? limit : magnitudes[magnitudes.length - 1];
}

function countBeyond(values: readonly number[], limit: number): number {
  return values.filter((value) => Math.abs(value) > limit && Number.isFinite(value)).length;
}

/** A sentence when values are not finite. */
export function notFiniteNotes(maps: readonly (readonly number[])[]): string[] {
  const count = maps.reduce((n, map) => n + map.filter((v) => !Number.isFinite(v)).length, 0);
  if (count === 0) return [];
  return [
    `Warning: ${count} value${count === 1 ? " is" : "s are"} not finite (NaN or ∞): drawn in olive grey or left out.`,
  ];
}
