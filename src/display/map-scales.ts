/** Colour scales of maps, and what they mean. */

import { type ColourScale, divergingScale, limitOf } from "./colour";
import type { FigureOptions } from "./figure-options";
import type { MapView } from "./map-view";

/** Meaning of the colours of a map, in words. */
export function attributionLabel(view: MapView): string {
  return `${view.quantity ?? "attribution to"} the ${view.explain}`;
}

/** Colour scales of several maps under `options.scale`, one name per map. */
export function mapScales(
  maps: readonly (readonly number[])[],
  legendTitle: string,
  options: FigureOptions,
): { names: string[]; colours: Record<string, ColourScale>; notes: string[] } {
  const scale = (limit: number) => divergingScale(limit, legendTitle, options.colormap);
  const limits = maps.map(limitOf);
  const notes = notFiniteNotes(maps);
  if (options.scale === "raw") {
    const limit = options.limit ?? 1;
    const beyond = maps.reduce((n, map) => n + map.filter((v) => Math.abs(v) > limit).length, 0);
    if (beyond > 0)
      notes.push(
        `${beyond} value${beyond === 1 ? " lies" : "s lie"} beyond ±${limit}: drawn at full colour.`,
      );
    return { names: maps.map(() => "map"), colours: { map: scale(limit) }, notes };
  }
  if (options.scale === "shared" || maps.length === 1)
    return { names: maps.map(() => "map"), colours: { map: scale(limitOf(limits)) }, notes };
  const names = maps.map((_, i) => `map${i}`);
  return { names, colours: Object.fromEntries(names.map((name, i) => [name, scale(limits[i])])), notes };
}

/** A sentence when values are not finite. */
export function notFiniteNotes(maps: readonly (readonly number[])[]): string[] {
  const count = maps.reduce((n, map) => n + map.filter((v) => !Number.isFinite(v)).length, 0);
  if (count === 0) return [];
  return [
    `Warning: ${count} value${count === 1 ? " is" : "s are"} not finite (NaN or ∞): drawn in olive grey or left out.`,
  ];
}
