/** Draws a figure with Plotly: panels at pixel positions, a slider and Play where it moves. */

import { DARK_PAGE } from "../colour";
import type { FigureDescription, FrameSequence, Panel, ScaleSwitch } from "../figure-description";
import { plotlyText, wrap } from "../text";
import { figureWidth, PANEL_GAP } from "./figure-width";
import { firstFrame } from "./frames";
import { drawingOf } from "./index";
import { LINE_HEIGHT, slotWidth } from "./panel-size";
import { type PanelPlace, PlotlyCanvas, type PlotlyObject } from "./plotly-canvas";

/** A Plotly figure, valid for plotly.js 3. */
export interface PlotlyFigure {
  data: PlotlyObject[];
  layout: PlotlyObject;
  frames: PlotlyObject[];
  config: PlotlyObject;
}

/** The figure for Plotly. Page colours are left to the host unless `theme` is given. */
export function drawPlotly(description: FigureDescription, theme?: "light" | "dark"): PlotlyFigure {
  const figure: FigureDescription = { ...description, ...(theme && { page: theme }) };
  const places = placePanels(figure);
  const canvas = new PlotlyCanvas(figure, places.width, places.height);
  for (const [panel, place] of places.panels) {
    drawTitle(panel, place, canvas);
    drawingOf(panel).plotly(panel, place, canvas);
  }
  const controls = figure.frames ? 92 : figure.choice ? 44 : 0;
  const notes = figure.notes.flatMap((note) => wrap(note, places.width));
  if (notes.length > 0) canvas.annotate(notes, { left: 0, top: places.height + controls + 8 });
  const titleLines = wrap(figure.title, places.width, 15);
  const subtitle = figure.subtitle.flatMap((line) => wrap(line, places.width, 12));
  const margin = {
    l: 16,
    r: 16,
    t: 18 + titleLines.length * 19 + subtitle.length * 16,
    b: 16 + controls + (notes.length > 0 ? notes.length * LINE_HEIGHT + 12 : 0),
  };
  const layout: PlotlyObject = {
    width: places.width + margin.l + margin.r,
    height: places.height + margin.t + margin.b,
    margin: { ...margin, autoexpand: false },
    title: {
      text: [
        ...titleLines.map(plotlyText),
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
    ...hovering(figure),
    ...canvas.layout(),
    ...(figure.frames && playControls(figure.frames, places.height)),
    ...(figure.choice && { updatemenus: [chooser(figure.choice, canvas, places.height)] }),
    ...(theme ? { template: { layout: plotlyTheme(theme) } } : { paper_bgcolor: CLEAR, plot_bgcolor: CLEAR }),
  };
  return {
    data: canvas.traces,
    layout,
    frames: canvas.frames(),
    config: { displaylogo: false, displayModeBar: false, responsive: false },
  };
}

/**
 * Where all panels are sequences, the pointer reads input and attribution of a step together, however far from the
 * line. Other panels need what lies under the pointer.
 */
function hovering(figure: FigureDescription): PlotlyObject {
  const series = figure.rows.flat().map((panel) => panel.kind === "series");
  if (series.every(Boolean)) return { hovermode: "x", hoversubplots: "axis" };
  return { hovermode: "closest", ...(series.some(Boolean) && { hoverdistance: 1000 }) };
}

const CLEAR = "rgba(0,0,0,0)";

/** Page colours of a Plotly layout. */
export function plotlyTheme(theme: "light" | "dark"): PlotlyObject {
  const ink = theme === "dark" ? "#e8e8e8" : "#222222";
  const page = theme === "dark" ? DARK_PAGE : "#ffffff";
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
      const gutter = drawingOf(panel).gutter(panel);
      panels.push([panel, { left: x + gutter, top: y + head, width: panel.width, height: panel.height }]);
      x += gutter + slotWidth(panel) + PANEL_GAP;
    }
    width = Math.max(width, x - PANEL_GAP);
    y += head + Math.max(...row.map((panel) => panel.height + drawingOf(panel).foot(panel))) + 18;
  }
  return { panels, width, height: y - 18 };
}

function headHeight(panel: Panel): number {
  const caption = panel.caption.flatMap((line) => wrap(line, slotWidth(panel))).length;
  const title = panel.title ? wrap(panel.title, slotWidth(panel), 12).length : 0;
  return title + caption === 0 ? 0 : titleHeight(title) + caption * LINE_HEIGHT + 8;
}

function drawTitle(panel: Panel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const caption = panel.caption.flatMap((line) => wrap(line, slotWidth(panel)));
  const title = panel.title ? wrap(panel.title, slotWidth(panel), 12) : [];
  if (title.length + caption.length === 0) return;
  const captionTop = place.top - caption.length * LINE_HEIGHT - 8;
  const top = captionTop - titleHeight(title.length);
  if (title.length > 0) canvas.annotate(title, { left: place.left, top, bold: true });
  if (caption.length > 0) canvas.annotate(caption, { left: place.left, top: captionTop });
}

/** Plotly's lines are 1.3 times as high as their font, which is larger in titles. */
function titleHeight(lines: number): number {
  return Math.floor(lines * 1.3 * 12);
}

/** Buttons in a row under the panels, in colours that are read on any page. */
function buttonsBelow(offset: number, plotHeight: number, buttons: PlotlyObject[]): PlotlyObject {
  return {
    type: "buttons",
    direction: "left",
    x: 0,
    xanchor: "left",
    y: -(offset / plotHeight),
    yanchor: "top",
    pad: { t: 0, l: 0, r: 8, b: 0 },
    bgcolor: "#e4e7eb",
    bordercolor: "#9aa2ab",
    font: { color: "#222222" },
    buttons,
  };
}

/** A button for each rule of full colour; the one that holds is marked. */
function chooser(
  { options, labels, start }: ScaleSwitch,
  canvas: PlotlyCanvas,
  plotHeight: number,
): PlotlyObject {
  const buttons = options.map((rule, i) => ({
    label: plotlyText(labels[i]),
    method: "update",
    args: canvas.under(rule),
  }));
  return { ...buttonsBelow(12, plotHeight, buttons), active: options.indexOf(start) };
}

function playControls(frames: FrameSequence, plotHeight: number): PlotlyObject {
  const animation = (duration: number) => ({
    mode: "immediate",
    fromcurrent: true,
    frame: { duration, redraw: true },
    transition: { duration: 0 },
  });
  return {
    updatemenus: [
      {
        ...buttonsBelow(40, plotHeight, [
          { label: "▶ Play", method: "animate", args: [null, animation(450)] },
          { label: "❚❚ Pause", method: "animate", args: [[null], animation(0)] },
        ]),
        showactive: false,
      },
    ],
    sliders: [
      {
        active: firstFrame(frames),
        x: 0,
        xanchor: "left",
        len: 1,
        y: -(10 / plotHeight),
        yanchor: "top",
        pad: { t: 0, b: 0, l: 180, r: 0 },
        // Labels under the ticks would overlap: only the current one is shown, above the slider.
        font: { size: 1 },
        currentvalue: { font: { size: 12 }, xanchor: "left", offset: 8 },
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
