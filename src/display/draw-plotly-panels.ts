import { type ColourScale, extent, isDark, NOT_FINITE_COLOUR } from "./colour";
import type { BarPanel, CurvePanel, SeriesPanel, StripPanel, TextPanel } from "./figure-description";
import { LEVELS, pngOfGrid } from "./output/raster";
import { barRange, legendWidth, standsLeft } from "./panel-layout";
import type { PanelPlace, PlotlyCanvas, PlotlyObject } from "./plotly-canvas";
import { plotlyText, readable, rounded, roundedWithin } from "./text";

const LINE_COLOURS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5"];

/** Signed bars with their numbers at the ends. */
export function drawBars(panel: BarPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: {
      title: axisTitle(panel.title === panel.valueLabel ? "" : panel.valueLabel),
      range: barRange(panel),
      zeroline: true,
    },
    y: {
      autorange: "reversed",
      tickvals: panel.labels.map((_, i) => i),
      ticktext: panel.labels.map(plotlyText),
      showline: false,
      showticklabels: !panel.hideLabels,
      ticks: "",
    },
  });
  canvas.add({
    type: "bar",
    orientation: "h",
    y: panel.labels.map((_, i) => i),
    x: panel.values.map((v) => (Number.isFinite(v) ? rounded(v) : null)),
    marker: { color: panel.fills, line: { width: 0.5, color: "#88888888" } },
    customdata: panel.labels.map((name, i) => [
      plotlyText(name),
      ...panel.hover.map((h) => plotlyText(h.texts[i])),
    ]),
    hovertemplate: `%{customdata[0]}<br>${plotlyText(panel.valueLabel)}: %{x:.5~g}${panel.hover
      .map((h, j) => `<br>${plotlyText(h.label)}: %{customdata[${j + 1}]}`)
      .join("")}<extra></extra>`,
    ...axes,
  });
  // Texts of the bars themselves would stand right of a bar too short to be seen, also of a negative one.
  canvas.add({
    type: "scatter",
    mode: "text",
    y: panel.labels.map((_, i) => i),
    x: panel.values.map((v) => (Number.isFinite(v) ? rounded(v) : 0)),
    text: panel.values.map((v) => `\u00a0${readable(v, 3)}\u00a0`),
    textposition: panel.values.map((v) => (standsLeft(v) ? "middle left" : "middle right")),
    textfont: { size: 11 },
    cliponaxis: false,
    hoverinfo: "skip",
    showlegend: false,
    ...axes,
  });
}

/**
 * Input over bands, attribution as bars, on one time axis.
 *
 * A notebook stores every number: each is there once for the pointer, and else as finely as the eye sees.
 */
export function drawSeries(panel: SeriesPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
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
      coloraxis: canvas.colourAxis(panel.colour),
      line: { width: 0.5, color: "#88888888" },
    },
    ...(!finite && { customdata: attribution.map((v) => readable(v, 5)) }),
    hovertemplate: hover(panel.attributionLabel, finite ? "%{y:.5~g}" : "%{customdata}"),
    ...axes,
  });
  if (!input) return;
  const above = { ...place, height: upper };
  const back = canvas.above(axes, above, { title: axisTitle(panel.inputLabel), nticks: 4 });
  canvas.picture(bands(panel, scale), above);
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

/** Boxes at pixel positions with their text. */
export function drawStrip(panel: StripPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: { range: [0, panel.width], visible: false },
    y: { range: [panel.height, 0], visible: false },
  });
  const scale = canvas.figure.colours[panel.colour];
  canvas.add({
    type: "bar",
    orientation: "h",
    base: panel.boxes.map((b) => b.x),
    x: panel.boxes.map((b) => b.width),
    y: panel.boxes.map((b) => b.y + b.height / 2),
    width: panel.boxes.map((b) => b.height),
    text: panel.boxes.map((b) => plotlyText(b.text)),
    textposition: "inside",
    insidetextanchor: "middle",
    textangle: 0,
    constraintext: "none",
    textfont: {
      size: 12,
      color: panel.boxes.map((b) => (isDark(scale, b.value) ? "#ffffff" : "#111111")),
    },
    marker: {
      color: panel.boxes.map((b) => colourNumber(b.value)),
      coloraxis: canvas.colourAxis(
        panel.colour,
        panel.legend ? { ...place, width: legendWidth(panel) } : undefined,
      ),
      line: { width: 0.5, color: "#88888888" },
    },
    customdata: panel.boxes.map((b, i) => [plotlyText(b.text), i, readable(b.value, 5)]),
    hovertemplate:
      "%{customdata[0]}<br>position: %{customdata[1]}<br>attribution: %{customdata[2]}<extra></extra>",
    ...axes,
  });
}

/** Lines, reference lines, and the point of the current frame. */
export function drawCurve(panel: CurvePanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: { title: axisTitle(panel.xLabel) },
    y: { title: axisTitle(panel.yLabel) },
  });
  const xs = panel.series.flatMap((s) => s.x);
  const ends = [Math.min(...xs), Math.max(...xs)];
  panel.series.forEach((s, i) => {
    canvas.add({
      type: "scatter",
      mode: "lines+markers",
      name: plotlyText(s.name),
      x: s.x.map((v) => rounded(v)),
      y: s.y.map((v) => rounded(v)),
      line: { color: LINE_COLOURS[i % LINE_COLOURS.length], width: 2 },
      marker: { size: 4 },
      showlegend: true,
      hovertemplate: `${plotlyText(panel.xLabel)}: %{x:.4~g}<br>${plotlyText(s.name)}: %{y:.5~g}<extra></extra>`,
      ...axes,
    });
  });
  panel.references.forEach((r, i) => {
    canvas.add({
      type: "scatter",
      mode: "lines",
      name: plotlyText(r.name),
      x: ends,
      y: [rounded(r.y), rounded(r.y)],
      line: {
        color: LINE_COLOURS[(panel.series.length + i) % LINE_COLOURS.length],
        width: 1.5,
        dash: "dash",
      },
      showlegend: true,
      hovertemplate: `${plotlyText(r.name)}: %{y:.5~g}<extra></extra>`,
      ...axes,
    });
  });
  if (panel.cursor && canvas.figure.frames) {
    const point = (p: { x: number; y: number }) => ({ x: [rounded(p.x)], y: [rounded(p.y)] });
    canvas.add(
      {
        type: "scatter",
        mode: "markers",
        marker: { size: 11, color: "#d62728", line: { color: "#ffffff", width: 1.5 } },
        hoverinfo: "skip",
        showlegend: false,
        ...point(panel.cursor.at(-1)!),
        ...axes,
      },
      panel.cursor.map(point),
    );
  }
  canvas.legendAt(place.left, place.top + place.height + 40);
}

/** Lines of text. */
export function drawText(panel: TextPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const left =
    panel.align === "left"
      ? place.left
      : panel.align === "right"
        ? place.left + place.width
        : place.left + place.width / 2;
  panel.lines.forEach((text, i) => {
    const top = place.top + i * panel.lineHeight + (panel.lineHeight - 14) / 2;
    canvas.annotate([text], { left, top, align: panel.align });
  });
}

/** A value for the colour axis; among numbers Plotly takes a text for a colour of its own. */
function colourNumber(value: number): number | string {
  return Number.isFinite(value) ? rounded(value) : NOT_FINITE_COLOUR;
}

function axisTitle(text: string): PlotlyObject {
  return { text: plotlyText(text), standoff: 6, font: { size: 11 } };
}
