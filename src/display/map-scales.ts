/** Colour scales of maps, and what they mean. */

import { type ColourScale, divergingScale } from "./colour";
import type { FigureOptions } from "./figure-options";
import type { MapView } from "./map-view";
import { readable } from "./text";

/** Meaning of the colours of a map, in words. */
export function attributionLabel(view: MapView): string {
  return `${view.quantity ?? "attribution to"} the ${view.explain}`;
}

/** Maps of more values than this are clipped where nothing is said: one pixel must not blank a photograph. */
const MANY_VALUES = 1024;
const CLIP = 0.01;

/**
 * Colour scales of several maps under `options.scale`, one name per map.
 *
 * Full colour is the magnitude that a share `options.clip` of the values lies beyond, which the legend says. A map that
 * moves has its `frames`: its full colour is the largest of theirs.
 */
export function mapScales(
  maps: readonly (readonly number[])[],
  legendTitle: string,
  options: FigureOptions,
  frames: readonly (readonly (readonly number[])[])[] = maps.map((map) => [map]),
): { names: string[]; colours: Record<string, ColourScale>; notes: string[] } {
  const notes = notFiniteNotes(maps);
  const one = maps.map(() => "map");
  if (options.scale === "raw" || options.limit !== undefined) {
    const limit = options.limit ?? 1;
    const beyond = countBeyond(maps.flat(), limit);
    if (beyond > 0)
      notes.push(
        `${beyond} value${beyond === 1 ? " lies" : "s lie"} beyond ±${limit}: drawn at full colour.`,
      );
    return { names: one, colours: { map: divergingScale(limit, legendTitle, options.colormap) }, notes };
  }
  const scale = (values: readonly number[], moving: readonly (readonly number[])[]): ColourScale => {
    const limits = moving
      .map((frame) => fullColour(frame, options.clip))
      .filter((limit) => !Number.isNaN(limit));
    const limit = limits.length > 0 ? Math.max(...limits) : Number.NaN;
    const share = countBeyond(values, limit) / values.filter(Number.isFinite).length;
    const title = share > 0 ? `${legendTitle}, ${readable(100 * share, 2)} % beyond` : legendTitle;
    return divergingScale(limit, title, options.colormap);
  };
  if (options.scale === "shared" || maps.length === 1) {
    const moments = Array.from({ length: Math.max(0, ...frames.map((of) => of.length)) }, (_, frame) =>
      frames.flatMap((of) => of[frame] ?? []),
    );
    return { names: one, colours: { map: scale(maps.flat(), moments) }, notes };
  }
  const names = maps.map((_, i) => `map${i}`);
  return {
    names,
    colours: Object.fromEntries(names.map((name, i) => [name, scale(maps[i], frames[i])])),
    notes,
  };
}

/** The magnitude that a share of the values lies beyond; not a number where no value is finite. */
function fullColour(
  values: readonly number[],
  clip: number = values.length > MANY_VALUES ? CLIP : 0,
): number {
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
