import { type ColourScale, colourAt, NOT_FINITE_COLOUR } from "./colour";
import { hoverCells, hoverNames, isPicture, meanOf } from "./draw-vega-lite-grid";
import type { GridPanel } from "./figure-description";
import { blockMeans, type Grid } from "./grid";
import { fadeOpacity, pngOfColours, pngOfGrid } from "./output/raster";
import { legendWidth } from "./panel-layout";
import type { PanelPlace, PlotlyCanvas, PlotlyObject } from "./plotly-canvas";
import { plotlyText, rounded } from "./text";
import { cellValue } from "./vega-lite-parts";

/** An axis that is only a thin border. */
const FRAME = { showticklabels: false, ticks: "", mirror: true, linecolor: "#88888888", linewidth: 1 };

/** Draws a grid panel: a heat map, or a picture under transparent hover cells where there are layers or many cells. */
export function drawPlotlyGrid(panel: GridPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
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
  const fields = animated ? atFrame(frameCount - 1) : still;
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
  canvas.add(
    {
      type: "heatmap",
      ...content(fields),
      coloraxis: canvas.colourAxis(
        top.colour,
        panel.legend ? { ...place, width: legendWidth(panel) } : undefined,
      ),
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
  const scales = panel.layers.map((layer) => canvas.figure.colours[layer.colour]);
  const factor = Math.max(1, Math.round(place.width / panel.columns));
  const size = { rows: panel.rows * factor, columns: panel.columns * factor };
  const cellOf = (pixel: number) =>
    Math.floor(pixel / size.columns / factor) * panel.columns + Math.floor((pixel % size.columns) / factor);
  const enlarged = <T>(at: (cell: number) => T): T[] =>
    Array.from({ length: size.rows * size.columns }, (_, pixel) => at(cellOf(pixel)));
  const [only] = panel.layers;
  if (panel.layers.length === 1)
    return pngOfGrid(
      { ...size, values: enlarged((cell) => panel.fields[only.field][cell]) },
      scales[0],
      false,
    );
  const colours = Array.from({ length: panel.rows * panel.columns }, (_, cell) => {
    let below: number[] = [255, 255, 255];
    panel.layers.forEach((layer, i) => {
      below = blend(below, panel.fields[layer.field][cell], scales[i], layer.opacity !== undefined);
    });
    return below;
  });
  return pngOfColours(
    size,
    enlarged((cell) => colours[cell]),
  );
}

function blend(below: number[], value: number, scale: ColourScale, fade: boolean): number[] {
  const share = fade && Number.isFinite(value) ? fadeOpacity(value, scale) : 1;
  return colourAt(scale, value).map((c, i) => Math.round(below[i] + share * (c - below[i])));
}
