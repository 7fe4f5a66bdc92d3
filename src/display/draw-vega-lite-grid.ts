import type { ColourScale } from "./colour";
import type { FigureDescription, GridLayer, GridPanel } from "./figure-description";
import { blockMeans, blockNames, type Grid } from "./grid";
import { fadeOpacity, pngOfGrid } from "./output/raster";
import { legendWidth } from "./panel-layout";
import { rounded, shown } from "./text";
import { cellValue, finiteColour, legendBelow, type VegaLite } from "./vega-lite-parts";

/** Grids with a longer side than this are drawn as pictures. */
const LARGEST_CELL_GRID = 64;
/** So are all grids of a figure that would hold more values than this: about 12 bytes each. */
const MOST_CELL_VALUES = 16_384;
/** Hover cells a side on pictures, and where all pictures of a figure would hold too many values with these. */
const HOVER_CELLS = 32;
const FEWER_HOVER_CELLS = 16;
const MOST_HOVER_VALUES = 8_192;

// Neighbours overlap a little: otherwise the page shines through between them at fractional zoom.
const SEAMLESS = { width: { band: 1.04 }, height: { band: 1.04 }, clip: true };

/** Whether the panel's cells are single marks, or a picture under coarser hover cells. */
export function isPicture(panel: GridPanel, figure: FigureDescription): boolean {
  if (panel.frameFields !== undefined) return false;
  const large = Math.max(panel.rows, panel.columns) > LARGEST_CELL_GRID;
  return large || valuesOf(figure, Number.POSITIVE_INFINITY) > MOST_CELL_VALUES;
}

/** Hover cells a side on a picture of the figure, at most. */
export function hoverCells(panel: GridPanel, figure: FigureDescription): number {
  if (panel.fullHover) return Math.max(panel.rows, panel.columns);
  return valuesOf(figure, HOVER_CELLS) > MOST_HOVER_VALUES ? FEWER_HOVER_CELLS : HOVER_CELLS;
}

/** Values of all grids that stand still, of at most so many cells a side each. */
function valuesOf(figure: FigureDescription, side: number): number {
  const grids = figure.rows.flat().filter((panel): panel is GridPanel => panel.kind === "grid");
  return grids
    .filter(({ frameFields }) => frameFields === undefined)
    .map(
      ({ rows, columns, fields }) =>
        Math.min(rows, side) * Math.min(columns, side) * Object.keys(fields).length,
    )
    .reduce((sum, values) => sum + values, 0);
}

/** Names of a panel's hover cells, which on a picture are blocks of its cells. */
export function hoverNames(panel: GridPanel, figure: FigureDescription): string[] | undefined {
  if (!panel.names || !isPicture(panel, figure)) return panel.names;
  return blockNames(panel.names, panel, hoverCells(panel, figure));
}

/** What a hover line says of the cell being a mean; `down` and `across` are pixels per hover cell of a picture. */
export function meanOf(panel: GridPanel, down: number, across: number): string {
  const block = panel.block ?? [1, 1];
  const [rows, columns] = [down * block[0], across * block[1]];
  if (panel.names || rows * columns === 1) return "";
  return ` (mean of ${rows}×${columns} ${panel.block ? "cells" : "pixels"})`;
}

/** The grid panel's marks and data. */
export function gridView(panel: GridPanel, figure: FigureDescription): VegaLite {
  return isPicture(panel, figure) ? pictureView(panel, figure) : cellView(panel, figure);
}

function cellView(panel: GridPanel, figure: FigureDescription): VegaLite {
  const scaleOf = (layer: GridLayer) => figure.colours[layer.colour];
  const top = panel.layers.at(-1)!;
  return {
    ...cellData(panel, figure, panel, panel.fields),
    layer: panel.layers.map((layer) => ({
      mark: { type: "rect", invalid: null, ...(!layer.opacity && SEAMLESS) },
      encoding: {
        ...position(),
        color: finiteColour(
          layer.field,
          scaleOf(layer),
          layer === top && panel.legend ? legendBelow(scaleOf(layer), legendWidth(panel)) : null,
        ),
        ...(layer.opacity && {
          opacity: { field: `${layer.field}Opacity`, type: "quantitative", scale: null, legend: null },
        }),
        ...(layer === top && { tooltip: tooltip(panel, 1, 1) }),
      },
    })),
    ...(panel.layers.length > 1 && { resolve: { scale: { color: "independent" } } }),
  };
}

/** Cells as parallel arrays, unfolded by the renderer: a third of the size of one record per cell. */
function cellData(
  panel: GridPanel,
  figure: FigureDescription,
  size: { rows: number; columns: number },
  fields: Record<string, readonly number[]>,
): VegaLite {
  const moving = panel.frameFields ?? {};
  const cells = hoverNames(panel, figure);
  const named = cells && { name: cells.map(shown) };
  const names = [...new Set([...Object.keys(named ?? {}), ...Object.keys(fields), ...Object.keys(moving)])];
  const still = {
    ...named,
    ...Object.fromEntries(Object.entries(fields).map(([name, values]) => [name, values.map(cellValue)])),
  };
  const frames = figure.frames && Object.keys(moving).length > 0 ? figure.frames.readouts.length : 0;
  const values =
    frames === 0
      ? [still]
      : Array.from({ length: frames }, (_, frame) => ({
          frame,
          ...still,
          ...Object.fromEntries(
            Object.entries(moving).map(([name, of]) => [name, of[frame].map(frameValue)]),
          ),
        }));
  return {
    data: { values },
    transform: [
      ...(frames > 0 ? [{ filter: "datum.frame == frame" }] : []),
      { flatten: names },
      { window: [{ op: "row_number", as: "cell" }] },
      { calculate: `floor((datum.cell - 1) / ${size.columns})`, as: "row" },
      { calculate: `(datum.cell - 1) % ${size.columns}`, as: "column" },
      ...panel.layers
        .filter((layer) => layer.opacity)
        .map((layer) => ({
          calculate: opacityExpression(layer.field, figure.colours[layer.colour]),
          as: `${layer.field}Opacity`,
        })),
    ],
  };
}

/** A value of one frame among many: four digits, since there are so many of them. */
function frameValue(value: number): number | string {
  return Number.isFinite(value) ? rounded(value, 4) : cellValue(value);
}

function opacityExpression(field: string, scale: ColourScale): string {
  const most = fadeOpacity(scale.high, scale);
  const share = `min(1, abs(datum.${field}) / ${rounded(scale.high)})`;
  return `isNumber(datum.${field}) ? ${most} * ${share} : 1`;
}

function position(): VegaLite {
  return {
    x: { field: "column", type: "ordinal", axis: null, scale: { padding: 0 } },
    y: { field: "row", type: "ordinal", axis: null, scale: { padding: 0 } },
  };
}

function tooltip(panel: GridPanel, blockRows: number, blockColumns: number): VegaLite[] {
  const suffix = meanOf(panel, blockRows, blockColumns);
  const place = panel.names
    ? [{ field: "name", type: "nominal", title: "name" }]
    : [
        { field: "row", type: "ordinal", title: suffix ? "row of cells" : "row" },
        { field: "column", type: "ordinal", title: suffix ? "column of cells" : "column" },
      ];
  return [
    ...place,
    ...panel.hover.map((h) => ({ field: h.field, type: "nominal", title: h.label + suffix })),
  ];
}

function pictureView(panel: GridPanel, figure: FigureDescription): VegaLite {
  const full: Grid = { rows: panel.rows, columns: panel.columns, values: [] };
  const limit = hoverCells(panel, figure);
  const blocks = Object.entries(panel.fields).map(
    ([name, values]) => [name, blockMeans({ ...full, values: [...values] }, limit)] as const,
  );
  const size = blocks[0][1];
  const top = panel.layers.at(-1)!;
  const fields = Object.fromEntries(blocks.map(([name, grid]) => [name, grid.values]));
  return {
    layer: [
      ...panel.layers.map((layer) => ({
        data: { values: [{}] },
        mark: {
          type: "image",
          width: panel.width,
          height: panel.height,
          align: "left",
          baseline: "top",
          aspect: false,
          smooth: false,
        },
        encoding: {
          x: { value: 0 },
          y: { value: 0 },
          url: {
            value: pngOfGrid(
              { ...full, values: [...panel.fields[layer.field]] },
              figure.colours[layer.colour],
              layer.opacity !== undefined,
            ),
          },
        },
      })),
      {
        ...cellData({ ...panel, layers: [] }, figure, size, fields),
        mark: { type: "rect", fillOpacity: 0, invalid: null },
        encoding: {
          ...position(),
          color: finiteColour(
            top.field,
            figure.colours[top.colour],
            panel.legend ? legendBelow(figure.colours[top.colour], legendWidth(panel)) : null,
          ),
          tooltip: tooltip(panel, size.blockRows, size.blockColumns),
        },
      },
    ],
  };
}
