/** Pictures in rows: every part of every example, with the panels that a figure makes of each. */

import { cancellingNotes, largestSum } from "./cancelling";
import { greyScale } from "./colour";
import type { FigureBody, FigureScene } from "./define-figure";
import type { GridPanel, Panel } from "./figure-description";
import { blockMeans, type Grid } from "./grid";
import { type PanelSize, panelSize } from "./grid-size";
import { attributionLabel, mapScales } from "./map-scales";
import { partTitle, shortScoreLines, targetText } from "./map-text";
import type { PartView } from "./map-view";
import { channelCount, gridOf, hasInput, inputName, summedNotes, summedPerCell } from "./part-grids";
import { photographOf } from "./photograph";
import { isSampled } from "./sampling-error";

/** Examples that figures of pictures show side by side. */
export const EXAMPLES = 8;
const EXAMPLES_PER_ROW = 4;

/** Values of one example's picture, ready to be drawn. */
export interface Picture {
  map: Grid;
  /** greys; absent for layers without an input of their own shape */
  input?: Grid;
  /** red, green and blue of the input's cells, where it is a photograph */
  rgb?: number[];
  /** standard errors of the map's cells, where each is one value that was sampled */
  errors?: number[];
  part: PartView;
  colour: string;
  /** name of the grey scale */
  grey: string;
  legend: boolean;
  inputLegend: boolean;
  fullHover: boolean;
}

/** Panels of one picture, from top to bottom where there are several examples, and else side by side. */
type Arrange = (picture: Picture, size: PanelSize) => GridPanel[];

/** Rows of panels: every part of every example, several examples side by side. */
export function pictures(
  { view, parts, examples, options }: FigureScene,
  arrange: Arrange,
  darkest?: string,
): FigureBody {
  const coarse = (grid: Grid): Grid => (options.hover === "full" ? grid : blockMeans(grid, LARGEST_SIDE));
  const grids = parts.map((part) =>
    examples.map((example) => coarse(gridOf(part.values, part.axes, example, "sum"))),
  );
  const magnitudes = parts.flatMap((part) =>
    examples.map((example) => coarse(gridOf(part.values, part.axes, example, "magnitude")).values),
  );
  const scales = mapScales(
    grids.flat().map((grid) => grid.values),
    attributionLabel(view),
    options,
    { sums: magnitudes.map(largestSum) },
  );
  const colours = { ...scales.colours };
  const rows: Panel[][] = [];
  let stretched = false;
  const blocks = new Set<string>();
  const [first] = parts;
  const size = { rows: sizeOf(first, "height"), columns: sizeOf(first, "width") };
  if (grids[0][0].values.length < size.rows * size.columns) blocks.add(blockOf(size, grids[0][0]));
  parts.forEach((part, p) => {
    const fine = examples.map((example) => inputGrid(part, example));
    const inputs = fine.map((grid) => grid && coarse(grid));
    const photographs = examples.map((example, e) => {
      const of = photographOf(part, example);
      return of && fine[e] && { ...of, rgb: coarseColours(of.rgb, fine[e], coarse) };
    });
    for (const [e, grid] of fine.entries()) {
      const drawn = inputs[e];
      if (grid && drawn && drawn.values.length < grid.values.length) blocks.add(blockOf(grid, drawn));
    }
    if (photographs.some((photograph) => photograph?.stretched)) stretched = true;
    const grey = `input${p}`;
    const seen = inputs.flatMap((input) => input?.values ?? []);
    if (inputs[0]) colours[grey] = greyScale(seen, inputName(part), { darkest, ink: part.ink });
    const panels = examples.map((example, e) => {
      const flat = p * examples.length + e;
      const firstOfScale = scales.names.indexOf(scales.names[flat]) === flat;
      const size = panelSize(inputs[e] ?? grids[p][e], examples.length === 1 ? 264 : 144);
      const drawn = arrange(
        {
          map: grids[p][e],
          ...(inputs[e] && { input: inputs[e] }),
          ...(photographs[e] && { rgb: photographs[e].rgb }),
          ...errorGrid(part, example),
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
  return {
    rows,
    colours,
    notes: [
      ...summedNotes(parts),
      ...[...blocks].map(
        (block) => `Drawn coarser: means of ${block} pixels. Option hover: "full" draws all.`,
      ),
      ...cancellingNotes(
        grids.flat().map(({ values }, i) => ({ values, magnitudes: magnitudes[i] })),
        "in each cell",
      ),
      ...(stretched ? ["Colours of the input: from its smallest value to its largest."] : []),
      ...scales.notes,
    ],
  };
}

/** Errors of cells; the error of a sum of channels is not known from theirs. */
function errorGrid(part: PartView, example: number): Pick<Picture, "errors"> {
  const { standardError, axes } = part;
  if (!standardError || summedPerCell(part) > 1 || !isSampled([part], example)) return {};
  if (Math.max(sizeOf(part, "height"), sizeOf(part, "width")) > LARGEST_SIDE) return {};
  return { errors: gridOf(standardError, axes, example, "sum").values };
}

/** Longer sides are drawn by the means of blocks: no figure has more pixels for them. */
const LARGEST_SIDE = 400;

function sizeOf({ axes, values }: PartView, axis: string): number {
  return values.shape[axes.indexOf(axis) + 1];
}

/** Pixels that a cell of a coarser grid is the mean of. */
function blockOf(fine: { rows: number; columns: number }, drawn: { rows: number; columns: number }): string {
  return `${Math.ceil(fine.rows / drawn.rows)}×${Math.ceil(fine.columns / drawn.columns)}`;
}

/** Red, green and blue of the cells of a coarser grid. */
function coarseColours(
  rgb: readonly number[],
  { rows, columns }: { rows: number; columns: number },
  coarse: (grid: Grid) => Grid,
): number[] {
  const channels = [0, 1, 2].map(
    (channel) => coarse({ rows, columns, values: rgb.filter((_, i) => i % 3 === channel) }).values,
  );
  return Array.from({ length: 3 * channels[0].length }, (_, i) =>
    Math.round(channels[i % 3][Math.floor(i / 3)]),
  );
}

function inputGrid(part: PartView, example: number): Grid | undefined {
  return hasInput(part) ? gridOf(part.input, part.axes, example, "mean") : undefined;
}

/** Settings that the panels of a picture have in common. */
export function gridPanel(
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

/** What hover calls the input of a picture. */
export function seenInput({ rgb, part }: Picture): string {
  const several = rgb !== undefined || (inputName(part) === "activation" && channelCount(part) > 1);
  return `${inputName(part)}${several ? " (mean over channels)" : ""}`;
}
