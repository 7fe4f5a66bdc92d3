import type { ColourScale } from "./colour";
import { hexAt, isDark } from "./colour";
import type { BarPanel, CurvePanel, FigureDescription, SeriesPanel, StripPanel } from "./figure-description";
import { barRange, legendWidth } from "./panel-layout";
import { readable, rounded, shown } from "./text";
import { cellValue, finiteColour, legendBelow, numberAxis, titleOf, type VegaLite } from "./vega-lite-parts";

const LINE_COLOURS = ["#3b82c4", "#d9822b", "#3d9970", "#a05cb5"];

/** Signed bars with their numbers at the ends. */
export function barView(panel: BarPanel): VegaLite {
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

/** Each of so many steps has a tick. */
const FEW_STEPS = 12;

/** Two views on one time axis: input over bands, attribution as bars. */
export function seriesView(panel: SeriesPanel, colours: Record<string, ColourScale>): VegaLite {
  const half = panel.positions.length > 1 ? Math.abs(panel.positions[1] - panel.positions[0]) / 2 : 0.5;
  // Parallel arrays, unfolded by the renderer: a fifth of the size of one record per step.
  const columns = {
    position: panel.positions,
    value: panel.attribution.map(cellValue),
    ...(panel.input && { input: panel.input.map(cellValue) }),
  };
  const transform = [
    { flatten: Object.keys(columns) },
    { calculate: `datum.position - ${half}`, as: "from" },
    { calculate: `datum.position + ${half}`, as: "to" },
    // Bands overlap a little: otherwise the page shines through between them.
    { calculate: `datum.position + ${half * 1.1}`, as: "bandTo" },
  ];
  const domain = [panel.positions[0] - half, panel.positions.at(-1)! + half];
  const x = (field: string, labels: boolean): VegaLite => ({
    field,
    type: "quantitative",
    title: labels ? panel.positionLabel : null,
    scale: { domain, nice: false, zero: false },
    // No half steps between few.
    axis: { labels, ticks: labels, ...(panel.positions.length <= FEW_STEPS && { values: panel.positions }) },
  });
  const scale = colours[panel.colour];
  const colour = finiteColour("value", scale, null);
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
      // Dark bands hide a dark line: light on both sides of it, in either theme, for the bands are the same.
      ...[
        { color: "#ffffff", strokeWidth: 4, opacity: 0.85 },
        { color: "#111111", strokeWidth: 1.5 },
      ].map((stroke) => ({
        mark: { type: "line", ...stroke },
        encoding: {
          x: x("position", false),
          y: {
            field: "input",
            type: "quantitative",
            title: panel.inputLabel,
            scale: { zero: false },
            ...numberAxis(panel.input ?? []),
          },
        },
      })),
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
      y: {
        field: "value",
        type: "quantitative",
        title: panel.attributionLabel,
        ...numberAxis(panel.attribution, { tickCount: 3 }),
      },
      y2: { datum: 0 },
      color: colour,
      tooltip,
    },
  };
  return {
    data: { values: [columns] },
    transform,
    spacing: 8,
    vconcat: panel.input ? [lineView, barsView] : [barsView],
  };
}

/** Boxes at pixel positions with their text. */
export function stripView(panel: StripPanel, scale: ColourScale): VegaLite {
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
          color: finiteColour("value", scale, panel.legend ? legendBelow(scale, legendWidth(panel)) : null),
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

/** Lines, reference lines, and the point of the current frame. */
export function curveView(panel: CurvePanel, figure: FigureDescription): VegaLite {
  const points = panel.series.flatMap((s) =>
    s.x.map((x, i) => ({ name: s.name, x: rounded(x), y: rounded(s.y[i]) })),
  );
  const x: VegaLite = { field: "x", type: "quantitative", title: panel.xLabel };
  const heights = [...panel.series.flatMap((s) => s.y), ...panel.references.map((r) => r.y)];
  const y: VegaLite = {
    field: "y",
    type: "quantitative",
    title: panel.yLabel,
    scale: { zero: false },
    ...numberAxis(heights),
  };
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
