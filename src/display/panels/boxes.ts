/** Rectangles in a plane or in named rows: shares of a score, densities, grouped bars. */

import { extent } from "../colour";
import type { BoxPanel } from "../figure-description";
import { plotlyText, readable, rounded, shown } from "../text";
import { plotlyRows, rowAxis, rowGutter } from "./named-rows";
import type { PanelDrawing } from "./panel-drawing";
import { axisTitle, hoverTemplate, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { sentence } from "./strongest";
import { columnData, framed, numberAxis, type VegaLite } from "./vega-lite-parts";

export const boxDrawing: PanelDrawing<BoxPanel> = {
  gutter: ({ rowNames, yLabel }) => (rowNames || yLabel ? rowGutter(rowNames) : 0),
  foot: ({ keys }) => 40 + (keys.length > 0 ? 26 : 0),
  recoloured: (panel) => panel,
  inWords,
  table: ({ left, hover }) =>
    left.map((_, i) => Object.fromEntries(hover.map(({ label, texts }) => [label, texts[i]]))),
  vegaLite,
  plotly,
};

/** Boxes that are read out; more would be read for minutes. */
const NAMED = 6;

function inWords({ title, xLabel, left, hover, references, keys }: BoxPanel): string {
  const names = (i: number): string =>
    hover
      .slice(0, 2)
      .map(({ texts }) => texts[i])
      .join(" ");
  const some = left.slice(0, NAMED).map((_, i) => names(i));
  const more = left.length - some.length;
  return sentence(
    title || xLabel,
    [
      ...references.map(({ name }) => name),
      some.join(", ") + (more > 0 ? ` and ${readable(more, 7)} more` : ""),
      ...keys.map(({ name }) => name),
    ].join("; "),
  );
}

/** Room over the boxes for the names of lines, as a share of their height. */
const ROOM_OF_NAMES = 0.42;

/** The vertical range: whole rows, or what there is. */
function heightOf({ rowNames, top, bottom, references }: BoxPanel): [top: number, bottom: number] {
  if (rowNames) return [-0.5, rowNames.length - 0.5];
  const [low, high] = extent([...top, ...bottom]);
  return [low, high + (references.length > 0 ? ROOM_OF_NAMES * (high - low) : 0)];
}

function vegaLite(panel: BoxPanel): VegaLite {
  const { left, right, top, bottom, fills, texts, keys, references, rowNames } = panel;
  const number = (values: readonly number[]) => values.map((value) => rounded(value));
  const palette = [...new Set(fills)];
  const { record, unfold } = columnData({
    left: number(left),
    right: number(right),
    top: number(top),
    bottom: number(bottom),
    fill: fills.map((fill) => palette.indexOf(fill)),
  });
  const list = (values: readonly string[]) => JSON.stringify(values.map(shown));
  const transform = [
    ...unfold,
    { window: [{ op: "row_number", as: "box" }] },
    { calculate: `${JSON.stringify(palette)}[datum.fill]`, as: "fill" },
    ...panel.hover.map(({ texts: of }, j) => ({ calculate: `${list(of)}[datum.box - 1]`, as: `hover${j}` })),
    ...(texts
      ? [
          { calculate: `${list(texts)}[datum.box - 1]`, as: "text" },
          { calculate: "(datum.left + datum.right) / 2", as: "middle" },
          { calculate: "(datum.top + datum.bottom) / 2", as: "height" },
        ]
      : []),
  ];
  const all = [...left, ...right, ...references.map((line) => line.x)];
  const x = (field: string): VegaLite => ({
    field,
    type: "quantitative",
    title: panel.xLabel,
    scale: { zero: false, nice: false, domain: domainOf(panel) },
    ...numberAxis(all, { tickCount: 8 }),
  });
  const [from, to] = heightOf(panel);
  const y = (field: string): VegaLite => ({
    field,
    type: "quantitative",
    title: rowNames ? null : panel.yLabel || null,
    // Rows are counted from the top, and numbers from the bottom.
    scale: { domain: rowNames ? [to, from] : [from, to], nice: false, zero: false },
    axis: rowNames ? rowAxis(rowNames) : panel.yLabel ? { ...numberAxis([from, to]).axis } : null,
  });
  return {
    ...framed(panel),
    view: { stroke: null },
    // Columns of no numbers would unfold into one box without any.
    data: { values: left.length > 0 ? [record] : [] },
    transform,
    resolve: { scale: { color: "independent" } },
    layer: [
      {
        mark: { type: "rect", ...(left.length <= 60 && { stroke: "#ffffff", strokeWidth: 0.6 }) },
        encoding: {
          x: x("left"),
          x2: { field: "right" },
          y: y("top"),
          y2: { field: "bottom" },
          color: { field: "fill", type: "nominal", scale: null },
          tooltip: panel.hover.map(({ label }, j) => ({ field: `hover${j}`, type: "nominal", title: label })),
        },
      },
      ...(texts
        ? [
            {
              mark: { type: "text", fontSize: 11, color: "#ffffff", baseline: "middle" },
              encoding: { x: x("middle"), y: y("height"), text: { field: "text", type: "nominal" } },
            },
          ]
        : []),
      ...references.flatMap(({ name, x: at }, i) => [
        {
          data: { values: [{ at: rounded(at), name: shown(name) }] },
          mark: { type: "rule", color: GREY, strokeWidth: 1.2, strokeDash: [4, 3] },
          encoding: { x: x("at") },
        },
        {
          data: { values: [{ at: rounded(at), name: shown(name) }] },
          mark: {
            type: "text",
            style: "guide-label",
            filled: false,
            stroke: "transparent",
            align: alignOf(panel, i),
            baseline: "top",
            dy: 1,
            fontSize: 11,
          },
          encoding: { x: x("at"), y: { value: 0 }, text: { field: "name", type: "nominal" } },
        },
      ]),
      ...(keys.length > 0 ? [keyLayer(keys)] : []),
    ],
  };
}

const GREY = "#808080";

/** Names of lines stand away from the middle, so that two do not meet. */
function alignOf(panel: BoxPanel, i: number): "left" | "right" | "center" {
  const { references } = panel;
  const [from, to] = domainOf(panel);
  const share = (references[i].x - from) / (to - from);
  if (references.length > 1) {
    const other = references[1 - i]?.x ?? references[i].x;
    if (Math.abs(references[i].x - other) < 0.35 * (to - from))
      return references[i].x <= other && i === 0 ? "right" : "left";
  }
  return share < 0.15 ? "left" : share > 0.85 ? "right" : "center";
}

/** The horizontal range, with a little room at the ends where lines have names. */
function domainOf({ left, right, references }: BoxPanel): [number, number] {
  const all = [...left, ...right, ...references.map(({ x }) => x)];
  const [low, high] = extent(all);
  if (!(high > low)) return [low - 1, low + 1];
  const room = references.length > 0 ? 0.03 * (high - low) : 0;
  return [rounded(low - room), rounded(high + room)];
}

/** Unseen marks that bear the legend of the colours. */
function keyLayer(keys: BoxPanel["keys"]): VegaLite {
  return {
    data: { values: keys.map(({ name }) => ({ name: shown(name) })) },
    mark: { type: "square", opacity: 0 },
    encoding: {
      x: { value: 0 },
      y: { value: 0 },
      color: {
        field: "name",
        type: "nominal",
        scale: { domain: keys.map(({ name }) => shown(name)), range: keys.map(({ fill }) => fill) },
        legend: {
          title: null,
          symbolOpacity: 1,
          symbolType: "square",
          labelLimit: 240,
        },
      },
    },
  };
}

function plotly(panel: BoxPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const { left, right, top, bottom, rowNames, keys, texts } = panel;
  const [from, to] = heightOf(panel);
  const axes = canvas.axes(place, {
    x: { title: axisTitle(panel.xLabel), range: domainOf(panel) },
    y: {
      range: rowNames ? [to, from] : [from, to],
      ...(rowNames
        ? plotlyRows(rowNames)
        : panel.yLabel
          ? { title: axisTitle(panel.yLabel) }
          : { visible: false }),
    },
  });
  canvas.add({
    type: "bar",
    orientation: "h",
    base: left.map((value) => rounded(value)),
    x: right.map((value, i) => rounded(value - left[i])),
    y: top.map((value, i) => rounded((value + bottom[i]) / 2)),
    width: top.map((value, i) => rounded(Math.abs(value - bottom[i]))),
    marker: { color: panel.fills, line: { width: left.length <= 60 ? 0.6 : 0, color: "#ffffff" } },
    ...(texts && {
      text: texts.map(plotlyText),
      textposition: "inside",
      insidetextanchor: "middle",
      textangle: 0,
      constraintext: "none",
      textfont: { size: 11, color: "#ffffff" },
    }),
    customdata: left.map((_, i) => panel.hover.map(({ texts: of }) => plotlyText(of[i]))),
    hovertemplate: hoverTemplate(panel.hover.map(({ label }) => label)),
    showlegend: false,
    ...axes,
  });
  for (const [i, { name, x }] of panel.references.entries()) {
    canvas.add({
      type: "scatter",
      mode: "lines",
      x: [rounded(x), rounded(x)],
      y: [from, to],
      line: { color: GREY, width: 1.2, dash: "dash" },
      hoverinfo: "skip",
      showlegend: false,
      ...axes,
    });
    const [low, high] = domainOf(panel);
    canvas.annotate([name], {
      left: place.left + (place.width * (x - low)) / (high - low),
      top: place.top + 1,
      align: alignOf(panel, i),
    });
  }
  for (const { name, fill } of keys)
    canvas.add({
      type: "scatter",
      mode: "markers",
      x: [null],
      y: [null],
      name: plotlyText(name),
      marker: { color: fill, symbol: "square", size: 10 },
      showlegend: true,
      ...axes,
    });
  if (keys.length > 0) canvas.legendAt(place.left, place.top + place.height + 40);
}
