/** Points in a plane, or in named rows, coloured by a value. */

import { extent, hexAt } from "../colour";
import type { FigureDescription, PointPanel } from "../figure-description";
import { plotlyText, readable, rounded, shown } from "../text";
import { plotlyRows, rowAxis, rowGutter } from "./named-rows";
import type { PanelDrawing } from "./panel-drawing";
import { LEGEND_HEIGHT } from "./panel-size";
import { axisTitle, hoverTemplate, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { sentence, strongest } from "./strongest";
import {
  cellValue,
  columnData,
  finiteColour,
  framed,
  legendBelow,
  numberAxis,
  type VegaLite,
} from "./vega-lite-parts";

export const pointDrawing: PanelDrawing<PointPanel> = {
  gutter: ({ rowNames }) => rowGutter(rowNames),
  foot: ({ legend }) => 40 + (legend ? LEGEND_HEIGHT : 0),
  recoloured: (panel, rename) => ({ ...panel, colour: rename(panel.colour) }),
  inWords,
  table: ({ x, hover }) =>
    x.map((_, i) =>
      Object.fromEntries(
        hover.map(({ label, values, names }) => [label, names ? names[values[i]] : values[i]]),
      ),
    ),
  vegaLite,
  plotly,
};

function inWords({ title, x, y, xLabel, yLabel, rowNames }: PointPanel): string {
  const [low, high] = extent(x);
  const range = `${xLabel} from ${readable(low)} to ${readable(high)}`;
  if (!rowNames) return sentence(title || yLabel, `${x.length} points`, range);
  // The mean magnitude of each row: what its width shows.
  const means = rowNames.map((_, row) => {
    const own = x.filter((_, i) => Math.round(y[i]) === row);
    return own.reduce((sum, value) => sum + Math.abs(value), 0) / Math.max(1, own.length);
  });
  return sentence(
    title || xLabel,
    `${x.length} points, ${range}, mean magnitudes`,
    strongest(means, (row) => rowNames[row]),
  );
}

/** The vertical range: whole rows, or what there is. */
function heightOf({ y, rowNames }: PointPanel): [top: number, bottom: number] | undefined {
  return rowNames && y.length > 0 ? [-0.5, rowNames.length - 0.5] : undefined;
}

function vegaLite(panel: PointPanel, { colours }: FigureDescription): VegaLite {
  const scale = colours[panel.colour];
  const { record, unfold } = columnData({
    x: panel.x.map(cellValue),
    y: panel.y.map((value) => rounded(value, 4)),
    value: panel.values.map((value) => (Number.isFinite(value) ? rounded(value, 3) : cellValue(value))),
    ...Object.fromEntries(panel.hover.map(({ values }, j) => [`hover${j}`, values.map(cellValue)])),
  });
  const named = panel.hover.flatMap(({ names }, j) =>
    names ? [{ calculate: `${JSON.stringify(names.map(shown))}[datum.hover${j}]`, as: `hover${j}` }] : [],
  );
  const rows = heightOf(panel);
  const x = {
    field: "x",
    type: "quantitative",
    title: panel.xLabel,
    scale: { zero: false, nice: false, padding: 8 },
    ...numberAxis(panel.x, { tickCount: 6 }),
  };
  const y: VegaLite = {
    field: "y",
    type: "quantitative",
    title: rows ? null : panel.yLabel,
    scale: rows ? { domain: [rows[1], rows[0]], nice: false } : { zero: false, nice: false, padding: 8 },
    ...(panel.rowNames ? { axis: rowAxis(panel.rowNames) } : numberAxis(panel.y)),
  };
  return {
    ...framed(panel),
    view: { stroke: null },
    data: { values: [record] },
    transform: [...unfold, ...named],
    layer: [
      {
        data: { values: [{}] },
        mark: { type: "rule", color: "#88888888" },
        encoding: { x: { datum: 0, type: "quantitative" } },
      },
      {
        mark: { type: "circle", size: panel.size ** 2, opacity: 0.85, invalid: null, clip: true },
        encoding: {
          x,
          y,
          color: finiteColour("value", scale, panel.legend ? legendBelow(scale, panel.width) : null),
          tooltip: panel.hover.map(({ label }, j) => ({ field: `hover${j}`, type: "nominal", title: label })),
        },
      },
    ].slice(panel.rowNames ? 0 : 1),
  };
}

function plotly(panel: PointPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const rows = heightOf(panel);
  const axes = canvas.axes(place, {
    x: { title: axisTitle(panel.xLabel), zeroline: rows !== undefined },
    y: {
      ...(rows
        ? { range: [rows[1], rows[0]], showline: false, ticks: "" }
        : { title: axisTitle(panel.yLabel) }),
      ...(panel.rowNames && plotlyRows(panel.rowNames)),
    },
  });
  const scale = canvas.figure.colours[panel.colour];
  canvas.add({
    type: "scatter",
    mode: "markers",
    x: panel.x.map((value) => (Number.isFinite(value) ? rounded(value) : null)),
    y: panel.y.map((value) => rounded(value, 4)),
    marker: {
      size: panel.size,
      opacity: 0.85,
      color: panel.values.map((value) =>
        Number.isFinite(value) ? rounded(value, 3) : hexAt(scale, Number.NaN),
      ),
      coloraxis: canvas.colourAxis(
        panel.colour,
        panel.legend ? { ...place, height: place.height + 40 } : undefined,
      ),
    },
    customdata: panel.x.map((_, i) =>
      panel.hover.map(({ values, names }) => (names ? plotlyText(names[values[i]]) : cellValue(values[i]))),
    ),
    hovertemplate: hoverTemplate(panel.hover.map(({ label }) => label)),
    showlegend: false,
    ...axes,
  });
}
