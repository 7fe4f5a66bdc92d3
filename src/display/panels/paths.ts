/** Lines from row to row: how each example arrives at its score, feature by feature. */

import { extent, hexAt } from "../colour";
import type { FigureDescription, PathPanel } from "../figure-description";
import { plotlyText, readable, rounded, shown } from "../text";
import { plotlyRows, rowAxis, rowGutter } from "./named-rows";
import type { PanelDrawing } from "./panel-drawing";
import { LEGEND_HEIGHT } from "./panel-size";
import { axisTitle, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { sentence } from "./strongest";
import { finiteColour, framed, legendBelow, numberAxis, type VegaLite } from "./vega-lite-parts";

export const pathDrawing: PanelDrawing<PathPanel> = {
  gutter: ({ rowNames }) => rowGutter(rowNames),
  foot: () => 40 + LEGEND_HEIGHT,
  recoloured: (panel, rename) => ({ ...panel, colour: rename(panel.colour) }),
  inWords: ({ title, lines, xLabel, startLabel, rowNames }) => {
    const [low, high] = extent(lines.map((line) => line[line.length - 1]));
    return sentence(
      title || xLabel,
      `${lines.length} lines from ${startLabel} through ${rowNames.length} features to ${readable(low)} … ${readable(high)}`,
    );
  },
  table: ({ lines, rowNames, hover, xLabel }) =>
    lines.flatMap((line, i) =>
      line.slice(1).map((at, k) => ({
        ...Object.fromEntries(hover.map(({ label, texts }) => [label, texts[i]])),
        "up to": rowNames[rowNames.length - 1 - k],
        [xLabel]: at,
      })),
    ),
  vegaLite,
  plotly,
};

/** The place of a line's point: the start under the last row, and its end over the first. */
function heightsOf({ rowNames }: PathPanel): number[] {
  const count = rowNames.length;
  return Array.from({ length: count + 1 }, (_, k) => count - 0.5 - k);
}

function vegaLite(panel: PathPanel, { colours }: FigureDescription): VegaLite {
  const scale = colours[panel.colour];
  const heights = heightsOf(panel);
  const values = panel.lines.map((line, i) => ({
    line: i,
    xs: line.map((value) => rounded(value, 4)).join(" "),
    value: rounded(panel.values[i], 4),
    ...Object.fromEntries(panel.hover.map(({ texts }, j) => [`hover${j}`, shown(texts[i])])),
  }));
  const all = panel.lines.flat();
  const x: VegaLite = {
    field: "x",
    type: "quantitative",
    title: panel.xLabel,
    scale: { zero: false, nice: false, padding: 8 },
    ...numberAxis(all, { tickCount: 6 }),
  };
  const y: VegaLite = {
    field: "y",
    type: "quantitative",
    title: null,
    scale: { domain: [panel.rowNames.length - 0.5, -0.5], nice: false },
    axis: rowAxis(panel.rowNames),
  };
  return {
    ...framed(panel),
    view: { stroke: null },
    data: { values },
    transform: [
      { calculate: "split(datum.xs, ' ')", as: "x" },
      { calculate: JSON.stringify(heights), as: "y" },
      { flatten: ["x", "y"] },
      { calculate: "+datum.x", as: "x" },
    ],
    layer: [
      {
        data: { values: [{ x: rounded(panel.start) }] },
        mark: { type: "rule", color: "#88888888", strokeDash: [4, 3] },
        encoding: { x },
      },
      {
        mark: { type: "line", strokeWidth: 1.4, opacity: 0.8 },
        encoding: {
          x,
          y,
          order: { field: "y", type: "quantitative" },
          detail: { field: "line", type: "nominal" },
          color: finiteColour("value", scale, legendBelow(scale, panel.width)),
          tooltip: panel.hover.map(({ label }, j) => ({ field: `hover${j}`, type: "nominal", title: label })),
        },
      },
    ],
  };
}

function plotly(panel: PathPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const heights = heightsOf(panel);
  const rows = panel.rowNames.length;
  const scale = canvas.figure.colours[panel.colour];
  const axes = canvas.axes(place, {
    x: { title: axisTitle(panel.xLabel) },
    y: { range: [rows - 0.5, -0.5], ...plotlyRows(panel.rowNames) },
  });
  canvas.add({
    type: "scatter",
    mode: "lines",
    x: [rounded(panel.start), rounded(panel.start)],
    y: [rows - 0.5, -0.5],
    line: { color: "#88888888", width: 1, dash: "dash" },
    hoverinfo: "skip",
    showlegend: false,
    ...axes,
  });
  for (const [i, line] of panel.lines.entries())
    canvas.add({
      type: "scatter",
      mode: "lines",
      x: line.map((value) => rounded(value, 4)),
      y: heights,
      line: { color: hexAt(scale, panel.values[i]), width: 1.4 },
      opacity: 0.8,
      showlegend: false,
      hovertemplate: panel.hover
        .map(({ label, texts }) => `${plotlyText(label)}: ${plotlyText(texts[i])}`)
        .join("<br>")
        .concat("<extra></extra>"),
      ...axes,
    });
  // An unseen point bears the legend: lines have no colour bar.
  canvas.add({
    type: "scatter",
    mode: "markers",
    x: [null],
    y: [null],
    marker: {
      color: [0],
      coloraxis: canvas.colourAxis(panel.colour, { ...place, height: place.height + 40 }),
    },
    showlegend: false,
    hoverinfo: "skip",
    ...axes,
  });
}
