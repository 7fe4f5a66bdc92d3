/** Signed horizontal bars with their numbers at the ends. */

import type { BarPanel } from "../figure-description";
import { plotlyText, readable, rounded, shown } from "../text";
import { textWidth } from "../text-width";
import type { PanelDrawing } from "./panel-drawing";
import { axisTitle, type PanelPlace, type PlotlyAxes, type PlotlyCanvas } from "./plotly-canvas";
import { sentence, strongest } from "./strongest";
import { cellValue, framed, numberAxis, type VegaLite } from "./vega-lite-parts";

export const barDrawing: PanelDrawing<BarPanel> = {
  gutter({ hideLabels, labels }) {
    if (hideLabels) return 0;
    return 16 + Math.min(240, Math.max(...labels.map((label) => textWidth(shown(label), 11))));
  },
  foot: () => 40,
  recoloured: (panel) => panel,
  inWords: (panel) =>
    panel.starts
      ? sentence(
          panel.title || panel.valueLabel,
          panel.labels.map((label, i) => `${label} (${textOf(panel, i)})`).join("; "),
        )
      : sentence(
          panel.title || panel.valueLabel,
          strongest(panel.values, (i) => panel.labels[i]),
        ),
  table: ({ labels, values, valueLabel, hover }) =>
    labels.map((label, i) => ({
      bar: label,
      [valueLabel]: values[i],
      ...Object.fromEntries(hover.map(({ label: name, texts }) => [name, texts[i]])),
    })),
  vegaLite,
  plotly,
};

function vegaLite(panel: BarPanel): VegaLite {
  const names = distinct(panel.labels.map(shown));
  const values = names.map((name, i) => ({
    name,
    value: cellValue(panel.values[i]),
    fill: panel.fills[i],
    text: textOf(panel, i),
    ...(panel.errors?.[i] && {
      least: rounded(endOf(panel, i) - panel.errors[i]),
      most: rounded(endOf(panel, i) + panel.errors[i]),
    }),
    ...(panel.errors && { at: rounded(textPlace(panel, i)) }),
    ...(panel.starts && {
      start: rounded(panel.starts[i]),
      end: rounded(endOf(panel, i)),
      ...(i + 1 < names.length && { next: names[i + 1] }),
    }),
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
      ...(panel.starts ? [] : [{ calculate: "isNumber(datum.value) ? datum.value : 0", as: "end" }]),
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
    encoding: { y, x: x(panel.errors ? "at" : "end"), text: { field: "text", type: "nominal" } },
  });
  return {
    ...framed(panel),
    view: { stroke: null },
    data: { values },
    layer: [
      ...(panel.starts ? steps(y, x("end")) : []),
      {
        mark: {
          type: "bar",
          stroke: "#88888888",
          strokeWidth: 0.5,
          ...(panel.starts && { height: { band: 0.8 } }),
        },
        encoding: {
          y,
          ...(panel.starts ? { x: x("start"), x2: { field: "end" } } : { x: x("value") }),
          color: { field: "fill", type: "nominal", scale: null },
          tooltip: [
            // The bar's label may be shortened: where there is the whole name, that is enough.
            ...(panel.hover.some(({ label }) => label === "feature")
              ? []
              : [{ field: "name", type: "nominal", title: "bar" }]),
            { field: "value", type: "quantitative", title: panel.valueLabel, format: ".5~g" },
            ...panel.hover.map((h, j) => ({ field: `hover${j}`, type: "nominal", title: h.label })),
          ],
        },
      },
      ...(panel.errors
        ? [
            {
              transform: [{ filter: "isValid(datum.least)" }],
              mark: { type: "rule", color: ERROR_INK, strokeWidth: 1.2 },
              encoding: { y, x: x("least"), x2: { field: "most" } },
            },
          ]
        : []),
      text(true),
      text(false),
    ],
  };
}

/** Seen on bars and on pages of any colour. */
const ERROR_INK = "#808080";

/** Marks of a waterfall: lines from each end to the next bar, ticks where a bar has no length. */
function steps(y: VegaLite, end: VegaLite): VegaLite[] {
  const colour = "#88888888";
  return [
    {
      transform: [{ filter: "isValid(datum.next)" }],
      mark: { type: "rule", color: colour },
      encoding: { y, y2: { field: "next" }, x: end },
    },
    {
      transform: [{ filter: "datum.value === 0" }],
      mark: { type: "tick", thickness: 2, color: "#888888" },
      encoding: { y, x: end },
    },
  ];
}

function plotly(panel: BarPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const axes = canvas.axes(place, {
    x: {
      title: axisTitle(panel.title === panel.valueLabel ? "" : panel.valueLabel),
      range: barRange(panel),
      zeroline: !panel.starts,
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
  if (panel.starts) addSteps(panel, canvas, axes);
  canvas.add({
    type: "bar",
    orientation: "h",
    ...(panel.starts && { base: panel.starts.map((start) => rounded(start)) }),
    y: panel.labels.map((_, i) => i),
    x: panel.values.map((v) => (Number.isFinite(v) ? rounded(v) : null)),
    marker: { color: panel.fills, line: { width: 0.5, color: "#88888888" } },
    ...(panel.errors && {
      error_x: {
        type: "data",
        array: panel.errors.map((error) => rounded(error)),
        color: ERROR_INK,
        thickness: 1.2,
        width: 0,
      },
    }),
    customdata: panel.labels.map((name, i) => [
      plotlyText(name),
      ...panel.hover.map((h) => plotlyText(h.texts[i])),
      // Of a bar that begins elsewhere Plotly's x is the end.
      ...(panel.starts ? [readable(panel.values[i], 5)] : []),
    ]),
    hovertemplate: `%{customdata[0]}<br>${plotlyText(panel.valueLabel)}: ${
      panel.starts ? `%{customdata[${panel.hover.length + 1}]}` : "%{x:.5~g}"
    }${panel.hover
      .map((h, j) => `<br>${plotlyText(h.label)}: %{customdata[${j + 1}]}`)
      .join("")}<extra></extra>`,
    ...axes,
  });
  // Texts of the bars themselves would stand right of a bar too short to be seen, also of a negative one.
  canvas.add({
    type: "scatter",
    mode: "text",
    y: panel.labels.map((_, i) => i),
    x: panel.values.map((_, i) => rounded(textPlace(panel, i))),
    text: panel.values.map((_, i) => `\u00a0${plotlyText(textOf(panel, i))}\u00a0`),
    textposition: panel.values.map((v) => (standsLeft(v) ? "middle left" : "middle right")),
    textfont: { size: 11 },
    cliponaxis: false,
    hoverinfo: "skip",
    showlegend: false,
    ...axes,
  });
}

/** The lines and ticks of a waterfall. */
function addSteps(panel: BarPanel, canvas: PlotlyCanvas, axes: PlotlyAxes): void {
  const rows = panel.values.map((_, i) => i);
  const ends = rows.map((i) => rounded(endOf(panel, i)));
  canvas.add({
    type: "scatter",
    mode: "lines",
    x: rows.slice(1).flatMap((i) => [ends[i - 1], ends[i - 1], null]),
    y: rows.slice(1).flatMap((i) => [i - 1, i, null]),
    line: { color: "#88888888", width: 1 },
    hoverinfo: "skip",
    showlegend: false,
    ...axes,
  });
  const levels = rows.filter((i) => panel.values[i] === 0);
  canvas.add({
    type: "scatter",
    mode: "markers",
    x: levels.map((i) => ends[i]),
    y: levels,
    marker: { symbol: "line-ns", size: 14, line: { width: 2, color: "#888888" } },
    hoverinfo: "skip",
    showlegend: false,
    ...axes,
  });
}

/** Where a bar ends; one without a finite value has no length. */
function endOf({ starts, values }: BarPanel, i: number): number {
  return (starts?.[i] ?? 0) + (Number.isFinite(values[i]) ? values[i] : 0);
}

/** Where the number of a bar stands: at its end, behind the line of its error. */
function textPlace(panel: BarPanel, i: number): number {
  const error = panel.errors?.[i] ?? 0;
  return endOf(panel, i) + (standsLeft(panel.values[i]) ? -error : error);
}

/** Text at the end of a bar. */
function textOf({ texts, values }: BarPanel, i: number): string {
  return shown(texts?.[i] ?? readable(values[i], 3));
}

/** Pixels of a digit of the numbers at the ends of bars, and between bar and number. */
const [DIGIT, GAP] = [7.5, 12];

/** Range of a bar panel's axis: where bars begin, all bars, and room for the numbers at their ends. */
function barRange(panel: BarPanel): [number, number] {
  const rows = panel.values.map((_, i) => i);
  const points = [
    ...(panel.starts ?? [0]),
    ...rows.flatMap((i) => [-1, 1].map((side) => endOf(panel, i) + side * (panel.errors?.[i] ?? 0))),
  ];
  const [low, high] = [Math.min(...points), Math.max(...points)];
  const share = (of: readonly number[]): number =>
    of.length === 0 ? 0 : (GAP + DIGIT * Math.max(...of.map((i) => textOf(panel, i).length))) / panel.width;
  const onLeft = rows.filter((i) => standsLeft(panel.values[i]));
  const onRight = rows.filter((i) => !standsLeft(panel.values[i]));
  const [left, right] = [share(onLeft), share(onRight)];
  // On narrow panels numbers may leave the panel sooner than bars become too short to compare.
  const all = (high - low || 1) / Math.max(0.4, 1 - left - right);
  return [
    onLeft.length > 0 ? rounded(low - left * all) : rounded(low),
    onRight.length > 0 ? rounded(high + right * all) : rounded(high),
  ];
}

/** True of a bar whose number stands left of it; that of a value which is not finite stands right of zero. */
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
