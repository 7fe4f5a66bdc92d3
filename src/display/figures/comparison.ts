import { greyScale } from "../colour";
import { Figure } from "../figure";
import type {
  BarPanel,
  FigureDescription,
  GridPanel,
  Panel,
  StripPanel,
  TextPanel,
} from "../figure-description";
import { checkFigureOptions, type FigureOptions } from "../figure-options";
import type { Grid } from "../grid";
import { targetText } from "../map-text";
import { type ComparedMaps, type CompareView, comparisonOf, type MapView, type PartView } from "../map-view";
import { slotWidth } from "../panels/panel-size";
import { cellNames, cellsOf, entryNames, isSpatial, summedNotes } from "../part-grids";
import { readable, shown } from "../text";
import { fitted, textWidth } from "../text-width";
import { type PanelSize, panelSize } from "./heatmap";
import { attributionLabel, headOfOne, mapScales } from "./map-figure";

const METHODS_PER_ROW = 4;
const LINE = 15;
const STRIP_WIDTH = 560;
/** Up to this many features or tokens have their names in their cells. */
const MOST_NAMED = 12;
const BOX_FONT_SIZE = 12;
const NAME_FONT_SIZE = 11;
/** Names of methods beside the bars are shortened beyond this. */
const WIDEST_NAME = 260;
const BAR_HEIGHT = 22;

/**
 * Maps of several methods for one example on one colour scale, their checks in a table under them,
 * and a bar of magnitude per method.
 *
 * `scale: "panel"` gives each map its own scale. Shows one example: `example` (0).
 */
export function compare(comparison: ComparedMaps, options: FigureOptions = {}): Figure {
  const view = comparisonOf(comparison, options.example ?? 0);
  checkComparison(view);
  checkFigureOptions("compare", options, view.views[0].score.length);
  return new Figure(describeComparison(view, { ...options, scale: options.scale ?? "shared" }), {
    renderer: options.renderer ?? "vega-lite",
    text: `compare · ${view.labels.join(", ")} · ${targetText(view.views[0], options.example ?? 0)}`,
    ...(options.theme && { theme: options.theme }),
  });
}

function checkComparison(view: CompareView): void {
  const count = view.views?.length ?? 0;
  if (count === 0) throw new TypeError("compare(): expected at least one map, got none");
  const lengths: [string, number][] = [
    ["labels", view.labels.length],
    ["magnitudes", view.magnitudes.length],
    ...view.checks.map((check): [string, number] => [
      `values of check "${check.label}"`,
      check.values.length,
    ]),
  ];
  for (const [name, length] of lengths)
    if (length !== count)
      throw new RangeError(`compare(): expected ${count} ${name}, one per map, got ${length}`);
}

function describeComparison(view: CompareView, options: FigureOptions): FigureDescription {
  const example = options.example ?? 0;
  const first = view.views[0];
  const parts = view.views.map((map) => map.parts[0]);
  const maps = view.views.map((map, i) => cellsOf(parts[i], map.parts[0].values, example, "sum"));
  const scales = mapScales(
    maps.map((map) => map.values),
    commonLabel(view.views),
    options,
  );
  const input = inputOf(parts, example);
  // Pictures have one size, whatever the resolution of their maps: their columns line up.
  const pictureSize = parts.every(isSpatial) ? panelSize(input ?? maps[0], 144) : undefined;
  const head = headOfOne({ ...first, warnings: warningsOf(view) }, example, options);
  const title =
    options.title ??
    view.title ??
    `${view.labels.length} method${view.labels.length === 1 ? "" : "s"} · ${targetText(first, example)}`;
  const named = parts.every((part) => part.axes.length === 1) && maps[0].values.length <= MOST_NAMED;
  const panels = maps.map((map, i): GridPanel | StripPanel => {
    const legend = scales.names.indexOf(scales.names[i]) === i;
    if (named) return namedStrip(map, entryNames(parts[i]), shown(view.labels[i]), scales.names[i], legend);
    return {
      ...gridPanel(map, pictureSize ?? stripSize(map), shown(view.labels[i]), "map", scales.names[i]),
      ...(!pictureSize && { names: cellNames(parts[i]) }),
      legend,
      fullHover: options.hover === "full",
    };
  });
  const rows = pictureSize ? besideEachOther(view, panels, pictureSize, input) : underEachOther(view, panels);
  const methods = view.labels.map((label) => fitted(shown(label), WIDEST_NAME, NAME_FONT_SIZE));
  const widest = Math.max(...methods.map((name) => textWidth(name, NAME_FONT_SIZE)));
  const room = Math.max(pictureSize ? slotWidth(pictureSize) : 144, Math.ceil(widest) + 4);
  rows.push([text(methods, room, "right", BAR_HEIGHT), magnitudePanel(view)]);
  const parted =
    first.parts.length > 1 ? [`Shown: input ${parts[0].name}, the first of ${first.parts.length}.`] : [];
  return {
    ...head,
    title,
    subtitle: [`${first.explain} F(x) = ${readable(first.score[example])}`],
    notes: [
      ...head.notes,
      ...summedNotes(parts),
      ...parted,
      ...(pictureSize ? [] : hiddenNotes(panels)),
      ...scales.notes,
    ],
    rows,
    colours: { ...scales.colours, ...(input && { input: greyScale(input.values, "input") }) },
  };
}

/** Pictures: input and maps side by side, the table's columns under them. */
function besideEachOther(
  view: CompareView,
  panels: (GridPanel | StripPanel)[],
  size: PanelSize,
  input: Grid | undefined,
): Panel[][] {
  const slot = slotWidth(size);
  // The numbers of a narrow picture stand under its left edge, as its title and its legend do.
  const align = slot > size.width ? "left" : "center";
  const rows: Panel[][] = [];
  for (let start = 0; start < panels.length; start += METHODS_PER_ROW) {
    const block = panels.slice(start, start + METHODS_PER_ROW);
    const lead: Panel = input
      ? { ...gridPanel(input, size, "input", "input", "input"), legend: start === 0 }
      : text([], slot, "left");
    rows.push([lead, ...block]);
    if (view.checks.length === 0) continue;
    const column = (i: number) => view.checks.map((check) => check.values[i]);
    rows.push([
      text(
        view.checks.map((check) => check.label),
        slot,
        "right",
      ),
      ...block.map((_, i) => text(column(start + i), slot, align)),
    ]);
  }
  return rows;
}

/** Strips: one method under the other, its checks as caption. */
function underEachOther(view: CompareView, panels: (GridPanel | StripPanel)[]): Panel[][] {
  return panels.map((panel, i) => [
    {
      ...panel,
      caption: [view.checks.map((check) => `${check.label}: ${check.values[i]}`).join(" · ")].filter(Boolean),
    },
  ]);
}

/** Few features or tokens: each cell carries its name. */
function namedStrip(map: Grid, names: string[], title: string, colour: string, legend: boolean): StripPanel {
  const width = STRIP_WIDTH / map.values.length;
  return {
    kind: "strip",
    title,
    caption: [],
    width: STRIP_WIDTH,
    height: 28,
    boxes: map.values.map((value, i) => ({
      text: fitted(shown(names[i]), width - 6, BOX_FONT_SIZE),
      value,
      x: i * width,
      y: 0,
      width,
      height: 28,
    })),
    colour,
    legend,
  };
}

function stripSize(map: Grid): PanelSize {
  return { width: STRIP_WIDTH, height: Math.max(28, Math.min(120, map.rows * 14)) };
}

function gridPanel(
  grid: Grid,
  size: PanelSize,
  title: string,
  field: "map" | "input",
  colour: string,
): GridPanel {
  return {
    kind: "grid",
    title,
    caption: [],
    ...size,
    rows: grid.rows,
    columns: grid.columns,
    fields: { [field]: grid.values },
    layers: [{ field, colour }],
    hover: [{ label: field === "map" ? "attribution" : "input", field }],
    legend: true,
    fullHover: false,
  };
}

function text(
  lines: string[],
  width: number,
  align: TextPanel["align"],
  lineHeight: number = LINE,
): TextPanel {
  const height = lines.length * lineHeight;
  return { kind: "text", title: "", caption: [], width, height, lines, lineHeight, align };
}

function magnitudePanel(view: CompareView): BarPanel {
  return {
    kind: "bars",
    title: view.magnitudeLabel,
    caption: [],
    width: 400,
    height: view.labels.length * BAR_HEIGHT,
    labels: view.labels,
    hideLabels: true,
    values: view.magnitudes,
    valueLabel: view.magnitudeLabel,
    fills: view.labels.map(() => "#6b8fb5"),
    hover: [],
  };
}

/** A sentence where strips have more columns than pixels: single features may not show. */
function hiddenNotes(panels: readonly (GridPanel | StripPanel)[]): string[] {
  const most = Math.max(...panels.map((panel) => (panel.kind === "grid" ? panel.columns / panel.width : 0)));
  if (most <= 1) return [];
  return ["Columns are narrower than a pixel, and single ones may not show: bars names the largest."];
}

/** One scale for maps of different quantities carries the unit of each. */
function commonLabel(views: readonly MapView[]): string {
  const labels = new Set(views.map(attributionLabel));
  return labels.size === 1 ? [...labels][0] : "value, in the unit of each method";
}

/** The finest input that some map records. */
function inputOf(parts: PartView[], example: number): Grid | undefined {
  const part = parts.find((p) => p.at === "input" && p.input && p.input.shape.length === p.axes.length + 1);
  return part?.input && isSpatial(part) ? cellsOf(part, part.input, example, "mean") : undefined;
}

function warningsOf(view: CompareView): string[] {
  return view.views.flatMap((map: MapView, i) =>
    map.warnings.map((warning) => `${view.labels[i]}: ${warning}`),
  );
}
