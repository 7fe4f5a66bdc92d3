/** Comparison of methods: their maps, checks and magnitudes. */

import { checkBoolean } from "../../check";
import { cancellingNotes, isLength, largestSum, reducedMagnitude, reducedNotes } from "../cancelling";
import { type ColourScale, divergingScale, greyScale } from "../colour";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BarPanel, GridPanel, MatrixPanel, Panel, StripPanel, TextPanel } from "../figure-description";
import type { FigureOptions } from "../figure-options";
import { type Grid, resize } from "../grid";
import { type PanelSize, panelSize } from "../grid-size";
import { finestOf, shareDifferences } from "../map-differences";
import { mapScales, unitLabel } from "../map-scales";
import type { CompareView, PartView } from "../map-view";
import { isPicture } from "../panels/grid-cells";
import { slotWidth } from "../panels/panel-size";
import { cellNames, cellsOf, entryNames, hasInput, isSpatial, summedNotes } from "../part-grids";
import { photographOf } from "../photograph";
import { rankCorrelation } from "../rank-correlation";
import { type SwitchedScales, switchedScales } from "../scale-switch";
import { readable, shown } from "../text";
import { fitted, textWidth } from "../text-width";

const METHODS_PER_ROW = 4;
/** What the colours of differences mean. */
const DIFFERENCE = "difference of shares of magnitude";
const LINE = 15;
const STRIP_WIDTH = 560;
/** Up to this many features or tokens have their names in their cells. */
const MOST_NAMED = 12;
const BOX_FONT_SIZE = 12;
const NAME_FONT_SIZE = 11;
/** Names of methods beside the bars are shortened beyond this. */
const WIDEST_NAME = 260;
const BAR_HEIGHT = 22;
/** Cells of the agreement of maps: as wide as their names, but not wider than this altogether. */
const AGREEMENT_ROW = 24;
const LEAST_AGREEMENT_CELL = 56;
const WIDEST_AGREEMENT = 640;

/** Options of the comparison beside those of all figures. */
export interface ComparisonOptions {
  /** a bar per method of its mean magnitude, across units */
  magnitudes: boolean;
  /** a map per further method of what its shares differ from those of the first */
  differences: boolean;
}

/**
 * Maps of several methods for one example, those of one unit on one colour scale, their checks in a table under them,
 * and how far they rank the same entries first.
 *
 * Below 64 cells a side the reader switches the scale in the picture, and `scale` says where it begins; `differences:
 * true` adds maps of what the others differ from the first, `magnitudes: true` a bar of magnitude per method. Shows one
 * example: `example` (0).
 */
export const compare: DefinedFigure<ComparisonOptions, "comparison"> = defineFigure(
  {
    name: "compare",
    title: "Comparison of methods",
    shows:
      "Maps of several methods for one example, those of one unit on one scale (up to 64 cells a side the scale is switched in the picture), the checks of each under its map (hover says what they mean), and the rank correlation (Spearman) of every two maps: 1 where both rank all cells alike. A coarser map is interpolated for that. Above 64 features hover shows means of neighbours and names them.",
    cannotShow:
      'That one method is better; nor how strong maps of different units are beside each other, for which there is no answer: `scale: "panel"` compares shapes only. That two maps agree does not make them right.',
    of: "comparison",
    defaults: { scale: "shared" },
    options: {
      magnitudes: {
        default: false,
        check: (fn, value) => checkBoolean(fn, "magnitudes", value),
        says: "a bar per method of its mean magnitude, whatever the units",
      },
      differences: {
        default: false,
        check: (fn, value) => checkBoolean(fn, "differences", value),
        says: "a map per further method: its share of the magnitude in each cell, minus that of the first method",
      },
    },
  },
  ({ view, parts, example, options }) => {
    const maps = view.views.map((map, i) => cellsOf(parts[i], map.parts[0].values, example, "sum"));
    const magnitudes = view.views.map(
      (map, i) => cellsOf(parts[i], map.parts[0].values, example, "magnitude").values,
    );
    const drawn = maps.map((map) => map.values);
    const units = view.views.map(unitLabel);
    const facts = {
      sums: magnitudes.map((sums, i) => Math.max(largestSum(sums), reducedMagnitude(parts[i], example))),
      lengths: parts.map(isLength),
    };
    const fixed = mapScales(drawn, units, options, facts);
    const input = inputOf(parts, example);
    // Pictures have one size, whatever the resolution of their maps: their columns line up.
    const pictureSize = parts.every(isSpatial) ? panelSize(input?.grid ?? maps[0], 144) : undefined;
    const named = parts.every((part) => part.axes.length === 1) && maps[0].values.length <= MOST_NAMED;
    // Where there are several scales each map has a legend: it says which one is its own.
    const several = new Set(fixed.names).size > 1;
    const panelOf = (map: Grid, i: number, title: string, colour: string): GridPanel | StripPanel => {
      const legend = several || i === 0;
      if (named) return namedStrip(map, entryNames(parts[i], example), title, colour, legend);
      return {
        ...gridPanel(map, pictureSize ?? stripSize(map), title, "map", colour),
        ...(!pictureSize && { names: cellNames(parts[i]) }),
        legend,
        fullHover: options.hover === "full",
      };
    };
    const panels = maps.map((map, i) => panelOf(map, i, shown(view.labels[i]), fixed.names[i]));
    const differences = options.differences && maps.length > 1 ? shareDifferences(maps) : [];
    const differing = differences.map((map, i) => ({
      ...panelOf(map, i, `${shown(view.labels[i + 1])} − ${shown(view.labels[0])}`, "difference"),
      legend: i === 0,
    }));
    const arranged = (of: (GridPanel | StripPanel)[]): Panel[][] => [
      ...(pictureSize ? besideEachOther(view, of, pictureSize, input) : underEachOther(view, of)),
      ...differenceRows(differing, pictureSize),
    ];
    const unswitched = arranged(panels);
    // Of a picture the colours are what they are.
    const pictured = panels.some((panel) => panel.kind === "grid" && isPicture(panel, { rows: unswitched }));
    const scales = pictured ? fixed : switchedScales(drawn, units, options, facts);
    const { limits, choice }: SwitchedScales = scales;
    const rows = limits
      ? arranged(panels.map((panel, i) => ({ ...panel, limits: limits[i], legend: true })))
      : unswitched;
    const { parts: ofFirst } = view.views[0];
    return {
      rows: [
        ...rows,
        ...(maps.length > 1 ? [[agreementPanel(view, maps)]] : []),
        ...(options.magnitudes ? [magnitudeRow(view, pictureSize ? slotWidth(pictureSize) : 144)] : []),
      ],
      colours: {
        ...scales.colours,
        ...(input && { input: greyScale(input.grid.values, "input", { ink: input.ink }) }),
        ...(differences.length > 0 && { difference: differenceScale(differences, options) }),
        ...(maps.length > 1 && { agreement: divergingScale(1, "rank correlation", options.colormap) }),
      },
      notes: [
        ...summedNotes(parts),
        ...maps.flatMap(({ values }, i) =>
          cancellingNotes([{ values, magnitudes: magnitudes[i] }], "in each cell").map(
            (note) => `${view.labels[i]}: ${note}`,
          ),
        ),
        ...comparedReductions(view, parts),
        ...(ofFirst.length > 1 ? [`Shown: input ${parts[0].name}, the first of ${ofFirst.length}.`] : []),
        ...(pictureSize ? [] : hiddenNotes(panels)),
        ...scales.notes,
      ],
      ...(choice && { choice }),
    };
  },
);

/** How far every two maps rank the same cells first; coarser ones are interpolated to the finest. */
function agreementPanel(view: CompareView, maps: readonly Grid[]): MatrixPanel {
  const size = finestOf(maps);
  const same = maps.map((map) => resize(map, size.rows, size.columns).values);
  const values = same.flatMap((a, i) => same.map((b, j) => (i === j ? 1 : rankCorrelation(a, b))));
  const names = view.labels.map((label) => fitted(shown(label), WIDEST_NAME, NAME_FONT_SIZE));
  const widest = Math.max(...names.map((name) => textWidth(name, NAME_FONT_SIZE)));
  const cell = Math.max(LEAST_AGREEMENT_CELL, Math.ceil(widest) + 12);
  return {
    kind: "matrix",
    title: "Rank correlation of the maps",
    caption: [],
    width: names.length * (names.length * cell > WIDEST_AGREEMENT ? LEAST_AGREEMENT_CELL : cell),
    height: names.length * AGREEMENT_ROW,
    rowNames: names,
    columns: names.length,
    columnNames: names,
    values,
    texts: values.map((value) => (Number.isFinite(value) ? readable(Number(value.toFixed(2))) : "—")),
    colour: "agreement",
    rowTitle: "map",
    columnTitle: "with",
    valueLabel: "rank correlation",
    hover: [],
    legend: false,
  };
}

/** The colours of all differences: one scale, since shares have one unit. */
function differenceScale(differences: readonly Grid[], { clip, colormap }: FigureOptions): ColourScale {
  const values = differences.flatMap((map) => map.values);
  const { names, colours } = mapScales([values], DIFFERENCE, {
    ...(clip !== undefined && { clip }),
    ...(colormap && { colormap }),
  });
  return colours[names[0]];
}

/** Pictures: as many side by side as maps are, under the maps and not under the input. Strips: one under the other. */
function differenceRows(panels: (GridPanel | StripPanel)[], size: PanelSize | undefined): Panel[][] {
  if (!size) return panels.map((panel) => [panel]);
  const rows: Panel[][] = [];
  for (let start = 0; start < panels.length; start += METHODS_PER_ROW)
    rows.push([text([], slotWidth(size), "left"), ...panels.slice(start, start + METHODS_PER_ROW)]);
  return rows;
}

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
      {
        ...text(
          view.checks.map((check) => check.label),
          slot,
          "right",
        ),
        ...(view.checks.some((check) => check.meaning) && {
          tips: view.checks.map((check) => check.meaning ?? check.label),
        }),
      },
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

/** A bar of magnitude per method, beside the methods' names. */
function magnitudeRow(view: CompareView, least: number): [TextPanel, BarPanel] {
  const methods = view.labels.map((label) => fitted(shown(label), WIDEST_NAME, NAME_FONT_SIZE));
  const widest = Math.max(...methods.map((name) => textWidth(name, NAME_FONT_SIZE)));
  const room = Math.max(least, Math.ceil(widest) + 4);
  return [text(methods, room, "right", BAR_HEIGHT), magnitudePanel(view)];
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

/** How the vectors of tokens became numbers, method by method where that differs. */
function comparedReductions(view: CompareView, parts: readonly PartView[]): string[] {
  const notes = parts.map((part) => reducedNotes([part])[0]);
  if (new Set(notes).size === 1) return notes.slice(0, 1).filter((note) => note !== undefined);
  return notes.flatMap((note, i) => (note === undefined ? [] : [`${view.labels[i]}: ${note}`]));
}

/** The first input picture that some map records, with its colours where it is a photograph. */
function inputOf(
  parts: PartView[],
  example: number,
): { grid: Grid; rgb?: number[]; ink?: "dark" | undefined } | undefined {
  const part = parts.filter(hasInput).find(({ at }) => at === "input");
  if (!part || !isSpatial(part)) return undefined;
  const photograph = photographOf(part, example);
  return {
    grid: cellsOf(part, part.input, example, "mean"),
    ink: part.ink,
    ...(photograph && { rgb: photograph.rgb }),
  };
}
