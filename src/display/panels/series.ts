/** A sequence: the input as a line over bands of attribution, the attribution as bars, on one time axis. */

import { type ColourScale, extent, onPage } from "../colour";
import type { FigureDescription, SeriesPanel } from "../figure-description";
import { LEVELS, pngOfGrid } from "../output/raster";
import { plotlyText, readable, rounded, roundedWithin } from "../text";
import type { PanelDrawing } from "./panel-drawing";
import { axisTitle, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { sentence, strongest } from "./strongest";
import { cellValue, columnData, finiteColour, numberAxis, titleOf, type VegaLite } from "./vega-lite-parts";

export const seriesDrawing: PanelDrawing<SeriesPanel> = {
  gutter: () => 56,
  foot: () => 40,
  recoloured: (panel, rename) => ({ ...panel, colour: rename(panel.colour) }),
  inWords: ({ title, attribution, positions, attributionLabel, positionLabel }) =>
    sentence(
      title || attributionLabel,
      `${attribution.length} steps`,
      strongest(attribution, (i) => `${positionLabel} ${readable(positions[i], 7)}`),
    ),
  vegaLite,
  plotly,
};

/** Each of so many steps has a tick. */
const FEW_STEPS = 12;

/** Two views on one time axis: input over bands, attribution as bars. */
function vegaLite(panel: SeriesPanel, { colours, page }: FigureDescription): VegaLite {
  const half = panel.positions.length > 1 ? Math.abs(panel.positions[1] - panel.positions[0]) / 2 : 0.5;
  const { record, unfold } = columnData({
    position: panel.positions,
    value: panel.attribution.map(cellValue),
    ...(panel.input && { input: panel.input.map(cellValue) }),
  });
  const transform = [
    ...unfold,
    { calculate: `datum.position - ${half}`, as: "from" },
    { calculate: `datum.position + ${half}`, as: "to" },
    // Bands overlap a little: otherwise the page shines through between them.
    { calculate: `datum.position + ${half * 1.1}`, as: "bandTo" },
  ];
  const domain = [panel.positions[0] - half, panel.positions.at(-1)! + half];
  const x = (field: string, labels: boolean): VegaLite => ({
    field,
    type: "quantitative",
    title: labels ? panel.positionLabel : null,
    scale: { domain, nice: false, zero: false },
    // No half steps between few.
    axis: { labels, ticks: labels, ...(panel.positions.length <= FEW_STEPS && { values: panel.positions }) },
  });
  const scale = colours[panel.colour];
  const colour = finiteColour("value", onPage(scale, page), null);
  const tooltip = [
    { field: "position", type: "quantitative", title: panel.positionLabel },
    ...(panel.input ? [{ field: "input", type: "nominal", title: panel.inputLabel }] : []),
    { field: "value", type: "nominal", title: panel.attributionLabel },
  ];
  const upper = Math.round(panel.height * 0.6);
  const lineView: VegaLite = {
    width: panel.width,
    height: upper,
    ...titleOf(panel),
    layer: [
      {
        mark: { type: "rect", invalid: null, clip: true },
        encoding: { x: x("from", false), x2: { field: "bandTo" }, color: colour, tooltip },
      },
      // Dark bands hide a dark line: light on both sides of it, in either theme, for the bands are the same.
      ...[
        { color: "#ffffff", strokeWidth: 4, opacity: 0.85 },
        { color: "#111111", strokeWidth: 1.5 },
      ].map((stroke) => ({
        mark: { type: "line", ...stroke },
        encoding: {
          x: x("position", false),
          y: {
            field: "input",
            type: "quantitative",
            title: panel.inputLabel,
            scale: { zero: false },
            ...numberAxis(panel.input ?? []),
          },
        },
      })),
    ],
  };
  const barsView: VegaLite = {
    width: panel.width,
    height: panel.input ? panel.height - upper - 8 : panel.height,
    ...(!panel.input && titleOf(panel)),
    mark: { type: "rect", stroke: "#88888888", strokeWidth: 0.5 },
    encoding: {
      x: x("from", true),
      x2: { field: "to" },
      y: {
        field: "value",
        type: "quantitative",
        title: panel.attributionLabel,
        ...numberAxis(panel.attribution, { tickCount: 3 }),
      },
      y2: { datum: 0 },
      color: colour,
      tooltip,
    },
  };
  return {
    data: { values: [record] },
    transform,
    spacing: 8,
    vconcat: panel.input ? [lineView, barsView] : [barsView],
  };
}

/**
 * Input over bands, attribution as bars, on one time axis.
 *
 * A notebook stores every number: each is there once for the pointer, and else as finely as the eye sees.
 */
function plotly(panel: SeriesPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const { input, attribution } = panel;
  const upper = input ? Math.round(panel.height * 0.6) : 0;
  const top = input ? place.top + upper + 8 : place.top;
  const [first, last] = [panel.positions[0], panel.positions.at(-1)!];
  const step = panel.positions.length > 1 ? panel.positions[1] - first : 1;
  const range = [first - step / 2, last + step / 2];
  const along = { x0: first, dx: step };
  const scale = canvas.figure.colours[panel.colour];
  const hover = (label: string, value: string) =>
    `${plotlyText(panel.positionLabel)}: %{x}<br>${plotlyText(label)}: ${value}<extra></extra>`;
  const axes = canvas.axes(
    { ...place, top, height: place.top + panel.height - top },
    {
      x: { range, title: axisTitle(panel.positionLabel) },
      y: { title: axisTitle(panel.attributionLabel), zeroline: true, nticks: 4 },
    },
  );
  // A value that is not finite has no bar, but is read at zero.
  const finite = attribution.every(Number.isFinite);
  canvas.add({
    type: "bar",
    ...along,
    y: attribution.map((v) => (Number.isFinite(v) ? rounded(v) : 0)),
    width: step,
    marker: {
      color: attribution.map((v) => shade(v, scale)),
      coloraxis: canvas.colourAxis(panel.colour, undefined, onPage(scale, canvas.figure.page)),
      line: { width: 0.5, color: "#88888888" },
    },
    ...(!finite && { customdata: attribution.map((v) => readable(v, 5)) }),
    hovertemplate: hover(panel.attributionLabel, finite ? "%{y:.5~g}" : "%{customdata}"),
    ...axes,
  });
  if (!input) return;
  const above = { ...place, height: upper };
  const back = canvas.above(axes, above, { title: axisTitle(panel.inputLabel), nticks: 4 });
  canvas.picture(bands(panel, onPage(scale, canvas.figure.page)), above);
  const [low, high] = extent(input);
  const seen = (value: number) => roundedWithin(value, (high - low) / upper / 2);
  const line = (round: (value: number) => number) => ({
    type: "scatter",
    mode: "lines",
    ...along,
    y: input.map((v) => (Number.isFinite(v) ? round(v) : null)),
    ...back,
  });
  // Dark bands hide a dark line: light on both sides of it, in either theme, for the bands are the same.
  canvas.add({ ...line(seen), line: { color: "rgba(255,255,255,0.85)", width: 4 }, hoverinfo: "skip" });
  canvas.add({
    ...line(rounded),
    line: { color: "#111111", width: 1.5 },
    hovertemplate: hover(panel.inputLabel, "%{y:.5~g}"),
  });
}

/** A value as finely as its colour can be told from others. */
function shade(value: number, scale: ColourScale): number {
  return Number.isFinite(value) ? roundedWithin(value, (scale.high - scale.low) / LEVELS / 2) : 0;
}

/** The attribution as coloured bands. */
function bands(panel: SeriesPanel, scale: ColourScale): string {
  const columns = 2 * panel.width;
  const steps = panel.attribution.length;
  const values = Array.from(
    { length: columns },
    (_, pixel) => panel.attribution[Math.floor((pixel * steps) / columns)],
  );
  return pngOfGrid({ rows: 1, columns, values }, scale, false);
}
