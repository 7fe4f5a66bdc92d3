/** Full colour of each map under every rule, between which the reader of a figure switches. */

import { type ColourScale, legendText } from "./colour";
import type { ScaleSwitch } from "./figure-description";
import type { FigureOptions } from "./figure-options";
import { CLIP, type MapFacts, mapScales } from "./map-scales";
import { readable } from "./text";

/** Rules of full colour, as the option `scale` names them. */
const RULES = ["panel", "shared", "raw"] as const;

/** What the reader sees of a rule. */
const LABELS: Readonly<Record<(typeof RULES)[number], string>> = {
  panel: "panel: each map's own largest",
  shared: "shared: the largest of a unit",
  raw: "raw: ±1",
};

/** Colour scales of several maps, with the switch between their rules where there is something to choose. */
export interface SwitchedScales {
  names: string[];
  colours: Record<string, ColourScale>;
  notes: string[];
  choice?: ScaleSwitch;
  /** per map the value at full colour under each rule */
  limits?: Readonly<Record<string, number>>[];
}

/**
 * The scales of `mapScales`, and what full colour is under the other rules. There is no choice of one map, where a
 * `limit` holds under every rule, or where no map has a value to show.
 */
export function switchedScales(
  maps: readonly (readonly number[])[],
  titles: readonly string[],
  options: FigureOptions,
  facts: MapFacts,
): SwitchedScales {
  const scales = mapScales(maps, titles, options, facts);
  if (maps.length < 2 || options.limit !== undefined) return scales;
  const under = RULES.map((scale) => mapScales(maps, titles, { ...options, scale }, facts));
  const empty = scales.names.every((name) => scales.colours[name].constant !== undefined);
  if (empty) return scales;
  const limits = maps.map((_, i) =>
    Object.fromEntries(RULES.map((rule, r) => [rule, under[r].colours[under[r].names[i]].high])),
  );
  const start = options.scale ?? "panel";
  // A legend has one title under all rules: what lies beyond full colour is said once, for all.
  const clipped = scales.names.some((name, i) => legendText(scales.colours[name]) !== titles[i]);
  const titled = scales.names.map((name, i) => [name, { ...scales.colours[name], legendTitle: titles[i] }]);
  const share = readable(100 * (options.clip ?? CLIP), 2);
  return {
    names: scales.names,
    colours: Object.fromEntries(titled),
    notes: clipped
      ? [
          ...scales.notes,
          `Up to ${share} % of the values lie beyond full colour; under "raw" all beyond ±1 do.`,
        ]
      : scales.notes,
    choice: { name: "scale", options: [...RULES], labels: RULES.map((rule) => LABELS[rule]), start },
    limits,
  };
}
