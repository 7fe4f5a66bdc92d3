/** Signed horizontal bars with their numbers at the ends. */

import type { BarPanel } from "../figure-description";
import { plotlyText, readable, rounded, shown } from "../text";
import { textWidth } from "../text-width";
import type { PanelDrawing } from "./panel-drawing";
import { axisTitle, type PanelPlace, type PlotlyCanvas } from "./plotly-canvas";
import { cellValue, framed, numberAxis, type VegaLite } from "./vega-lite-parts";

export const barDrawing: PanelDrawing<BarPanel> = {
  gutter({ hideLabels, labels }) {
    if (hideLabels) return 0;
    return 16 + Math.min(240, Math.max(...labels.map((label) => textWidth(shown(label), 11))));
  },
  foot: () => 40,
  recoloured: (panel) => panel,
  vegaLite,
  plotly,
};

function vegaLite(panel: BarPanel): VegaLite {
  const names = distinct(panel.labels.map(shown));
  const values = names.map((name, i) => ({
    name,
    value: cellValue(panel.values[i]),
    fill: panel.fills[i],
    text: readable(panel.values[i], 3),
    ...Object.fromEntries(panel.hover.map((h, j) => [`hover${j}`, shown(h.texts[i])])),
  }));
  const domain = barRange(panel);
  const y = {
    field: "name",
    type: "nominal",
    sort: null,
    // Layers leave bars out that have no value: without all names the others would move up.
    scale: { domain: names },
    title: null,
    axis: panel.hideLabels ? { labels: false, ticks: false } : { labelLimit: 240, ticks: false },
  };
  const x = (field: string) => ({
    field,
    type: "quantitative",
    title: panel.title === panel.valueLabel ? null : panel.valueLabel,
    scale: { domain, nice: false },
    ...numberAxis(domain),
  });
  const text = (positive: boolean): VegaLite => ({
    transform: [
      { filter: positive ? "!(datum.value < 0)" : "datum.value < 0" },
      // A value that is not finite has no bar, but is read at zero.
      { calculate: "isNumber(datum.value) ? datum.value : 0", as: "end" },
    ],
    mark: {
      type: "text",
      // Axis labels follow the host's theme; a text mark does where it has their style and no fill of its own.
      style: "guide-label",
      filled: false,
      stroke: "transparent",
      align: positive ? "left" : "right",
      dx: positive ? 4 : -4,
      baseline: "middle",
      fontSize: 10,
    },
    encoding: { y, x: x("end"), text: { field: "text", type: "nominal" } },
  });
  return {
    ...framed(panel),
    view: { stroke: null },
    data: { values },
    layer: [
      {
        mark: { type: "bar", stroke: "#88888888", strokeWidth: 0.5 },
        encoding: {
          y,
          x: x("value"),
          color: { field: "fill", type: "nominal", scale: null },
          tooltip: [
            { field: "name", type: "nominal", title: "name" },
            { field: "value", type: "quantitative", title: panel.valueLabel, format: ".5~g" },
            ...panel.hover.map((h, j) => ({ field: `hover${j}`, type: "nominal", title: h.label })),
          ],
        },
      },
      text(true),
      text(false),
    ],
  };
}

function plotly(panel: BarPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
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

/** Pixels of a digit of the numbers at the ends of bars, and between bar and number. */
const [DIGIT, GAP] = [7.5, 12];

/** Range of a bar panel's axis: zero, all bars, and room for the numbers at their ends. */
function barRange(panel: BarPanel): [number, number] {
  const finite = panel.values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const share = (numbers: readonly number[]): number =>
    numbers.length === 0
      ? 0
      : (GAP + DIGIT * Math.max(...numbers.map((v) => readable(v, 3).length))) / panel.width;
  const onRight = panel.values.filter((v) => !standsLeft(v));
  const [left, right] = [share(panel.values.filter(standsLeft)), share(onRight)];
  // On narrow panels numbers may leave the panel sooner than bars become too short to compare.
  const all = (high - low || 1) / Math.max(0.4, 1 - left - right);
  return [low < 0 ? rounded(low - left * all) : 0, rounded(high + (onRight.length > 0 ? right * all : 0))];
}

/** Whether a bar's number stands left of it; that of a value which is not finite stands right of zero. */
function standsLeft(value: number): boolean {
  return value < 0 && Number.isFinite(value);
}

/** Equal names would share one bar: the later ones get a number. */
function distinct(names: string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    if (!seen.has(name)) {
      seen.add(name);
      return name;
    }
    let count = 2;
    while (taken.has(`${name} (${count})`)) count++;
    taken.add(`${name} (${count})`);
    return `${name} (${count})`;
  });
}
