import { type ColourScale, divergingScale, limitOf } from "../colour";
import { Figure } from "../figure";
import type { FigureDescription } from "../figure-description";
import { checkFigureOptions, type FigureOptions } from "../figure-options";
import { mapText, scoreText, targetText } from "../map-text";
import type { MapView, PartView } from "../map-view";
import { exampleOf } from "../part-grids";

/** Checks what every figure of a map needs; returns the examples it shows. */
export function examplesToShow(fn: string, view: MapView, options: FigureOptions, most: number): number[] {
  if (typeof view !== "object" || view === null || !Array.isArray(view.parts))
    throw new TypeError(`${fn}(): expected an attribution, got ${view === null ? "null" : typeof view}`);
  checkFigureOptions(fn, options, view.score.length);
  if (options.example !== undefined) return [options.example];
  return Array.from({ length: Math.min(view.score.length, options.max ?? most) }, (_, i) => i);
}

/** Checks, for figures that show one example; returns which. */
export function oneExample(fn: string, view: MapView, options: FigureOptions): number {
  return examplesToShow(fn, view, { ...options, example: options.example ?? 0 }, 1)[0];
}

/** Title, score line and notes of a figure that shows one example. */
export function headOfOne(
  view: MapView,
  example: number,
  options: FigureOptions,
): Pick<FigureDescription, "title" | "subtitle" | "notes"> {
  return headOf(view, [example], options);
}

/** Title, score line and notes shared by all figures of a map. */
export function headOf(
  view: MapView,
  examples: number[],
  options: FigureOptions,
): Pick<FigureDescription, "title" | "subtitle" | "notes"> {
  const [only] = examples;
  const single = examples.length === 1 && only !== undefined;
  const total = view.score.length;
  const place = single && total > 1 ? ` · example ${only}` : "";
  const shownOf = examples.length < total ? `${examples.length} of ${total} examples` : `${total} examples`;
  const hidden = !single && examples.length < total ? total - examples.length : 0;
  return {
    title: options.title ?? `${view.method} · ${single ? targetText(view, only) + place : shownOf}`,
    subtitle: single ? [scoreText(view, only)] : [],
    notes: [
      ...(single && total > 1 && options.example === undefined
        ? [`One of ${total} examples: option example shows another.`]
        : []),
      ...(hidden > 0 ? [`${hidden} more not shown: option max shows more, option example shows one.`] : []),
      ...view.warnings.map((warning) => `Warning: ${warning}`),
    ],
  };
}

/** What the colours of a map mean. */
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

/** A sentence where every attribution of a part is zero: bars and lines would show nothing, and not say why. */
export function zeroNotes(parts: readonly PartView[], example: number): string[] {
  const zero = parts.filter((part) => exampleOf(part.values, example).every((value) => value === 0));
  if (zero.length === parts.length) return ["Every attribution is zero."];
  return zero.map((part) => `Every attribution to ${part.name} is zero.`);
}

/** Name of a part where there are several, or where it is a layer. */
export function partTitle(view: MapView, part: PartView): string {
  if (part.at === "layer") return `at layer ${part.name}`;
  return view.parts.length > 1 ? `input ${part.name}` : "";
}

/** The figure of a map, with the map's own line of text. */
export function mapFigure(
  view: MapView,
  description: FigureDescription,
  options: FigureOptions,
  more: { renderer?: "vega-lite" | "plotly"; still?: FigureDescription } = {},
): Figure {
  return new Figure(description, {
    renderer: options.renderer ?? more.renderer ?? "vega-lite",
    text: mapText(view),
    ...(options.theme && { theme: options.theme }),
    ...(more.still && { still: more.still }),
  });
}
