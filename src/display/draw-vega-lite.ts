import type { ColourScale } from "./colour";
import { hexAt, isDark } from "./colour";
import { gridView } from "./draw-vega-lite-grid";
import type {
  BarPanel,
  CurvePanel,
  FigureDescription,
  Panel,
  SeriesPanel,
  StripPanel,
  TextPanel,
} from "./figure-description";
import { barRange, figureWidth, legendWidth, PANEL_GAP } from "./panel-layout";
import { readable, rounded, shown, wrap } from "./text";

/** A Vega-Lite specification, or a part of one. */
export type VegaLite = Record<string, unknown>;

const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
const LINE = 15;
const INDEPENDENT = { scale: { color: "independent" } };
const LINE_COLOURS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5"];

/** The figure as a Vega-Lite 5 specification. Page colours are left to the host unless `theme` is given. */
export function drawVegaLite(figure: FigureDescription, theme?: "light" | "dark"): VegaLite {
  const width = figureWidth(figure);
  const rows = figure.rows.map((row) => ({
    hconcat: row.map((panel) => panelView(panel, figure)),
    bounds: "flush",
    spacing: PANEL_GAP,
    resolve: INDEPENDENT,
  }));
  const notes = figure.notes.flatMap((note) => wrap(note, width));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: shown([figure.title, ...figure.subtitle].join(". ")),
    title: {
      text: wrap(figure.title, width, 14),
      ...(figure.subtitle.length > 0 && { subtitle: figure.subtitle.flatMap((line) => wrap(line, width)) }),
      anchor: "start",
      frame: "bounds",
      fontSize: 14,
      subtitleFontSize: 11,
      subtitlePadding: 4,
      offset: 14,
    },
    ...(figure.frames && {
      params: [
        {
          name: "frame",
          value: figure.frames.readouts.length - 1,
          bind: { input: "range", min: 0, max: figure.frames.readouts.length - 1, step: 1, name: "frame " },
        },
      ],
    }),
    spacing: 18,
    resolve: INDEPENDENT,
    vconcat: [...rows, ...(notes.length > 0 ? [textView(notes, width, "left")] : [])],
    config: config(theme),
  };
}

function config(theme: "light" | "dark" | undefined): VegaLite {
  const page = theme && pageConfig(theme);
  return {
    ...page,
    font: FONT,
    view: { stroke: null },
    title: { ...page?.title, fontWeight: 600, subtitleFontWeight: "normal" },
    axis: { ...page?.axis, grid: false, labelFontSize: 11, titleFontSize: 11, titleFontWeight: "normal" },
    legend: { labelFontSize: 10, titleFontSize: 10, titleFontWeight: "normal" },
  };
}

/** Page colours as a Vega-Lite configuration. */
export function pageConfig(theme: "light" | "dark"): {
  title: VegaLite;
  axis: VegaLite;
  [section: string]: unknown;
} {
  const ink = theme === "dark" ? "#e8e8e8" : "#222222";
  return {
    background: theme === "dark" ? "#1c1c1c" : "#ffffff",
    title: { color: ink, subtitleColor: ink },
    axis: { domainColor: ink, tickColor: ink },
    style: { "guide-label": { fill: ink }, "guide-title": { fill: ink } },
  };
}

function panelView(panel: Panel, figure: FigureDescription): VegaLite {
  switch (panel.kind) {
    case "grid":
      return { ...frameOf(panel), ...gridView(panel, figure) };
    case "bars":
      return { ...frameOf(panel), ...barView(panel) };
    case "series":
      return { ...seriesView(panel, figure.colours) };
    case "strip":
      return { ...frameOf(panel), ...stripView(panel, figure.colours[panel.colour]!) };
    case "curve":
      return {
        ...frameOf(panel),
        ...(figure.frames && readoutTitle(figure.frames.readouts)),
        ...curveView(panel, figure),
      };
    case "text":
      return textView(panel.lines, panel.width, panel.align, panel.lineHeight);
  }
}

/** Size and title of a panel's view. */
function frameOf(panel: Exclude<Panel, TextPanel>): VegaLite {
  return {
    width: panel.width,
    height: panel.height,
    view: { stroke: "#88888888" },
    ...titleOf(panel),
  };
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

function titleOf(panel: Exclude<Panel, TextPanel>): VegaLite {
  if (!panel.title && panel.caption.length === 0) return {};
  return {
    title: {
      text: wrap(panel.title, panel.width, 12),
      ...(panel.caption.length > 0 && { subtitle: panel.caption.flatMap((line) => wrap(line, panel.width)) }),
      anchor: "start",
      frame: "group",
      fontSize: 12,
      subtitleFontSize: 11,
      offset: 6,
    },
  };
}

/** Colour channel of a diverging or grey scale. */
export function colourChannel(field: string, scale: ColourScale, legend: VegaLite | null): VegaLite {
  const last = scale.stops.length - 1;
  return {
    field,
    type: "quantitative",
    scale: {
      domain: scale.stops.map((_, i) => rounded(scale.low + ((scale.high - scale.low) * i) / last)),
      range: scale.stops,
      clamp: true,
    },
    legend,
  };
}

/** A horizontal legend under a panel, with the scale's ends in real units. */
export function legendBelow(scale: ColourScale, width: number): VegaLite {
  const values = scale.allZero
    ? [0]
    : scale.kind === "diverging"
      ? [rounded(scale.low), 0, rounded(scale.high)]
      : [rounded(scale.low), rounded(scale.high)];
  const sign = scale.kind === "diverging" ? "+" : "";
  return {
    title: wrap(scale.allZero ? `${scale.legendTitle}: all zero` : scale.legendTitle, width, 10),
    orient: "bottom",
    direction: "horizontal",
    gradientLength: Math.min(220, Math.max(80, width - 20)),
    gradientThickness: 8,
    values,
    labelExpr: `datum.value == 0 ? '0' : format(datum.value, '${sign}.3~g')`,
    labelOverlap: false,
    titleLimit: 0,
    offset: 8,
  };
}

function barView(panel: BarPanel): VegaLite {
  const names = distinct(panel.labels.map(shown));
  const values = names.map((name, i) => ({
    name,
    value: cellValue(panel.values[i]!),
    fill: panel.fills[i]!,
    text: panel.endTexts?.[i] ?? readable(panel.values[i]!, 3),
    ...Object.fromEntries(panel.hover.map((h, j) => [`hover${j}`, shown(h.texts[i]!)])),
  }));
  const domain = barRange(panel);
  const y = {
    field: "name",
    type: "nominal",
    sort: null,
    title: null,
    axis: panel.hideLabels ? { labels: false, ticks: false } : { labelLimit: 240, ticks: false },
  };
  const x = (field: string) => ({
    field,
    type: "quantitative",
    title: panel.title === panel.valueLabel ? null : panel.valueLabel,
    scale: { domain, nice: false },
  });
  const text = (positive: boolean): VegaLite => ({
    transform: [{ filter: positive ? "datum.value >= 0" : "datum.value < 0" }],
    mark: {
      type: "text",
      // Text marks do not follow the host's theme: this grey reads on white and on black.
      color: "#7d7d7d",
      align: positive ? "left" : "right",
      dx: positive ? 4 : -4,
      baseline: "middle",
      fontSize: 10,
    },
    encoding: { y, x: x("value"), text: { field: "text", type: "nominal" } },
  });
  return {
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

function seriesView(panel: SeriesPanel, colours: Record<string, ColourScale>): VegaLite {
  const half = panel.positions.length > 1 ? Math.abs(panel.positions[1]! - panel.positions[0]!) / 2 : 0.5;
  const values = panel.positions.map((position, i) => ({
    position,
    from: position - half,
    to: position + half,
    // Bands overlap a little: otherwise the page shines through between them.
    bandTo: position + half * 1.1,
    value: cellValue(panel.attribution[i]!),
    ...(panel.input && { input: cellValue(panel.input[i]!) }),
  }));
  const domain = [panel.positions[0]! - half, panel.positions.at(-1)! + half];
  const x = (field: string, labels: boolean): VegaLite => ({
    field,
    type: "quantitative",
    title: labels ? panel.positionLabel : null,
    scale: { domain, nice: false, zero: false },
    axis: { labels, ticks: labels },
  });
  const scale = colours[panel.colour]!;
  const colour = colourChannel("value", scale, null);
  const tooltip = [
    { field: "position", type: "quantitative", title: panel.positionLabel },
    ...(panel.input ? [{ field: "input", type: "nominal", title: panel.inputLabel }] : []),
    { field: "value", type: "nominal", title: panel.attributionLabel },
  ];
  const upper = Math.round(panel.height * 0.6);
  const lineView: VegaLite = {
    width: panel.width,
    height: upper,
    ...titleOf(panel),
    layer: [
      {
        mark: { type: "rect", invalid: null, clip: true },
        encoding: { x: x("from", false), x2: { field: "bandTo" }, color: colour, tooltip },
      },
      {
        mark: { type: "line", color: "#111111", strokeWidth: 1.5 },
        encoding: {
          x: x("position", false),
          y: { field: "input", type: "quantitative", title: panel.inputLabel, scale: { zero: false } },
        },
      },
    ],
  };
  const barsView: VegaLite = {
    width: panel.width,
    height: panel.input ? panel.height - upper - 8 : panel.height,
    ...(!panel.input && titleOf(panel)),
    mark: { type: "rect", stroke: "#88888888", strokeWidth: 0.5 },
    encoding: {
      x: x("from", true),
      x2: { field: "to" },
      y: { field: "value", type: "quantitative", title: panel.attributionLabel, axis: { tickCount: 3 } },
      y2: { datum: 0 },
      color: colour,
      tooltip,
    },
  };
  return { data: { values }, spacing: 8, vconcat: panel.input ? [lineView, barsView] : [barsView] };
}

function stripView(panel: StripPanel, scale: ColourScale): VegaLite {
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
    ink: isDark(scale, box.value) ? "#ffffff" : "#111111",
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
    view: { stroke: null },
    data: { values },
    layer: [
      {
        mark: { type: "rect", cornerRadius: 3, stroke: "#88888888", strokeWidth: 0.5, invalid: null },
        encoding: {
          x: x("x"),
          x2: { field: "x2" },
          y: y("y"),
          y2: { field: "y2" },
          color: {
            ...colourChannel("value", scale, panel.legend ? legendBelow(scale, legendWidth(panel)) : null),
            condition: { test: "!isNumber(datum.value)", value: hexAt(scale, Number.NaN) },
          },
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

function curveView(panel: CurvePanel, figure: FigureDescription): VegaLite {
  const points = panel.series.flatMap((s) =>
    s.x.map((x, i) => ({ name: s.name, x: rounded(x), y: rounded(s.y[i]!) })),
  );
  const x: VegaLite = { field: "x", type: "quantitative", title: panel.xLabel };
  const y: VegaLite = { field: "y", type: "quantitative", title: panel.yLabel, scale: { zero: false } };
  const names = [...panel.series.map((s) => s.name), ...panel.references.map((r) => r.name)];
  const colour: VegaLite = {
    field: "name",
    type: "nominal",
    scale: { domain: names, range: names.map((_, i) => LINE_COLOURS[i % LINE_COLOURS.length]) },
    legend: {
      title: null,
      orient: "bottom",
      direction: "horizontal",
      labelLimit: 0,
      symbolType: "stroke",
      offset: 8,
    },
  };
  const cursor = panel.cursor?.map((p, frame) => ({ frame, x: rounded(p.x), y: rounded(p.y) }));
  return {
    layer: [
      {
        data: { values: panel.references.map((r) => ({ name: r.name, y: rounded(r.y) })) },
        mark: { type: "rule", strokeDash: [5, 4], strokeWidth: 1.5 },
        encoding: { y, color: colour },
      },
      {
        data: { values: points },
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

// Texts are titles of empty views: a title follows the host's theme, a text mark does not.
function textView(
  lines: string[],
  width: number,
  align: "left" | "center" | "right",
  lineHeight: number = LINE,
): VegaLite {
  const height = lines.length * lineHeight;
  return {
    width,
    height,
    view: { stroke: null },
    data: { values: [] },
    mark: "point",
    title: {
      text: lines.map(shown),
      anchor: align === "left" ? "start" : align === "right" ? "end" : "middle",
      frame: "group",
      fontSize: 11,
      fontWeight: "normal",
      lineHeight,
      limit: 0,
      baseline: "top",
      offset: (lineHeight - 12) / 2 - height,
    },
  };
}

/** A value in a specification: what JSON cannot hold is written as text. */
export function cellValue(value: number): number | string {
  return Number.isFinite(value) ? rounded(value) : readable(value);
}

/** Equal names would share one bar: the later ones get a number. */
function distinct(names: string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
