/** Cells of a grid panel: single marks, or a picture under coarser hover cells. */

import type { FigureDescription, GridPanel } from "../figure-description";
import { blockNames } from "../grid";

/** Grids with a longer side than this are drawn as pictures. */
const LARGEST_CELL_GRID = 64;
/** So are all grids of a figure that would hold more values than this: about 12 bytes each. */
const MOST_CELL_VALUES = 16_384;
/** Hover cells a side on pictures, and where all pictures of a figure would hold too many values with these. */
const HOVER_CELLS = 32;
const FEWER_HOVER_CELLS = 16;
const MOST_HOVER_VALUES = 8_192;

/** True of a panel that is drawn as a picture under hover cells, which may be coarser; false where each cell is a mark. */
export function isPicture(panel: GridPanel, figure: Pick<FigureDescription, "rows">): boolean {
  if (panel.frameFields !== undefined) return false;
  if (panel.layers.some((layer) => layer.rgb)) return true;
  const large = Math.max(panel.rows, panel.columns) > LARGEST_CELL_GRID;
  return large || valuesOf(figure, Number.POSITIVE_INFINITY) > MOST_CELL_VALUES;
}

/** Hover cells a side on a picture of the figure, at most. */
export function hoverCells(panel: GridPanel, figure: FigureDescription): number {
  if (panel.fullHover) return Math.max(panel.rows, panel.columns);
  return valuesOf(figure, HOVER_CELLS) > MOST_HOVER_VALUES ? FEWER_HOVER_CELLS : HOVER_CELLS;
}

/** Values of all grids that stand still, of at most so many cells a side each. */
function valuesOf(figure: Pick<FigureDescription, "rows">, side: number): number {
  const grids = figure.rows.flat().filter((panel): panel is GridPanel => panel.kind === "grid");
  return grids
    .filter(({ frameFields }) => frameFields === undefined)
    .map(
      ({ rows, columns, fields }) =>
        Math.min(rows, side) * Math.min(columns, side) * Object.keys(fields).length,
    )
    .reduce((sum, values) => sum + values, 0);
}

/** Bytes that all photographs of a figure may take. */
const PHOTOGRAPH_BYTES = 40_000;

/** Bytes for each photograph of a figure. */
export function roomForPhotograph(figure: FigureDescription): number {
  if (figure.photographs === "whole") return Number.POSITIVE_INFINITY;
  const photographs = figure.rows
    .flat()
    .filter((panel) => panel.kind === "grid" && panel.layers.some((layer) => layer.rgb));
  return PHOTOGRAPH_BYTES / Math.max(1, photographs.length);
}

/** Names of a panel's hover cells, which on a picture are blocks of its cells. */
export function hoverNames(panel: GridPanel, figure: FigureDescription): string[] | undefined {
  if (!panel.names || !isPicture(panel, figure)) return panel.names;
  return blockNames(panel.names, panel, hoverCells(panel, figure));
}

/** Words of a hover line for a cell that is a mean; `down` and `across` are pixels per hover cell of a picture. */
export function meanOf(panel: GridPanel, down: number, across: number): string {
  const block = panel.block ?? [1, 1];
  const [rows, columns] = [down * block[0], across * block[1]];
  if (panel.names || rows * columns === 1) return "";
  return ` (mean of ${rows}×${columns} ${panel.block ? "cells" : "pixels"})`;
}
