import { isDark, NOT_FINITE_COLOUR } from "./colour";
import type { BarPanel, CurvePanel, SeriesPanel, StripPanel, TextPanel } from "./figure-description";
import { barRange, legendWidth, standsLeft } from "./panel-layout";
import type { PanelPlace, PlotlyCanvas, PlotlyObject } from "./plotly-canvas";
import { plotlyText, readable, rounded } from "./text";

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
      ...panel.hover.map((h) => plotlyText(h.texts[i]!)),
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

/** Input over bands, attribution as bars, on one time axis. */
export function drawSeries(panel: SeriesPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const upper = Math.round(panel.height * 0.6);
  const colour = {
    color: panel.attribution.map(colourNumber),
    coloraxis: canvas.colourAxis(panel.colour),
  };
  const positions = [...panel.positions];
  const hover = `${plotlyText(panel.positionLabel)}: %{x}<br>${
    panel.input ? `${plotlyText(panel.inputLabel)}: %{customdata[1]}<br>` : ""
  }${plotlyText(panel.attributionLabel)}: %{customdata[0]}<extra></extra>`;
  const customdata = panel.attribution.map((v, i) => [
    readable(v, 5),
    ...(panel.input ? [readable(panel.input[i]!, 5)] : []),
  ]);
  const half = positions.length > 1 ? Math.abs(positions[1]! - positions[0]!) / 2 : 0.5;
  const range = [positions[0]! - half, positions.at(-1)! + half];
  if (panel.input) {
    const back = canvas.axes(
      { ...place, height: upper },
      {
        x: { range, showticklabels: false },
        y: { range: [0, 1], visible: false },
      },
    );
    canvas.add({
      type: "bar",
      x: positions,
      y: positions.map(() => 1),
      width: 2 * half,
      marker: colour,
      customdata,
      hovertemplate: hover,
      ...back,
    });
    const front = canvas.overlay(back, { title: axisTitle(panel.inputLabel) });
    // Dark bands hide a dark line: light on both sides of it, in either theme, for the bands are the same.
    for (const line of [
      { color: "rgba(255,255,255,0.85)", width: 4 },
      { color: "#111111", width: 1.5 },
    ]) {
      canvas.add({
        type: "scatter",
        mode: "lines",
        x: positions,
        y: panel.input.map((v) => (Number.isFinite(v) ? rounded(v) : null)),
        line,
        hoverinfo: "skip",
        ...front,
      });
    }
  }
  const top = panel.input ? place.top + upper + 8 : place.top;
  const height = panel.input ? panel.height - upper - 8 : panel.height;
  const axes = canvas.axes(
    { ...place, top, height },
    {
      x: { range, title: axisTitle(panel.positionLabel) },
      y: { title: axisTitle(panel.attributionLabel), zeroline: true, nticks: 4 },
    },
  );
  canvas.add({
    type: "bar",
    x: positions,
    y: panel.attribution.map((v) => (Number.isFinite(v) ? rounded(v) : null)),
    width: 2 * half,
    marker: { ...colour, line: { width: 0.5, color: "#88888888" } },
    customdata,
    hovertemplate: hover,
    ...axes,
  });
}

/** Boxes at pixel positions with their text. */
export function drawStrip(panel: StripPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: { range: [0, panel.width], visible: false },
    y: { range: [panel.height, 0], visible: false },
  });
  const scale = canvas.figure.colours[panel.colour]!;
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
