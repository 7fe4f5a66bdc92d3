/** A sequence: the input as a line over bands of attribution, the attribution as bars, on one time axis. */

import { type ColourScale, extent, onPage } from "../colour";
import { extremes } from "../envelope";
import type { Envelope, FigureDescription, SeriesPanel } from "../figure-description";
import { LEVELS, pngOfGrid } from "../output/raster";
import { plotlyText, readable, rounded, roundedWithin } from "../text";
import type { PanelDrawing, PanelTable } from "./panel-drawing";
import { axisTitle, type PanelPlace, type PlotlyCanvas, type PlotlyObject } from "./plotly-canvas";
import { sentence, strongest } from "./strongest";
import {
  cellValue,
  columnData,
  finiteColour,
  imageMark,
  numberAxis,
  titleOf,
  type VegaLite,
} from "./vega-lite-parts";

export const seriesDrawing: PanelDrawing<SeriesPanel> = {
  gutter: () => 56,
  foot: () => 40,
  recoloured: (panel, rename) => ({ ...panel, colour: rename(panel.colour) }),
  inWords: (panel) =>
    sentence(
      panel.title || panel.attributionLabel,
      `${readable(panel.stretches?.total ?? panel.attribution.length, 7)} steps`,
      strongest(coloursOf(panel), (i) => `${panel.positionLabel}${placeOf(panel, i)}`),
    ),
  table,
  vegaLite,
  plotly,
};

/** A row per step, or per stretch of steps with its ends. */
function table(panel: SeriesPanel): PanelTable {
  const { positions, input, attribution, stretches, positionLabel, inputLabel, attributionLabel } = panel;
  const ends = (label: string, of: Envelope | undefined, i: number) =>
    of ? { [`${label}, smallest`]: of.low[i], [`${label}, largest`]: of.high[i] } : {};
  return positions.map((position, i) => ({
    [positionLabel]: stretches ? stepsOf(panel, i) : position,
    ...(input && { [inputLabel]: input[i] }),
    ...ends(inputLabel, stretches?.input, i),
    [attributionLabel]: attribution[i],
    ...ends(attributionLabel, stretches?.attribution, i),
  }));
}

/** Each of so many steps has a tick. */
const FEW_STEPS = 12;

/** The values that colours show: of a stretch the one of largest magnitude. */
function coloursOf({ stretches, attribution }: SeriesPanel): readonly number[] {
  return stretches ? extremes(stretches.attribution) : attribution;
}

/** `" 12"`, or `"s 2,780–2,789"` of a stretch: behind the name of a step. */
function placeOf({ stretches, positions }: SeriesPanel, i: number): string {
  if (!stretches) return ` ${readable(positions[i], 7)}`;
  const from = i * stretches.steps;
  const to = Math.min(stretches.total, from + stretches.steps) - 1;
  const number = (step: number): string => step.toLocaleString("en-US");
  return from === to ? ` ${number(from)}` : `s ${number(from)}–${number(to)}`;
}

/** The steps of an entry: `"2,780–2,789"`. */
function stepsOf(panel: SeriesPanel, i: number): string {
  return placeOf(panel, i).replace(/^s? /, "");
}

/** What hover says of an entry, with Vega-Lite: of a stretch the steps, the smallest and the largest value, and the mean. */
function tooltip(panel: SeriesPanel): { lines: VegaLite[]; texts: VegaLite[] } {
  const { stretches, errors, input, positionLabel, inputLabel, attributionLabel } = panel;
  if (!stretches)
    return {
      lines: [
        { field: "position", type: "quantitative", title: positionLabel },
        ...(input ? [{ field: "input", type: "nominal", title: inputLabel }] : []),
        { field: "value", type: "nominal", title: attributionLabel },
        ...(errors ? [{ field: "error", type: "nominal", title: "two standard errors" }] : []),
      ],
      texts: [],
    };
  const { steps, total } = stretches;
  const side = (steps - 1) / 2;
  const text = (as: string, calculate: string, title: string) => ({
    line: { field: as, type: "nominal", title },
    text: { calculate, as },
  });
  const all = [
    text(
      "steps",
      `format(datum.position - ${side}, ',') + '–' + format(min(${total - 1}, datum.position + ${side}), ',')`,
      "steps",
    ),
    ...(stretches.input ? [text("inputs", "datum.least + ' to ' + datum.most", inputLabel)] : []),
    text("values", "datum.low + ' to ' + datum.high", attributionLabel),
  ];
  return {
    lines: [
      ...all.map(({ line }) => line),
      { field: "value", type: "nominal", title: `${attributionLabel}, mean` },
    ],
    texts: all.map((each) => each.text),
  };
}

/** Two views on one time axis: input over bands, attribution as bars. */
function vegaLite(panel: SeriesPanel, figure: FigureDescription): VegaLite {
  const { positions, stretches, errors, width } = panel;
  const [from, to] = rangeOf(panel);
  const half = (to - from) / positions.length / 2;
  const { lines, texts } = tooltip(panel);
  const { record, unfold } = columnData({
    position: positions,
    value: panel.attribution.map(cellValue),
    ...(panel.input && { input: panel.input.map(cellValue) }),
    ...(errors && { error: errors.map(cellValue) }),
    ...(stretches && {
      low: stretches.attribution.low.map(cellValue),
      high: stretches.attribution.high.map(cellValue),
    }),
    ...(stretches?.input && {
      least: stretches.input.low.map(cellValue),
      most: stretches.input.high.map(cellValue),
    }),
  });
  const transform = [
    ...unfold,
    { calculate: `datum.position - ${half}`, as: "from" },
    { calculate: `datum.position + ${half}`, as: "to" },
    ...(stretches
      ? [
          { calculate: "min(0, datum.low)", as: "bottom" },
          { calculate: "max(0, datum.high)", as: "top" },
          { calculate: "-datum.low > datum.high ? datum.low : datum.high", as: "strongest" },
        ]
      : []),
    ...(errors
      ? [
          { calculate: "datum.value - datum.error", as: "least" },
          { calculate: "datum.value + datum.error", as: "most" },
        ]
      : []),
    ...texts,
  ];
  const x = (field: string, labels: boolean): VegaLite => ({
    field,
    type: "quantitative",
    title: labels ? panel.positionLabel : null,
    scale: { domain: [from, to], nice: false, zero: false },
    // No half steps between few.
    axis: { labels, ticks: labels, ...(positions.length <= FEW_STEPS && { values: positions }) },
  });
  const scale = onPage(figure.colours[panel.colour], figure.page);
  const colour = finiteColour(stretches ? "strongest" : "value", scale, null);
  const y = (field: string): VegaLite => ({
    field,
    type: "quantitative",
    title: panel.inputLabel,
    scale: { zero: false },
    ...numberAxis(panel.input ?? []),
  });
  const height = (field: string): VegaLite => ({
    field,
    type: "quantitative",
    title: panel.attributionLabel,
    ...numberAxis(stretches ? coloursOf(panel) : panel.attribution, { tickCount: 3 }),
  });
  const upper = Math.round(panel.height * 0.6);
  const lineView: VegaLite = {
    width,
    height: upper,
    ...titleOf(panel),
    layer: [
      imageMark({ width, height: upper }, bands(panel, scale)),
      {
        mark: { type: "rect", fillOpacity: 0, invalid: null, clip: true },
        encoding: { x: x("from", false), x2: { field: "to" }, tooltip: lines },
      },
      // Dark bands hide a dark line: light on both sides of it, in either theme, for the bands are the same.
      ...(stretches?.input
        ? [
            {
              mark: { type: "area", interpolate: "step", tooltip: false, ...SHADE },
              encoding: { x: x("position", false), y: y("least"), y2: { field: "most" } },
            },
          ]
        : [
            { color: "#ffffff", strokeWidth: 4, opacity: 0.85 },
            { color: INK, strokeWidth: 1.5 },
          ].map((stroke) => ({
            mark: { type: "line", tooltip: false, ...stroke },
            encoding: { x: x("position", false), y: y("input") },
          }))),
    ],
  };
  const barsView: VegaLite = {
    width,
    height: panel.input ? panel.height - upper - 8 : panel.height,
    ...(!panel.input && titleOf(panel)),
    layer: [
      {
        mark: { type: "rect", ...(!stretches && { stroke: "#88888888", strokeWidth: 0.5 }) },
        encoding: {
          x: x("from", true),
          x2: { field: "to" },
          y: height(stretches ? "bottom" : "value"),
          y2: stretches ? { field: "top" } : { datum: 0 },
          color: colour,
          tooltip: lines,
        },
      },
      ...(errors
        ? [
            {
              mark: { type: "rule", color: "#808080", strokeWidth: 1.2 },
              encoding: { x: x("position", true), y: height("least"), y2: { field: "most" } },
            },
          ]
        : []),
    ],
  };
  return {
    data: { values: [record] },
    transform,
    spacing: 8,
    vconcat: panel.input ? [lineView, barsView] : [barsView],
  };
}

const INK = "#111111";

/** Seen on any page. */
const GREY = "#777777";

/** The shade of a stretch, from its smallest to its largest input: bands show through, and on dark ones its edge does. */
const SHADE: VegaLite = {
  color: GREY,
  fillOpacity: 0.75,
  stroke: "#ffffff",
  strokeWidth: 0.6,
  strokeOpacity: 0.8,
};

/** The time axis: from the beginning of the first entry to the end of the last. */
function rangeOf({ positions }: SeriesPanel): [from: number, to: number] {
  const [first, last] = [positions[0], positions.at(-1)!];
  const step = positions.length > 1 ? positions[1] - first : 1;
  return [first - step / 2, last + step / 2];
}

/**
 * Input over bands, attribution as bars, on one time axis.
 *
 * A notebook stores every number: each is there once for the pointer, and else as finely as the eye sees.
 */
function plotly(panel: SeriesPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const { input, attribution, stretches } = panel;
  const upper = input ? Math.round(panel.height * 0.6) : 0;
  const top = input ? place.top + upper + 8 : place.top;
  const range = rangeOf(panel);
  const step = (range[1] - range[0]) / attribution.length;
  const along = { x0: panel.positions[0], dx: step };
  const scale = canvas.figure.colours[panel.colour];
  const onTop = onPage(scale, canvas.figure.page);
  const at = stretches ? "%{customdata[0]}" : "%{x}";
  const hover = (label: string, value: string) =>
    `${plotlyText(stretches ? "steps" : panel.positionLabel)}: ${at}<br>${plotlyText(label)}: ${value}<extra></extra>`;
  const axes = canvas.axes(
    { ...place, top, height: place.top + panel.height - top },
    {
      x: { range, title: axisTitle(panel.positionLabel) },
      y: { title: axisTitle(panel.attributionLabel), zeroline: true, nticks: 4 },
    },
  );
  // A value that is not finite has no bar, but is read at zero.
  const finite = attribution.every(Number.isFinite);
  const shown = coloursOf(panel);
  const steps = stretches && shown.map((_, i) => stepsOf(panel, i));
  canvas.add({
    type: "bar",
    ...along,
    ...barsOf(panel),
    width: step,
    marker: {
      color: shown.map((v) => shade(v, scale)),
      coloraxis: canvas.colourAxis(panel.colour, undefined, onTop),
      line: stretches ? { width: 0 } : { width: 0.5, color: "#88888888" },
    },
    ...(panel.errors && {
      error_y: {
        type: "data",
        array: panel.errors.map((error) => rounded(error)),
        color: "#808080",
        thickness: 1.2,
        width: 0,
      },
    }),
    ...(!finite && !stretches && { customdata: attribution.map((v) => readable(v, 5)) }),
    ...(stretches &&
      steps && {
        customdata: steps.map((text, i) => [
          text,
          between(stretches.attribution, i),
          readable(attribution[i]),
        ]),
      }),
    hovertemplate: stretches
      ? hover(panel.attributionLabel, "%{customdata[1]}, mean %{customdata[2]}")
      : hover(panel.attributionLabel, finite ? "%{y:.5~g}" : "%{customdata}"),
    ...axes,
  });
  if (!input) return;
  const above = { ...place, height: upper };
  const back = canvas.above(axes, above, { title: axisTitle(panel.inputLabel), nticks: 4 });
  canvas.picture(bands(panel, onTop), above);
  const [low, high] = extent(stretches?.input ? [...stretches.input.low, ...stretches.input.high] : input);
  const seen = (value: number) => roundedWithin(value, (high - low) / upper / 2);
  const line = (values: readonly number[], round: (value: number) => number) => ({
    type: "scatter",
    mode: "lines",
    ...along,
    y: values.map((v) => (Number.isFinite(v) ? round(v) : null)),
    ...back,
  });
  const inputs = stretches?.input;
  if (inputs && steps) {
    const edge = { line: { shape: "hvh", color: "rgba(255,255,255,0.8)", width: 0.6 } };
    canvas.add({ ...line(inputs.low, seen), ...edge, hoverinfo: "skip" });
    canvas.add({
      ...line(inputs.high, seen),
      ...edge,
      fill: "tonexty",
      fillcolor: "rgba(119,119,119,0.75)",
      customdata: steps.map((text, i) => [text, between(inputs, i)]),
      hovertemplate: hover(panel.inputLabel, "%{customdata[1]}"),
    });
    return;
  }
  // Dark bands hide a dark line: light on both sides of it, in either theme, for the bands are the same.
  canvas.add({
    ...line(input, seen),
    line: { color: "rgba(255,255,255,0.85)", width: 4 },
    hoverinfo: "skip",
  });
  canvas.add({
    ...line(input, rounded),
    line: { color: INK, width: 1.5 },
    hovertemplate: hover(panel.inputLabel, "%{y:.5~g}"),
  });
}

/** Bars from zero, or from the smallest to the largest value of each stretch. */
function barsOf({ attribution, stretches }: SeriesPanel): PlotlyObject {
  const number = (value: number) => (Number.isFinite(value) ? rounded(value) : 0);
  if (!stretches) return { y: attribution.map(number) };
  const { low, high } = stretches.attribution;
  const base = low.map((value) => number(Math.min(0, value)));
  return { base, y: high.map((value, i) => number(Math.max(0, value)) - base[i]) };
}

function between({ low, high }: Envelope, i: number): string {
  return `${readable(low[i])} to ${readable(high[i])}`;
}

/** A value as finely as its colour can be told from others. */
function shade(value: number, scale: ColourScale): number {
  return Number.isFinite(value) ? roundedWithin(value, (scale.high - scale.low) / LEVELS / 2) : 0;
}

/** The attribution as coloured bands: one row of a picture, in which no page shows between neighbours. */
function bands(panel: SeriesPanel, scale: ColourScale): string {
  const shown = coloursOf(panel);
  const columns = 2 * panel.width;
  const values = Array.from(
    { length: columns },
    (_, pixel) => shown[Math.floor((pixel * shown.length) / columns)],
  );
  return pngOfGrid({ rows: 1, columns, values }, scale, false);
}
