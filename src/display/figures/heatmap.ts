import { greyScale } from "../colour";
import type { Figure } from "../figure";
import type { FigureDescription, GridPanel, Panel } from "../figure-description";
import type { FigureOptions } from "../figure-options";
import { type Grid, resize } from "../grid";
import { shortScoreLines, targetText } from "../map-text";
import { type MapView, type PartView, type Viewable, viewOf } from "../map-view";
import { gridOf, isSpatial, summedNotes } from "../part-grids";
import { attributionLabel, examplesToShow, headOf, mapFigure, mapScales, partTitle } from "./map-figure";

const EXAMPLES = 8;
const EXAMPLES_PER_ROW = 4;

/**
 * Heat map of a picture's attribution: the input in greys beside the map in signed colours.
 *
 * Channels are summed with their sign. A batch becomes a grid of at most `max` (8) examples.
 * Above 64×64 the map is a picture with hover cells that show means of pixels.
 * Throws when no part has the axes "height" and "width".
 */
export function heatmap(map: Viewable, options: FigureOptions = {}): Figure {
  const view = viewOf("heatmap", map);
  return mapFigure(view, describeHeatmap(view, options), options);
}

/** The heat map as plain data. */
export function describeHeatmap(view: MapView, options: FigureOptions): FigureDescription {
  return pictures("heatmap", view, options, examplesToShow("heatmap", view, options, EXAMPLES), pairPanels);
}

/**
 * Attribution over the input: the more it matters, the more opaque.
 *
 * A coarser map, such as Grad-CAM's, is interpolated bilinearly onto the input.
 * Throws when no part has the axes "height" and "width" and an input.
 */
export function overlay(map: Viewable, options: FigureOptions = {}): Figure {
  const view = viewOf("overlay", map);
  const examples = examplesToShow("overlay", view, options, EXAMPLES);
  if (
    !view.parts.some(
      (part) => isSpatial(part) && part.input && part.input.shape.length === part.axes.length + 1,
    )
  )
    throw new TypeError("overlay(): expected a part with axes height and width and its input, got none");
  return mapFigure(view, pictures("overlay", view, options, examples, overlayPanels), options);
}

/** Values of one example's picture, ready to be drawn. */
export interface Picture {
  map: Grid;
  /** greys; absent for layers without an input of their own shape */
  input?: Grid;
  part: PartView;
  colour: string;
  /** name of the grey scale */
  grey: string;
  legend: boolean;
  inputLegend: boolean;
  fullHover: boolean;
}

type Arrange = (picture: Picture, size: PanelSize) => GridPanel[];
export type PanelSize = { width: number; height: number; slot?: number };

/** Rows of panels: every part of every example, several examples side by side. */
function pictures(
  fn: string,
  view: MapView,
  options: FigureOptions,
  examples: number[],
  arrange: Arrange,
): FigureDescription {
  const parts = view.parts.filter(isSpatial);
  if (parts.length === 0)
    throw new TypeError(`${fn}(): expected axes height and width, got [${view.parts[0]?.axes.join(", ")}]`);
  const head = headOf(view, examples, options);
  const grids = parts.map((part) =>
    examples.map((example) => gridOf(part.values, part.axes, example, "sum")),
  );
  const scales = mapScales(
    grids.flat().map((grid) => grid.values),
    attributionLabel(view),
    options,
  );
  const colours = { ...scales.colours };
  const rows: Panel[][] = [];
  parts.forEach((part, p) => {
    const inputs = examples.map((example) => inputGrid(part, example));
    const grey = `input${p}`;
    const seen = inputs.flatMap((input) => input?.values ?? []);
    if (inputs[0])
      colours[grey] = greyScale(seen, "input", arrange === overlayPanels ? "#404040" : undefined);
    const panels = examples.map((example, e) => {
      const flat = p * examples.length + e;
      const firstOfScale = scales.names.indexOf(scales.names[flat]) === flat;
      const size = panelSize(inputs[e] ?? grids[p][e], examples.length === 1 ? 264 : 144);
      const drawn = arrange(
        {
          map: grids[p][e],
          ...(inputs[e] && { input: inputs[e] }),
          part,
          colour: scales.names[flat],
          grey,
          legend: firstOfScale,
          inputLegend: examples.length === 1,
          fullHover: options.hover === "full",
        },
        size,
      );
      const first = drawn[0];
      if (examples.length > 1) {
        first.title = targetText(view, example);
        first.caption = shortScoreLines(view, example);
      }
      const name = partTitle(view, part);
      // The target of one of several overlays is its title: they have no second panel to carry the name.
      if (drawn.at(-1)!.title === "") drawn.at(-1)!.title = name;
      else if (name !== "") first.caption.unshift(name);
      return drawn;
    });
    if (examples.length === 1) rows.push(panels[0]);
    else {
      for (let i = 0; i < panels.length; i += EXAMPLES_PER_ROW) {
        const block = panels.slice(i, i + EXAMPLES_PER_ROW);
        for (let line = 0; line < block[0].length; line++) rows.push(block.map((panel) => panel[line]));
      }
    }
  });
  return { ...head, notes: [...head.notes, ...summedNotes(parts), ...scales.notes], rows, colours };
}

function inputGrid(part: PartView, example: number): Grid | undefined {
  if (!part.input || part.input.shape.length !== part.axes.length + 1) return undefined;
  return gridOf(part.input, part.axes, example, "mean");
}

/** Input beside map. */
function pairPanels(picture: Picture, size: PanelSize): GridPanel[] {
  const { map, input } = picture;
  const sameSize = input && input.rows === map.rows && input.columns === map.columns;
  const panels: GridPanel[] = [];
  if (input) panels.push(inputPanel(picture, input, size));
  panels.push({
    ...gridPanel(picture, size),
    rows: map.rows,
    columns: map.columns,
    title: "",
    fields: { map: map.values, ...(sameSize && { input: input.values }) },
    layers: [{ field: "map", colour: picture.colour }],
    hover: [
      { label: "attribution", field: "map" },
      ...(sameSize ? [{ label: "input", field: "input" }] : []),
    ],
  });
  return panels;
}

function inputPanel(picture: Picture, input: Grid, size: PanelSize): GridPanel {
  return {
    ...gridPanel(picture, size),
    rows: input.rows,
    columns: input.columns,
    fields: { input: input.values },
    layers: [{ field: "input", colour: picture.grey }],
    hover: [{ label: "input", field: "input" }],
    legend: picture.inputLegend,
  };
}

/** Map over input. */
function overlayPanels(picture: Picture, size: PanelSize): GridPanel[] {
  const input = picture.input ?? picture.map;
  const map = resize(picture.map, input.rows, input.columns);
  return [
    {
      ...gridPanel(picture, size),
      rows: input.rows,
      columns: input.columns,
      fields: { input: input.values, map: map.values },
      layers: [
        { field: "input", colour: picture.grey },
        { field: "map", colour: picture.colour, opacity: "magnitude" },
      ],
      hover: [
        { label: map === picture.map ? "attribution" : "attribution (interpolated)", field: "map" },
        { label: "input", field: "input" },
      ],
    },
  ];
}

function gridPanel(
  picture: Picture,
  size: PanelSize,
): Pick<GridPanel, "kind" | "title" | "caption" | "width" | "height" | "slot" | "legend" | "fullHover"> {
  return {
    kind: "grid",
    title: "",
    caption: [],
    ...size,
    legend: picture.legend,
    fullHover: picture.fullHover,
  };
}

/** Pixels beside each other that a title and a legend with three numbers need. */
const LEAST_SLOT = 136;

/** Pixels of a panel: whole pixels per cell where cells are marks, no picture blown up beyond need. */
export function panelSize(
  grid: { rows: number; columns: number },
  room: number,
  slot: number = LEAST_SLOT,
): PanelSize {
  const longest = Math.max(grid.rows, grid.columns);
  const perCell = longest <= room ? Math.floor(room / longest) : room / longest;
  const least = 24;
  return {
    width: Math.max(least, Math.round(grid.columns * perCell)),
    height: Math.max(least, Math.round(grid.rows * perCell)),
    slot,
  };
}
