/** A rectangle of coloured cells, of one layer or several. */

import { type ColourScale, colourAt, extent, NOT_FINITE_COLOUR, onPage } from "../colour";
import type { FigureDescription, GridLayer, GridPanel } from "../figure-description";
import { blockMeans, type Grid } from "../grid";
import { fadeOpacity, pngOfColours, pngOfGrid } from "../output/raster";
import { plotlyText, readable, rounded, shown } from "../text";
import { firstFrame } from "./frames";
import { hoverCells, hoverNames, isPicture, meanOf, roomForPhotograph } from "./grid-cells";
import type { PanelDrawing, PanelTable } from "./panel-drawing";
import { LEGEND_HEIGHT, legendWidth } from "./panel-size";
import type { PanelPlace, PlotlyCanvas, PlotlyObject } from "./plotly-canvas";
import { isOpaque, SEAMLESS } from "./seams";
import { sentence, strongest } from "./strongest";
import {
  cellValue,
  columnData,
  finiteColour,
  framed,
  imageMark,
  legendBelow,
  type VegaLite,
} from "./vega-lite-parts";

export const gridDrawing: PanelDrawing<GridPanel> = {
  gutter: () => 0,
  foot: ({ legend }) => (legend ? LEGEND_HEIGHT : 0),
  recoloured: (panel, rename) => ({
    ...panel,
    layers: panel.layers.map((layer) => ({ ...layer, colour: rename(layer.colour) })),
  }),
  inWords,
  table,
  vegaLite,
  plotly,
};

function inWords(panel: GridPanel, { colours }: FigureDescription): string {
  const { field, colour } = panel.layers.at(-1)!;
  const values = panel.fields[field] ?? panel.frameFields?.[field]?.at(-1) ?? [];
  const scale = colours[colour];
  const size = `${panel.rows} by ${panel.columns} cells`;
  if (scale.kind === "grey") return sentence(panel.title || scale.legendTitle, size, rangeInWords(values));
  const place = (i: number) => `row ${Math.floor(i / panel.columns)}, column ${i % panel.columns}`;
  return sentence(
    panel.title,
    `${scale.legendTitle}, ${size}`,
    strongest(values, (i) => panel.names?.[i] ?? place(i)),
  );
}

/** A row per cell; of frames the last. */
function table(panel: GridPanel): PanelTable {
  const { rows, columns, names, fields, frameFields, hover } = panel;
  const of = hover.map(({ label, field }) => [label, fields[field] ?? frameFields?.[field]?.at(-1)] as const);
  return Array.from({ length: rows * columns }, (_, cell) => ({
    ...(names ? { entry: names[cell] } : { row: Math.floor(cell / columns), column: cell % columns }),
    ...Object.fromEntries(of.map(([label, values]) => [label, values?.[cell] ?? Number.NaN])),
  }));
}

function rangeInWords(values: readonly number[]): string {
  const [low, high] = extent(values);
  return `from ${readable(low)} to ${readable(high)}`;
}

function vegaLite(panel: GridPanel, figure: FigureDescription): VegaLite {
  return { ...framed(panel), ...(isPicture(panel, figure) ? pictureView : cellView)(panel, figure) };
}

/** The colours of a layer: of one that lies over another as on paper, since it does not lie on the page. */
function coloursOf(panel: GridPanel, layer: GridLayer, figure: FigureDescription): ColourScale {
  const scale = figure.colours[layer.colour];
  return panel.layers.length > 1 ? scale : onPage(scale, figure.page);
}

function cellView(panel: GridPanel, figure: FigureDescription): VegaLite {
  const scaleOf = (layer: GridLayer) => coloursOf(panel, layer, figure);
  const top = panel.layers.at(-1)!;
  return {
    ...cellData(panel, figure, panel, panel.fields),
    layer: panel.layers.map((layer) => ({
      mark: { type: "rect", invalid: null, ...(isOpaque(scaleOf(layer)) && !layer.opacity && SEAMLESS) },
      encoding: {
        ...position(),
        color: finiteColour(
          layer.field,
          scaleOf(layer),
          layer === top && panel.legend
            ? legendBelow(scaleOf(layer), legendWidth(panel), panel.limits)
            : null,
          layer === top ? panel.limits : undefined,
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

/** Cells as columns of numbers; names as a list, since they may have blanks. */
function cellData(
  panel: GridPanel,
  figure: FigureDescription,
  size: { rows: number; columns: number },
  fields: Record<string, readonly number[]>,
): VegaLite {
  const moving = panel.frameFields ?? {};
  const names = hoverNames(panel, figure);
  const frames = figure.frames && Object.keys(moving).length > 0 ? figure.frames.readouts.length : 0;
  const still = Object.fromEntries(
    Object.entries(fields).map(([name, values]) => [name, values.map(cellValue)]),
  );
  const atFrame = (frame: number) =>
    Object.fromEntries(Object.entries(moving).map(([name, of]) => [name, of[frame].map(frameValue)]));
  const moments = Array.from({ length: Math.max(1, frames) }, (_, frame) =>
    columnData({ ...still, ...(frames > 0 && atFrame(frame)) }),
  );
  return {
    data: { values: moments.map(({ record }, frame) => (frames > 0 ? { frame, ...record } : record)) },
    transform: [
      ...(frames > 0 ? [{ filter: "datum.frame == frame" }] : []),
      ...moments[0].unfold,
      { window: [{ op: "row_number", as: "cell" }] },
      { calculate: `floor((datum.cell-1)/${size.columns})`, as: "row" },
      { calculate: `(datum.cell-1)%${size.columns}`, as: "column" },
      ...(names ? [{ calculate: `${JSON.stringify(names.map(shown))}[datum.cell - 1]`, as: "name" }] : []),
      ...panel.layers
        .filter((layer) => layer.opacity)
        .map((layer) => ({
          calculate: opacityExpression(layer.field, figure.colours[layer.colour]),
          as: `${layer.field}Opacity`,
        })),
    ],
  };
}

/** A value of one frame among many: three digits, since there are so many of them. */
function frameValue(value: number): number | string {
  return Number.isFinite(value) ? rounded(value, 3) : cellValue(value);
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
    ? [{ field: "name", type: "nominal", title: "entry" }]
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
      ...panel.layers.map((layer) =>
        imageMark(
          panel,
          layer.rgb
            ? pngOfColours(full, layer.rgb, roomForPhotograph(figure))
            : pngOfGrid(
                { ...full, values: [...panel.fields[layer.field]] },
                coloursOf(panel, layer, figure),
                layer.opacity !== undefined,
              ),
        ),
      ),
      {
        ...cellData({ ...panel, layers: [] }, figure, size, fields),
        mark: { type: "rect", fillOpacity: 0, invalid: null },
        encoding: {
          ...position(),
          color: finiteColour(
            top.field,
            coloursOf(panel, top, figure),
            panel.legend ? legendBelow(coloursOf(panel, top, figure), legendWidth(panel)) : null,
          ),
          tooltip: tooltip(panel, size.blockRows, size.blockColumns),
        },
      },
    ],
  };
}

/** An axis that is only a thin border. */
const FRAME = { showticklabels: false, ticks: "", mirror: true, linecolor: "#88888888", linewidth: 1 };

/** A heat map, or a picture under transparent hover cells where there are layers or many cells. */
function plotly(panel: GridPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const coarse = isPicture(panel, canvas.figure);
  const picture = coarse || panel.layers.length > 1;
  const top = panel.layers.at(-1)!;
  const limit = coarse ? hoverCells(panel, canvas.figure) : Math.max(panel.rows, panel.columns);
  const cells = (values: readonly number[]) =>
    blockMeans({ rows: panel.rows, columns: panel.columns, values: [...values] }, limit);
  const still = Object.fromEntries(Object.entries(panel.fields).map(([name, v]) => [name, cells(v)]));
  const frameCount = canvas.figure.frames?.readouts.length ?? 0;
  const moving = panel.frameFields ?? {};
  const atFrame = (frame: number) => ({
    ...still,
    ...Object.fromEntries(Object.entries(moving).map(([name, of]) => [name, cells(of[frame])])),
  });
  const animated = frameCount > 0 && Object.keys(moving).length > 0;
  const fields = animated ? atFrame(firstFrame(canvas.figure.frames!)) : still;
  const size = fields[top.field];
  const axes = canvas.axes(place, {
    x: { ...FRAME, range: [-0.5, size.columns - 0.5] },
    y: { ...FRAME, range: [size.rows - 0.5, -0.5] },
  });
  if (picture) canvas.picture(pictureOf(panel, canvas, place), place);
  // Values that the cells hold anyway are not stored a second time for the hover.
  const plain = panel.hover.every((h) => h.field === top.field) && !panel.names && allFinite(panel);
  const names = hoverNames(panel, canvas.figure);
  const digits = animated ? 4 : 5;
  const content = (of: Record<string, Grid>): PlotlyObject => ({
    z: matrix(of[top.field], (v) => (Number.isFinite(v) ? rounded(v, digits) : null)),
    ...(!plain && { customdata: hoverMatrix(panel, of, names) }),
  });
  // Plotly leaves cells without a number empty: one trace more, under the map, fills them.
  if (!picture && !allFinite(panel)) {
    const marks = (of: Record<string, Grid>): PlotlyObject => ({
      z: matrix(of[top.field], (v) => (Number.isFinite(v) ? null : 1)),
    });
    canvas.add(
      {
        type: "heatmap",
        ...marks(fields),
        colorscale: [0, 1].map((end) => [end, NOT_FINITE_COLOUR]),
        zmin: 0,
        zmax: 1,
        showscale: false,
        hoverinfo: "skip",
        ...axes,
      },
      animated ? Array.from({ length: frameCount }, (_, frame) => marks(atFrame(frame))) : undefined,
    );
  }
  const suffix = meanOf(panel, size.blockRows, size.blockColumns);
  const colours = canvas.colourAxis(
    top.colour,
    panel.legend ? { ...place, width: legendWidth(panel) } : undefined,
    coloursOf(panel, top, canvas.figure),
  );
  canvas.switched(colours, canvas.figure.colours[top.colour], panel.limits);
  canvas.add(
    {
      type: "heatmap",
      ...content(fields),
      coloraxis: colours,
      ...(picture && { opacity: 0 }),
      hoverongaps: true,
      hovertemplate: [
        names
          ? `%{customdata[${panel.hover.length}]}`
          : `${suffix ? "row of cells" : "row"} %{y}, ${suffix ? "column of cells" : "column"} %{x}`,
        ...panel.hover.map(
          (h, i) => `${plotlyText(h.label + suffix)}: ${plain ? "%{z:.5~g}" : `%{customdata[${i}]}`}`,
        ),
      ]
        .join("<br>")
        .concat("<extra></extra>"),
      ...axes,
    },
    animated ? Array.from({ length: frameCount }, (_, frame) => content(atFrame(frame))) : undefined,
  );
}

function allFinite(panel: GridPanel): boolean {
  return [...Object.values(panel.fields), ...Object.values(panel.frameFields ?? {}).flat()].every((values) =>
    values.every(Number.isFinite),
  );
}

function matrix<T>(grid: Grid, of: (value: number) => T): T[][] {
  return Array.from({ length: grid.rows }, (_, r) =>
    grid.values.slice(r * grid.columns, (r + 1) * grid.columns).map(of),
  );
}

function hoverMatrix(panel: GridPanel, fields: Record<string, Grid>, names?: string[]): unknown[][] {
  const shape = fields[panel.hover[0]?.field ?? ""] ?? Object.values(fields)[0];
  return Array.from({ length: shape.rows }, (_, r) =>
    Array.from({ length: shape.columns }, (_, c) => [
      ...panel.hover.map((h) => cellValue(fields[h.field].values[r * shape.columns + c])),
      ...(names ? [plotlyText(names[r * shape.columns + c])] : []),
    ]),
  );
}

/** All layers blended into one opaque picture, with whole screen pixels per cell: Plotly would blur a smaller one. */
function pictureOf(panel: GridPanel, canvas: PlotlyCanvas, place: PanelPlace): string {
  const scales = panel.layers.map((layer) => coloursOf(panel, layer, canvas.figure));
  const factor = Math.max(1, Math.round(place.width / panel.columns));
  const size = { rows: panel.rows * factor, columns: panel.columns * factor };
  const cellOf = (pixel: number) =>
    Math.floor(pixel / size.columns / factor) * panel.columns + Math.floor((pixel % size.columns) / factor);
  const enlarged = (at: (cell: number) => number): number[] =>
    Array.from({ length: size.rows * size.columns }, (_, pixel) => at(cellOf(pixel)));
  const [only] = panel.layers;
  if (panel.layers.length === 1 && !only.rgb)
    return pngOfGrid(
      { ...size, values: enlarged((cell) => panel.fields[only.field][cell]) },
      scales[0],
      false,
    );
  const colours = Array.from({ length: panel.rows * panel.columns }, (_, cell) => {
    let below: number[] = [255, 255, 255];
    panel.layers.forEach((layer, i) => {
      below = layer.rgb
        ? layer.rgb.slice(3 * cell, 3 * cell + 3)
        : blend(below, panel.fields[layer.field][cell], scales[i], layer.opacity !== undefined);
    });
    return below;
  });
  const pixels = Array.from({ length: size.rows * size.columns }, (_, pixel) => colours[cellOf(pixel)]);
  return pngOfColours(size, pixels.flat(), roomForPhotograph(canvas.figure));
}

function blend(below: number[], value: number, scale: ColourScale, fade: boolean): number[] {
  const share = fade && Number.isFinite(value) ? fadeOpacity(value, scale) : 1;
  return colourAt(scale, value).map((c, i) => Math.round(below[i] + share * (c - below[i])));
}
