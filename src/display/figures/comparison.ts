/** Comparison of methods: their maps, checks and magnitudes. */

import { greyScale } from "../colour";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BarPanel, GridPanel, Panel, StripPanel, TextPanel } from "../figure-description";
import type { Grid } from "../grid";
import { type PanelSize, panelSize } from "../grid-size";
import { attributionLabel, mapScales } from "../map-scales";
import type { CompareView, MapView, PartView } from "../map-view";
import { slotWidth } from "../panels/panel-size";
import { cellNames, cellsOf, entryNames, hasInput, isSpatial, summedNotes } from "../part-grids";
import { photographOf } from "../photograph";
import { shown } from "../text";
import { fitted, textWidth } from "../text-width";

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
export const compare: DefinedFigure<Record<never, never>, "comparison"> = defineFigure(
  {
    name: "compare",
    title: "Comparison of methods",
    shows:
      "Maps of several methods for one example on one scale, the checks of each under its map, and one bar of magnitude per method. Above 64 features hover shows means of neighbours and names them.",
    cannotShow:
      'That one method is better. Methods that do not multiply by the input have another unit, so that one scale makes their maps pale or strong for no other reason: `scale: "panel"` compares shapes only.',
    of: "comparison",
    defaults: { scale: "shared" },
  },
  ({ view, parts, example, options }) => {
    const maps = view.views.map((map, i) => cellsOf(parts[i], map.parts[0].values, example, "sum"));
    const scales = mapScales(
      maps.map((map) => map.values),
      commonLabel(view.views),
      options,
    );
    const input = inputOf(parts, example);
    // Pictures have one size, whatever the resolution of their maps: their columns line up.
    const pictureSize = parts.every(isSpatial) ? panelSize(input?.grid ?? maps[0], 144) : undefined;
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
    const rows = pictureSize
      ? besideEachOther(view, panels, pictureSize, input)
      : underEachOther(view, panels);
    const methods = view.labels.map((label) => fitted(shown(label), WIDEST_NAME, NAME_FONT_SIZE));
    const widest = Math.max(...methods.map((name) => textWidth(name, NAME_FONT_SIZE)));
    const room = Math.max(pictureSize ? slotWidth(pictureSize) : 144, Math.ceil(widest) + 4);
    const { parts: ofFirst } = view.views[0];
    return {
      rows: [...rows, [text(methods, room, "right", BAR_HEIGHT), magnitudePanel(view)]],
      colours: { ...scales.colours, ...(input && { input: greyScale(input.grid.values, "input") }) },
      notes: [
        ...summedNotes(parts),
        ...(ofFirst.length > 1 ? [`Shown: input ${parts[0].name}, the first of ${ofFirst.length}.`] : []),
        ...(pictureSize ? [] : hiddenNotes(panels)),
        ...scales.notes,
      ],
    };
  },
);

/** Pictures: input and maps side by side, the table's columns under them. */
function besideEachOther(
  view: CompareView,
  panels: (GridPanel | StripPanel)[],
  size: PanelSize,
  input: ReturnType<typeof inputOf>,
): Panel[][] {
  const slot = slotWidth(size);
  // The numbers of a narrow picture stand under its left edge, as its title and its legend do.
  const align = slot > size.width ? "left" : "center";
  const rows: Panel[][] = [];
  for (let start = 0; start < panels.length; start += METHODS_PER_ROW) {
    const block = panels.slice(start, start + METHODS_PER_ROW);
    const lead: Panel = input ? inputPanel(input, size, start === 0) : text([], slot, "left");
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

function inputPanel(
  { grid, rgb }: { grid: Grid; rgb?: number[] },
  size: PanelSize,
  legend: boolean,
): GridPanel {
  const panel = gridPanel(grid, size, "input", "input", "input");
  if (!rgb) return { ...panel, legend };
  return { ...panel, layers: panel.layers.map((layer) => ({ ...layer, rgb })), legend: false };
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

/** The first input picture that some map records, with its colours where it is a photograph. */
function inputOf(parts: PartView[], example: number): { grid: Grid; rgb?: number[] } | undefined {
  const part = parts.filter(hasInput).find(({ at }) => at === "input");
  if (!part || !isSpatial(part)) return undefined;
  const photograph = photographOf(part, example);
  return {
    grid: cellsOf(part, part.input, example, "mean"),
    ...(photograph && { rgb: photograph.rgb }),
  };
}
