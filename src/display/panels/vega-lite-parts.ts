/** Pieces of Vega-Lite specifications that panels have in common. */

import {
  type ColourScale,
  largestMagnitude,
  legendText,
  legendValues,
  NOT_FINITE_COLOUR,
  upTo,
} from "../colour";
import type { Panel, TextPanel } from "../figure-description";
import { readable, rounded, shown, wrap } from "../text";
import { LINE_HEIGHT, slotWidth } from "./panel-size";

/** A Vega-Lite specification, or a part of one. */
export type VegaLite = Record<string, unknown>;

/** Title and caption of a panel. */
export function titleOf(panel: Exclude<Panel, TextPanel>): VegaLite {
  if (!panel.title && panel.caption.length === 0) return {};
  return {
    title: {
      text: wrap(panel.title, slotWidth(panel), 12),
      ...(panel.caption.length > 0 && {
        subtitle: panel.caption.flatMap((line) => wrap(line, slotWidth(panel))),
      }),
      anchor: "start",
      frame: "group",
      fontSize: 12,
      subtitleFontSize: 11,
      offset: 6,
    },
  };
}

/** Size, border and title of a panel's view. */
export function framed(panel: Exclude<Panel, TextPanel>): VegaLite {
  return {
    width: panel.width,
    height: panel.height,
    view: { stroke: "#88888888" },
    ...titleOf(panel),
  };
}

/** A picture that fills a panel, its pixels as they are. */
export function imageMark({ width, height }: { width: number; height: number }, url: string): VegaLite {
  return {
    data: { values: [{}] },
    mark: { type: "image", width, height, align: "left", baseline: "top", aspect: false, smooth: false },
    encoding: { x: { value: 0 }, y: { value: 0 }, url: { value: url } },
  };
}

/** Lines of text as the title of an empty view: a title follows the host's theme, a text mark does not. */
export function linesOfText(
  lines: string[],
  width: number,
  align: "left" | "center" | "right",
  lineHeight: number = LINE_HEIGHT,
): VegaLite {
  const height = lines.length * lineHeight;
  return {
    width,
    height,
    view: { stroke: null },
    data: { values: [] },
    mark: { type: "point", aria: false },
    title: {
      // Lines stand on the last of them: those without a text in front are room that Vega would not keep.
      text: lines.slice(lines.findIndex((line) => line !== "")).map(shown),
      anchor: align === "left" ? "start" : align === "right" ? "end" : "middle",
      frame: "group",
      fontSize: 11,
      fontWeight: "normal",
      lineHeight,
      limit: 0,
      baseline: "top",
      offset: (lineHeight - 12) / 2 - height,
    },
  };
}

/** Values at full colour, by the rule that the reader has chosen. */
type Limits = Readonly<Record<string, number>>;

/** Name of the signal that holds the chosen rule. */
export const CHOSEN = "chosen";

/** What a scale gives under the rule that is chosen; where there is no choice, what it gives. */
function chosen(
  scale: ColourScale,
  limits: Limits | undefined,
  of: (scale: ColourScale) => number[],
): unknown {
  if (!limits) return of(scale);
  const each = Object.entries(limits).map(([rule, limit]) => [rule, of(upTo(scale, limit))]);
  return { expr: `(${JSON.stringify(Object.fromEntries(each))})[${CHOSEN}]` };
}

/** Colour channel of a diverging or grey scale. */
function colourChannel(
  field: string,
  scale: ColourScale,
  legend: VegaLite | null,
  limits: Limits | undefined,
): VegaLite {
  const places = ({ stops, low, high }: ColourScale): number[] =>
    stops.map((_, i) => rounded(low + ((high - low) * i) / (stops.length - 1)));
  return {
    field,
    type: "quantitative",
    scale: {
      domain: chosen(scale, limits, places),
      range: scale.stops,
      clamp: true,
    },
    legend,
  };
}

/** The same, with values that are not finite in a colour of their own. */
export function finiteColour(
  field: string,
  scale: ColourScale,
  legend: VegaLite | null,
  limits?: Limits,
): VegaLite {
  return {
    condition: { test: `!isNumber(datum.${field})`, value: NOT_FINITE_COLOUR },
    ...colourChannel(field, scale, legend, limits),
  };
}

/** A horizontal legend under a panel, with the scale's ends in real units. */
export function legendBelow(scale: ColourScale, width: number, limits?: Limits): VegaLite {
  const sign = scale.kind === "diverging" ? "+" : "";
  const exponents = exponentText(`${sign}.2~e`);
  const plain = `format(datum.value, '${sign}.3~g')`;
  return {
    title: wrap(legendText(scale), width, 10),
    gradientLength: Math.min(220, Math.max(80, width - 20)),
    values: chosen(scale, limits, (of) => legendValues(of).map((value) => rounded(value))),
    labelExpr: numberText(
      limits
        ? `abs(datum.value) < ${TINY} || abs(datum.value) >= ${HUGE} ? ${exponents} : ${plain}`
        : needExponents(legendValues(scale))
          ? exponents
          : plain,
    ),
  };
}

/** Magnitudes of an axis or a legend that are written without exponents: from here, to below there. */
const [TINY, HUGE] = [1e-3, 1e6];

/** The axis of numbers, with `more` of its own: Vega-Lite would write all the zeros of small and of large ones. */
export function numberAxis(values: readonly number[], more?: VegaLite): { axis?: VegaLite } {
  if (!needExponents(values)) return more ? { axis: more } : {};
  return { axis: { ...more, labelExpr: numberText(exponentText(".4~e")) } };
}

function needExponents(values: readonly number[]): boolean {
  const largest = largestMagnitude(values);
  return largest > 0 && (largest < TINY || largest >= HUGE);
}

function numberText(text: string): string {
  return `datum.value == 0 ? '0' : ${text}`;
}

function exponentText(format: string): string {
  return `replace(replace(format(datum.value, '${format}'), 'e+', 'e'), 'e-', 'e−')`;
}

/**
 * Columns of numbers as the only record of a data set, unfolded by the renderer into one record per number: a third of
 * the size of one record each. Numbers stand in texts: notebooks store a list with one number per line.
 */
export function columnData(columns: Record<string, readonly (number | string)[]>): {
  record: Record<string, string>;
  unfold: VegaLite[];
} {
  const names = Object.keys(columns);
  return {
    record: Object.fromEntries(names.map((name) => [name, columns[name].join(" ")])),
    unfold: [
      ...names.map((name) => ({ calculate: `split(datum.${name}, ' ')`, as: name })),
      { flatten: names },
      ...names.map((name) => ({
        // What is no number differs from itself.
        calculate: `+datum.${name}==+datum.${name}?+datum.${name}:datum.${name}`,
        as: name,
      })),
    ],
  };
}

/** A value in a specification: what JSON cannot hold is written as text. */
export function cellValue(value: number): number | string {
  return Number.isFinite(value) ? rounded(value) : readable(value);
}
