import { isDark } from "./colour";
import { drawPlotlyGrid } from "./draw-plotly-grid";
import type { FigureDescription, Panel } from "./figure-description";
import { barRange, figureWidth, leftGutter, legendWidth, PANEL_GAP } from "./panel-layout";
import { type PanelPlace, PlotlyCanvas, type PlotlyObject } from "./plotly-canvas";
import { plotlyText, readable, rounded, wrap } from "./text";

/** A Plotly figure, valid for plotly.js 3. */
export interface PlotlyFigure {
  data: PlotlyObject[];
  layout: PlotlyObject;
  frames: PlotlyObject[];
  config: PlotlyObject;
}

const LINE = 15;
const LEGEND = 62;
const LINE_COLOURS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5"];

/** The figure for Plotly. Page colours are left to the host unless `theme` is given. */
export function drawPlotly(figure: FigureDescription, theme?: "light" | "dark"): PlotlyFigure {
  const places = placePanels(figure);
  const canvas = new PlotlyCanvas(figure, places.width, places.height);
  for (const [panel, place] of places.panels) {
    drawTitle(panel, place, canvas);
    drawPanel(panel, place, canvas);
  }
  const controls = figure.frames ? 92 : 0;
  const notes = figure.notes.flatMap((note) => wrap(note, places.width));
  if (notes.length > 0) canvas.annotate(notes, { left: 0, top: places.height + controls + 8 });
  const titleLines = wrap(figure.title, places.width, 15);
  const subtitle = figure.subtitle.flatMap((line) => wrap(line, places.width, 12));
  const margin = {
    l: 16,
    r: 16,
    t: 18 + titleLines.length * 19 + subtitle.length * 16,
    b: 16 + controls + (notes.length > 0 ? notes.length * LINE + 12 : 0),
  };
  const layout: PlotlyObject = {
    width: places.width + margin.l + margin.r,
    height: places.height + margin.t + margin.b,
    margin: { ...margin, autoexpand: false },
    title: {
      text: [
        titleLines.map(plotlyText).join("<br>"),
        ...subtitle.map((line) => `<span style="font-size:12px">${plotlyText(line)}</span>`),
      ].join("<br>"),
      font: { size: 15 },
      x: 0,
      xref: "paper",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { t: 12, l: 0 },
    },
    font: { family: "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif", size: 11 },
    showlegend: false,
    hovermode: "closest",
    ...canvas.layout(),
    ...(figure.frames && playControls(figure.frames, places.height)),
    ...(theme && { template: { layout: plotlyTheme(theme) } }),
  };
  return {
    data: canvas.traces,
    layout,
    frames: canvas.frames(),
    config: { displaylogo: false, displayModeBar: false, responsive: false },
  };
}

/** Page colours of a Plotly layout. */
export function plotlyTheme(theme: "light" | "dark"): PlotlyObject {
  const ink = theme === "dark" ? "#e8e8e8" : "#222222";
  const page = theme === "dark" ? "#1c1c1c" : "#ffffff";
  const line = theme === "dark" ? "#666666" : "#bbbbbb";
  return {
    paper_bgcolor: page,
    plot_bgcolor: page,
    font: { color: ink },
    xaxis: { linecolor: line, zerolinecolor: line },
    yaxis: { linecolor: line, zerolinecolor: line },
  };
}

/** Pixel positions: rows from the top, panels from the left, room for titles, legends and axis labels. */
function placePanels(figure: FigureDescription): {
  panels: [Panel, PanelPlace][];
  width: number;
  height: number;
} {
  const panels: [Panel, PanelPlace][] = [];
  let width = figureWidth(figure);
  let y = 0;
  for (const row of figure.rows) {
    const head = Math.max(...row.map(headHeight));
    let x = 0;
    for (const panel of row) {
      const gutter = leftGutter(panel);
      panels.push([panel, { left: x + gutter, top: y + head, width: panel.width, height: panel.height }]);
      x += gutter + panel.width + PANEL_GAP;
    }
    width = Math.max(width, x - PANEL_GAP);
    y += head + Math.max(...row.map((panel) => panel.height + footHeight(panel))) + 18;
  }
  return { panels, width, height: y - 18 };
}

function headHeight(panel: Panel): number {
  const caption = panel.caption.flatMap((line) => wrap(line, panel.width)).length;
  const title = panel.title ? wrap(panel.title, panel.width, 12).length : 0;
  return title + caption === 0 ? 0 : (title + caption) * LINE + 8;
}

function footHeight(panel: Panel): number {
  if (panel.kind === "grid" || panel.kind === "strip") return panel.legend ? LEGEND : 0;
  return panel.kind === "text" ? 0 : panel.kind === "curve" ? 66 : 40;
}

function drawTitle(panel: Panel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const caption = panel.caption.flatMap((line) => wrap(line, panel.width));
  const title = panel.title ? wrap(panel.title, panel.width, 12) : [];
  if (title.length + caption.length === 0) return;
  const top = place.top - (title.length + caption.length) * LINE - 8;
  if (title.length > 0) canvas.annotate(title, { left: place.left, top, bold: true });
  if (caption.length > 0) canvas.annotate(caption, { left: place.left, top: top + title.length * LINE });
}

function drawPanel(panel: Panel, place: PanelPlace, canvas: PlotlyCanvas): void {
  switch (panel.kind) {
    case "grid":
      drawPlotlyGrid(panel, place, canvas);
      break;
    case "bars": {
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
        text: panel.values.map((v) => readable(v, 3)),
        textposition: "outside",
        cliponaxis: false,
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
      break;
    }
    case "series": {
      const upper = Math.round(panel.height * 0.6);
      const colour = {
        color: panel.attribution.map((v) => (Number.isFinite(v) ? rounded(v) : null)),
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
        canvas.add({
          type: "scatter",
          mode: "lines",
          x: positions,
          y: panel.input.map((v) => (Number.isFinite(v) ? rounded(v) : null)),
          line: { color: "#111111", width: 1.5 },
          hoverinfo: "skip",
          ...front,
        });
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
        y: colour.color,
        width: 2 * half,
        marker: { ...colour, line: { width: 0.5, color: "#88888888" } },
        customdata,
        hovertemplate: hover,
        ...axes,
      });
      break;
    }
    case "strip": {
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
          color: panel.boxes.map((b) => (Number.isFinite(b.value) ? rounded(b.value) : null)),
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
      break;
    }
    case "curve": {
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
      break;
    }
    case "text": {
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
      break;
    }
  }
}

function axisTitle(text: string): PlotlyObject {
  return { text: plotlyText(text), standoff: 6, font: { size: 11 } };
}

function playControls(frames: { readouts: string[] }, plotHeight: number): PlotlyObject {
  const animation = (duration: number) => ({
    mode: "immediate",
    fromcurrent: true,
    frame: { duration, redraw: true },
    transition: { duration: 0 },
  });
  return {
    updatemenus: [
      {
        type: "buttons",
        direction: "left",
        showactive: false,
        x: 0,
        xanchor: "left",
        y: -(40 / plotHeight),
        yanchor: "top",
        pad: { t: 0, l: 0, r: 8, b: 0 },
        bgcolor: "#e4e7eb",
        bordercolor: "#9aa2ab",
        font: { color: "#222222" },
        buttons: [
          { label: "▶ Play", method: "animate", args: [null, animation(450)] },
          { label: "❚❚ Pause", method: "animate", args: [[null], animation(0)] },
        ],
      },
    ],
    sliders: [
      {
        active: frames.readouts.length - 1,
        x: 0,
        xanchor: "left",
        len: 1,
        y: -(10 / plotHeight),
        yanchor: "top",
        pad: { t: 0, b: 0, l: 180, r: 0 },
        // Labels under the ticks would overlap: only the current one is shown, above the slider.
        font: { size: 1, color: "rgba(0,0,0,0)" },
        currentvalue: { font: { size: 12, color: "#8a8a8a" }, xanchor: "left", offset: 8 },
        bgcolor: "#9aa2ab",
        borderwidth: 0,
        ticklen: 4,
        tickcolor: "#9aa2ab",
        minorticklen: 0,
        steps: frames.readouts.map((readout, i) => ({
          label: plotlyText(readout),
          method: "animate",
          args: [[String(i)], animation(0)],
        })),
      },
    ],
  };
}
