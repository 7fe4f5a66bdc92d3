/** Tokens as boxes at pixel positions, coloured by attribution, with their text. */

import { type ColourScale, hexAt, isDark, NOT_FINITE_COLOUR, upTo } from "../colour";
import type { FigureDescription, StripPanel } from "../figure-description";
import { plotlyText, readable, rounded, shown } from "../text";
import type { PanelDrawing } from "./panel-drawing";
import { LEGEND_HEIGHT, legendWidth } from "./panel-size";
import type { PanelPlace, PlotlyCanvas } from "./plotly-canvas";
import { sentence, strongest } from "./strongest";
import { CHOSEN, cellValue, finiteColour, framed, legendBelow, type VegaLite } from "./vega-lite-parts";

export const stripDrawing: PanelDrawing<StripPanel> = {
  gutter: () => 0,
  foot: ({ legend }) => (legend ? LEGEND_HEIGHT : 0),
  recoloured: (panel, rename) => ({ ...panel, colour: rename(panel.colour) }),
  inWords: ({ title, boxes }, _figure) =>
    sentence(
      title || "boxes",
      boxes.map(({ text }) => text).join(" "),
      strongest(
        boxes.map(({ value }) => value),
        (i) => boxes[i].text,
      ),
    ),
  table: ({ boxes }) =>
    boxes.map(({ text, value }, position) => ({ position, token: text, attribution: value })),
  vegaLite,
  plotly,
};

function vegaLite(panel: StripPanel, figure: FigureDescription): VegaLite {
  const scale = figure.colours[panel.colour];
  const values = panel.boxes.map((box, i) => ({
    position: i,
    text: shown(box.text),
    value: cellValue(box.value),
    x: box.x,
    x2: box.x + box.width,
    y: box.y,
    y2: box.y + box.height,
    middleX: box.x + box.width / 2,
    middleY: box.y + box.height / 2,
    ink: inkOn(scale, box.value),
    ...(panel.limits && {
      inks: Object.fromEntries(
        Object.entries(panel.limits).map(([rule, limit]) => [rule, inkOn(upTo(scale, limit), box.value)]),
      ),
    }),
    fill: hexAt(scale, box.value),
  }));
  const position = (field: string, length: number, reverse = false): VegaLite => ({
    field,
    type: "quantitative",
    scale: { domain: [0, length], nice: false, reverse },
    axis: null,
  });
  const x = (field: string) => position(field, panel.width);
  const y = (field: string) => position(field, panel.height, true);
  return {
    ...framed(panel),
    view: { stroke: null },
    data: { values },
    ...(panel.limits && { transform: [{ calculate: `datum.inks[${CHOSEN}]`, as: "ink" }] }),
    layer: [
      {
        mark: { type: "rect", cornerRadius: 3, stroke: "#88888888", strokeWidth: 0.5, invalid: null },
        encoding: {
          x: x("x"),
          x2: { field: "x2" },
          y: y("y"),
          y2: { field: "y2" },
          color: finiteColour(
            "value",
            scale,
            panel.legend ? legendBelow(scale, legendWidth(panel), panel.limits) : null,
            panel.limits,
          ),
          tooltip: [
            { field: "text", type: "nominal", title: "token" },
            { field: "position", type: "quantitative", title: "position" },
            { field: "value", type: "nominal", title: "attribution" },
          ],
        },
      },
      {
        mark: { type: "text", fontSize: 12, baseline: "middle" },
        encoding: {
          x: x("middleX"),
          y: y("middleY"),
          text: { field: "text", type: "nominal" },
          color: { field: "ink", type: "nominal", scale: null },
        },
      },
    ],
  };
}

/** The ink of a text on a value's colour. */
function inkOn(scale: ColourScale, value: number): string {
  return isDark(scale, value) ? "#ffffff" : "#111111";
}

function plotly(panel: StripPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: { range: [0, panel.width], visible: false },
    y: { range: [panel.height, 0], visible: false },
  });
  const scale = canvas.figure.colours[panel.colour];
  const inks = (on: ColourScale): string[] => panel.boxes.map((box) => inkOn(on, box.value));
  const colours = canvas.colourAxis(
    panel.colour,
    panel.legend ? { ...place, width: legendWidth(panel) } : undefined,
  );
  canvas.switched(colours, scale, panel.limits, (on) => ({ "textfont.color": inks(on) }));
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
      color: inks(scale),
    },
    marker: {
      color: panel.boxes.map((b) => colourNumber(b.value)),
      coloraxis: colours,
      line: { width: 0.5, color: "#88888888" },
    },
    customdata: panel.boxes.map((b, i) => [plotlyText(b.text), i, readable(b.value, 5)]),
    hovertemplate:
      "%{customdata[0]}<br>position: %{customdata[1]}<br>attribution: %{customdata[2]}<extra></extra>",
    ...axes,
  });
}

/** A value for the colour axis; among numbers Plotly takes a text for a colour of its own. */
function colourNumber(value: number): number | string {
  return Number.isFinite(value) ? rounded(value) : NOT_FINITE_COLOUR;
}
