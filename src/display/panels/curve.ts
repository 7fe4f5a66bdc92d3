/** Lines in a plane, with reference lines and the point of the current frame. */

import type { CurvePanel, FigureDescription } from "../figure-description";
import { plotlyText, readable, rounded } from "../text";
import { firstFrame } from "./frames";
import type { PanelDrawing } from "./panel-drawing";
import { axisTitle, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { sentence } from "./strongest";
import { cellValue, columnData, framed, numberAxis, type VegaLite } from "./vega-lite-parts";

const LINE_COLOURS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5"];

export const curveDrawing: PanelDrawing<CurvePanel> = {
  gutter: () => 56,
  foot: () => 66,
  recoloured: (panel) => panel,
  inWords: ({ title, series, references, xLabel }) =>
    sentence(
      title,
      [
        ...series.map(
          ({ name, x, y }) =>
            `${name} from ${readable(y[0])} at ${xLabel} ${readable(x[0])} to ${readable(y.at(-1)!)} at ${readable(x.at(-1)!)}`,
        ),
        ...references.map(({ name }) => name),
      ].join("; "),
    ),
  table: ({ series, xLabel, yLabel }) =>
    series.flatMap(({ name, x, y }) => x.map((at, i) => ({ line: name, [xLabel]: at, [yLabel]: y[i] }))),
  vegaLite,
  plotly,
};

function vegaLite(panel: CurvePanel, figure: FigureDescription): VegaLite {
  const points = panel.series.map((s) => ({
    name: s.name,
    ...columnData({ x: s.x.map(point), y: s.y.map(point) }),
  }));
  const x: VegaLite = { field: "x", type: "quantitative", title: panel.xLabel, axis: { tickCount: 6 } };
  const heights = [...panel.series.flatMap((s) => s.y), ...panel.references.map((r) => r.y)];
  const y: VegaLite = {
    field: "y",
    type: "quantitative",
    title: panel.yLabel,
    scale: { zero: false },
    ...numberAxis(heights, { tickCount: 5 }),
  };
  const names = [...panel.series.map((s) => s.name), ...panel.references.map((r) => r.name)];
  const colour: VegaLite = {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: names.map((_, i) => LINE_COLOURS[i % LINE_COLOURS.length]) },
    legend: {
      title: null,
      labelLimit: 0,
      symbolType: "stroke",
    },
  };
  const cursor = panel.cursor?.map((p, frame) => ({ frame, x: rounded(p.x, 3), y: rounded(p.y, 3) }));
  return {
    ...framed(panel),
    ...(figure.frames && readoutTitle(figure.frames.readouts)),
    layer: [
      ...(panel.references.length > 0
        ? [
            {
              data: { values: panel.references.map((r) => ({ name: r.name, y: rounded(r.y) })) },
              mark: { type: "rule", strokeDash: [5, 4], strokeWidth: 1.5 },
              encoding: { y, color: colour },
            },
          ]
        : []),
      {
        data: { values: points.map(({ name, record }) => ({ name, ...record })) },
        transform: points[0]?.unfold ?? [],
        mark: { type: "line", strokeWidth: 2, point: { size: 14 } },
        encoding: {
          x,
          y,
          color: colour,
          tooltip: [
            { field: "x", type: "quantitative", title: panel.xLabel, format: ".4~g" },
            { field: "y", type: "quantitative", title: panel.yLabel, format: ".5~g" },
            { field: "name", type: "nominal", title: "line" },
          ],
        },
      },
      ...(cursor && figure.frames
        ? [
            {
              data: { values: cursor },
              transform: [{ filter: "datum.frame == frame" }],
              mark: { type: "point", filled: true, size: 90, color: "#d62728", stroke: "#ffffff" },
              encoding: { x, y },
            },
          ]
        : []),
    ],
  };
}

/** A number of a line: no eye tells a ten-thousandth of the plane. */
function point(value: number): number | string {
  return Number.isFinite(value) ? rounded(value, 4) : cellValue(value);
}

/** The line that says which frame is shown. */
function readoutTitle(readouts: string[]): VegaLite {
  return {
    title: {
      text: { expr: `${JSON.stringify(readouts)}[frame]` },
      anchor: "start",
      frame: "group",
      fontSize: 12,
      offset: 6,
    },
  };
}

function plotly(panel: CurvePanel, place: PanelPlace, canvas: PlotlyCanvas): void {
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
        ...point(panel.cursor[firstFrame(canvas.figure.frames)]),
        ...axes,
      },
      panel.cursor.map(point),
    );
  }
  canvas.legendAt(place.left, place.top + place.height + 40);
}
