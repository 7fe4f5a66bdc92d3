/** Colour scales: values to colours, and their legends. */

import type { ColormapName } from "./figure-options";
import { readable } from "./text";

/** Colours of values between two ends. */
export interface ColourScale {
  /** sequential: of lengths, which have no sign */
  kind: "diverging" | "sequential" | "grey";
  low: number;
  high: number;
  /** colours at equal steps from `low` to `high` */
  stops: string[];
  legendTitle: string;
  /** the value that all have, or not a number where none is finite: there is no scale to show */
  constant?: number;
}

/** The same colours up to another value. */
export function upTo(scale: ColourScale, limit: number): ColourScale {
  return { ...scale, low: scale.kind === "diverging" ? -limit : scale.low, high: limit };
}

/** Marks values that are not finite: lies on neither colour scale. */
export const NOT_FINITE_COLOUR = "#8a8a62";

/** Its red, green and blue. */
export const NOT_FINITE_CHANNELS: readonly number[] = channels(NOT_FINITE_COLOUR);

/** Stops left out at both ends of a scheme of eleven: near black, they would look so on a photograph and to protanopes. */
const CUT = 1.5;

/**
 * Colour scale centred on zero: −limit, 0, +limit. A limit of zero means that every value is zero, and one that is not
 * a number that no value is finite.
 */
export function divergingScale(limit: number, legendTitle: string, name: ColormapName = "RdBu"): ColourScale {
  const chromatic = require("d3-scale-chromatic") as typeof import("d3-scale-chromatic");
  // ColorBrewer's schemes run from the warm to the cold end, but for PuOr; positive is warm here.
  const scheme = [...chromatic[`scheme${name}` as const][11]];
  const whole = name === "PuOr" ? scheme : scheme.reverse();
  const stops = whole.map((_, i) => toHex(between(whole, CUT + (i * (10 - 2 * CUT)) / 10)));
  if (Number.isNaN(limit)) return { kind: "diverging", ...noneFinite(legendTitle) };
  const reach = limit || 1;
  return {
    kind: "diverging",
    low: -reach,
    high: reach,
    stops,
    legendTitle,
    ...(limit === 0 && { constant: 0 }),
  };
}

/** The positive half of a diverging scale, from zero to the limit, for values without a sign. */
export function sequentialScale(limit: number, legendTitle: string, name?: ColormapName): ColourScale {
  const whole = divergingScale(limit, legendTitle, name);
  if (Number.isNaN(whole.constant)) return { ...whole, kind: "sequential" };
  const middle = whole.stops.length >> 1;
  return { ...whole, kind: "sequential", low: 0, stops: whole.stops.slice(middle) };
}

/** The page's own colour in dark. */
export const DARK_PAGE = "#1c1c1c";

/**
 * The scale of a map as it lies on a page: on paper as it is, on a dark page towards the page's colour at zero, and on one
 * that is not known as colours through which the page shows, which on paper look the same.
 */
export function onPage(scale: ColourScale, page: "light" | "dark" | undefined): ColourScale {
  if (scale.kind === "grey" || page === "light" || Number.isNaN(scale.constant)) return scale;
  const last = scale.stops.length - 1;
  const stops = scale.stops.map((stop, i) => {
    const colour = channels(stop);
    // The ends are opaque; in between no less than what makes the colour on white.
    const share = scale.kind === "diverging" ? Math.abs((2 * i) / last - 1) : i / last;
    const opacity = Math.max(share, 1 - Math.min(...colour) / 255);
    const pure = colour.map((c) =>
      opacity === 0 ? 255 : Math.round(Math.max(0, 255 - (255 - c) / opacity)),
    );
    if (page === undefined) return toHex([...pure, Math.round(255 * opacity)]);
    return toHex(channels(DARK_PAGE).map((c, channel) => Math.round(c + opacity * (pure[channel] - c))));
  });
  return { ...scale, stops };
}

/** How much a value's colour hides of the page: 1, unless the scale's colours let it show through. */
export function opacityAt(scale: ColourScale, value: number): number {
  if (!Number.isFinite(value) || scale.stops[0].length < 9) return 1;
  const share = Math.min(1, Math.max(0, (value - scale.low) / (scale.high - scale.low)));
  const place = share * (scale.stops.length - 1);
  const at = Math.min(scale.stops.length - 2, Math.floor(place));
  const [from, to] = [scale.stops[at], scale.stops[at + 1]].map(
    (stop) => Number.parseInt(stop.slice(7), 16) / 255,
  );
  return from + (place - at) * (to - from);
}

/**
 * Greys from dark (low) to light (high), as light is recorded, or the other way where values are ink; the middle one where
 * all values are equal.
 */
export function greyScale(
  values: readonly number[],
  legendTitle: string,
  {
    darkest = "#000000",
    ink = "light",
  }: { darkest?: string | undefined; ink?: "dark" | "light" | undefined } = {},
): ColourScale {
  if (!values.some(Number.isFinite)) return { kind: "grey", ...noneFinite(legendTitle) };
  const [low, high] = extent(values);
  const stops = ink === "dark" ? ["#ffffff", darkest] : [darkest, "#ffffff"];
  if (high > low) return { kind: "grey", low, high, stops, legendTitle };
  const reach = Math.abs(low) || 1;
  const ends = { low: low - reach, high: low + reach };
  const middle = hexAt({ kind: "grey", ...ends, stops, legendTitle }, low);
  return { kind: "grey", ...ends, stops: [middle, middle], legendTitle, constant: low };
}

/** From low to high, for what a feature's value is beside its others: neither end is a sign, and both are seen on any page. */
export function rankScale(legendTitle: string): ColourScale {
  return { kind: "grey", low: 0, high: 1, stops: ["#6a51a3", "#9e9e9e", "#d9730d"], legendTitle };
}

function noneFinite(legendTitle: string): Omit<ColourScale, "kind"> {
  const stops = [NOT_FINITE_COLOUR, NOT_FINITE_COLOUR];
  return { low: -1, high: 1, stops, legendTitle, constant: Number.NaN };
}

/** Values that the legend of a scale shows. */
export function legendValues(scale: ColourScale): number[] {
  if (Number.isNaN(scale.constant)) return [];
  if (scale.constant !== undefined) return [scale.constant];
  return scale.kind === "diverging" ? [scale.low, 0, scale.high] : [scale.low, scale.high];
}

/** Title of the legend of a scale. */
export function legendText(scale: ColourScale): string {
  if (scale.constant === undefined) return scale.legendTitle;
  if (Number.isNaN(scale.constant)) return `${scale.legendTitle}: none finite`;
  return `${scale.legendTitle}: all ${scale.constant === 0 ? "zero" : readable(scale.constant)}`;
}

/** Red, green and blue of a value, 0 … 255. */
export function colourAt(scale: ColourScale, value: number): [number, number, number] {
  if (!Number.isFinite(value)) return channels(NOT_FINITE_COLOUR);
  const share = Math.min(1, Math.max(0, (value - scale.low) / (scale.high - scale.low)));
  return between(scale.stops, share * (scale.stops.length - 1));
}

/** Red, green and blue at a place among colours, which may lie between two. */
function between(stops: readonly string[], place: number): [number, number, number] {
  const at = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [channels(stops[at]), channels(stops[at + 1])];
  const t = place - at;
  return [0, 1, 2].map((c) => Math.round(from[c] + t * (to[c] - from[c]))) as [number, number, number];
}

/** `#rrggbb` of a value. */
export function hexAt(scale: ColourScale, value: number): string {
  return toHex(colourAt(scale, value));
}

/** True where white text reads better than black on this value's colour (relative luminance, WCAG). */
export function isDark(scale: ColourScale, value: number): boolean {
  const [r, g, b] = colourAt(scale, value).map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.18;
}

/** Largest finite magnitude. */
export function largestMagnitude(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) {
    const magnitude = Math.abs(value);
    if (magnitude > largest && magnitude < Infinity) largest = magnitude;
  }
  return largest;
}

/** Smallest and largest finite value; `[0, 1]` where there is none. */
export function extent(values: Iterable<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

function toHex(rgb: readonly number[]): string {
  return `#${rgb.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

function channels(colour: string): [number, number, number] {
  return [1, 3, 5].map((i) => Number.parseInt(colour.slice(i, i + 2), 16)) as [number, number, number];
}
