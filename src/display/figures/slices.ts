/** Slices: volumes and films, slice by slice, and volumes in three cuts. */

import { cancellingNotes, largestSum } from "../cancelling";
import { type ColourScale, greyScale, largestMagnitude } from "../colour";
import { type DefinedFigure, defineFigure, type FigureBody, type FigureScene } from "../define-figure";
import type { CurvePanel, GridPanel, Panel } from "../figure-description";
import { blockMeans, type Grid } from "../grid";
import { type PanelSize, panelSize } from "../grid-size";
import { attributionLabel, mapScales } from "../map-scales";
import { partTitle } from "../map-text";
import type { MapView, PartView } from "../map-view";
import { rowWidth } from "../panels/figure-width";
import { channelCount, hasInput, inputName, isCoarser, ofExample, sliceAxis } from "../part-grids";

const SLICES = 12;
const STILL_SLICES = 6;
/** Twelve slices of more cells than this a side would make a notebook heavy. */
const LARGEST_SIDE = 28;
/** Of more cells than this in all its slices a volume is drawn coarser still. */
const COARSE_SIDE = 20;
const MANY_CELLS = 100_000;
const CUT_ROOM = 176;
/** Over black no colour of a map could be told from another. */
const DARKEST = "#404040";
/** Room for the axis of the curve; its legend has one line. */
const AXIS = 56;
const LEAST_CURVE = 420;

/**
 * A volume or a film: three cuts through the strongest cell of a volume, and a slider through its slices, or the frames
 * of a film; under them how much of the attribution lies in each slice.
 *
 * The slider has at most `max` (12) positions, evenly spread, the strongest slice among them; SVG and PNG show six side by
 * side. Channels are summed with their sign. Shows one example: `example` (0). Throws when no part has the axes "height",
 * "width", and "depth" or "time".
 */
export const slices: DefinedFigure = defineFigure(
  {
    name: "slices",
    title: "Slices",
    shows:
      "A volume in three cuts through its strongest cell, over what they explain, and slice by slice: a slider and Play move through its depth, or through the time of a film, from the strongest slice on. The curve is the sum of magnitudes in each slice. SVG and PNG show six slices side by side.",
    cannotShow:
      'Slices between those of the slider, unless `max` asks for more; and slices larger than 28×28 cells are drawn as means of blocks, unless `hover: "full"`.',
    modalities: ["volume"],
    byDefaultFor: () => true,
    defaults: { renderer: "vega" },
    max: "slices (12)",
  },
  (scene) => {
    const [part] = scene.parts;
    const volume = volumeOf(scene, part);
    const most = scene.options.max ?? (scene.options.hover === "full" ? volume.depth : SLICES);
    const moving = spreadAbout(volume.depth, most, volume.strongest.slice);
    const still = spreadAbout(volume.depth, Math.min(most, STILL_SLICES), volume.strongest.slice);
    const cuts = sliceAxis(part) === "depth" ? cutPanels(volume) : [];
    const notes = [
      ...(cuts.length > 0
        ? [
            `Cuts through the strongest cell: depth ${volume.strongest.slice}, row ${volume.strongest.row}, column ${volume.strongest.column}.`,
          ]
        : []),
      ...(moving.length < volume.depth
        ? [`${moving.length} of ${volume.depth} slices: option max shows more.`]
        : []),
      ...volume.notes,
      ...(scene.parts.length > 1 ? [`Only input ${part.name} is shown.`] : []),
    ];
    const common = { colours: volume.colours, notes };
    return {
      ...movingBody(volume, cuts, moving),
      ...common,
      still: { ...stillRows(volume, cuts, still), ...common },
    };
  },
);

/** Values of one example by slice, row and column, channels taken together. */
interface Cube {
  readonly depth: number;
  readonly rows: number;
  readonly columns: number;
  readonly values: Float64Array;
}

interface Volume extends Cube {
  readonly view: MapView;
  readonly part: PartView;
  readonly input: Cube | undefined;
  readonly strongest: { readonly slice: number; readonly row: number; readonly column: number };
  /** cells of a slice as they are drawn, `[rows, columns]` per cell */
  readonly block: [number, number];
  readonly colours: Record<string, ColourScale>;
  readonly notes: readonly string[];
  readonly full: boolean;
  slice(of: Cube, index: number): Grid;
}

function cubeOf(
  { data, shape }: { data: ArrayLike<number>; shape: readonly number[] },
  axes: readonly string[],
  mean: boolean,
  absolute = false,
): Cube {
  const sizes = shape.slice(1);
  const along = axes.includes("depth") ? "depth" : "time";
  const [deep, down, across] = [along, "height", "width"].map((axis) => axes.indexOf(axis));
  const [depth, rows, columns] = [sizes[deep], sizes[down], sizes[across]];
  const strides = sizes.map((_, axis) => sizes.slice(axis + 1).reduce((a, b) => a * b, 1));
  const values = new Float64Array(depth * rows * columns);
  const place = (i: number, axis: number) => Math.floor(i / strides[axis]) % sizes[axis];
  for (let i = 0; i < data.length; i++) {
    const cell = (place(i, deep) * rows + place(i, down)) * columns + place(i, across);
    values[cell] += absolute ? Math.abs(data[i]) : data[i];
  }
  const each = data.length / values.length;
  if (mean) for (let i = 0; i < values.length; i++) values[i] /= each;
  return { depth, rows, columns, values };
}

function volumeOf({ view, example, options }: FigureScene, part: PartView): Volume {
  const own = ofExample(part.values, example);
  const cube = cubeOf(own, part.axes, false);
  const magnitudes = cubeOf(own, part.axes, false, true);
  const input =
    hasInput(part) && !isCoarser(part) && part.input.data.length === part.values.data.length
      ? cubeOf(ofExample(part.input, example), part.axes, true)
      : undefined;
  const full = options.hover === "full";
  const side = cube.values.length > MANY_CELLS ? COARSE_SIDE : LARGEST_SIDE;
  const slice = (of: Cube, index: number): Grid => {
    const size = of.rows * of.columns;
    const grid = { ...of, values: Array.from(of.values.subarray(index * size, (index + 1) * size)) };
    return full ? grid : blockMeans(grid, side);
  };
  const largest = largestMagnitude(cube.values);
  const at = Math.max(
    0,
    cube.values.findIndex((value) => Math.abs(value) === largest),
  );
  const label = attributionLabel(view);
  const drawn = Array.from({ length: cube.depth }, (_, d) => slice(cube, d).values);
  const block: [number, number] = full
    ? [1, 1]
    : [Math.ceil(cube.rows / side), Math.ceil(cube.columns / side)];
  const coarse = block[0] * block[1] > 1;
  const whole = mapScales([Array.from(cube.values)], label, options);
  const means = mapScales(
    [drawn.flat()],
    coarse ? `${label}, mean of ${block.join("×")} cells` : label,
    options,
  );
  const channels = channelCount(part);
  return {
    ...cube,
    view,
    part,
    input,
    strongest: {
      slice: Math.floor(at / (cube.rows * cube.columns)),
      row: Math.floor(at / cube.columns) % cube.rows,
      column: at % cube.columns,
    },
    block,
    full,
    slice,
    colours: {
      cut: whole.colours[whole.names[0]],
      slice: means.colours[means.names[0]],
      ...(input && {
        input: greyScale(Array.from(input.values), inputName(part), { ink: part.ink }),
        under: greyScale(Array.from(input.values), inputName(part), { darkest: DARKEST, ink: part.ink }),
      }),
    },
    notes: [
      ...(channels > 1 ? [`Each cell is the signed sum of ${channels} channels.`] : []),
      ...cancellingNotes(
        [{ values: Array.from(cube.values), magnitudes: [largestSum(Array.from(magnitudes.values))] }],
        "in each cell",
      ),
      ...(coarse ? [`Slices are drawn coarser: means of ${block.join("×")} cells.`] : []),
      ...whole.notes,
    ],
  };
}

/** Cuts across depth, height and width, through the strongest cell: attribution over the input. */
function cutPanels(volume: Volume): GridPanel[] {
  const { depth, rows, columns, strongest } = volume;
  const at = (of: Cube, d: number, r: number, c: number) => of.values[(d * rows + r) * columns + c];
  const cut = (
    title: string,
    down: number,
    across: number,
    of: (cube: Cube, i: number, j: number) => number,
  ) => {
    const cells = (cube: Cube) =>
      Array.from({ length: down * across }, (_, i) => of(cube, Math.floor(i / across), i % across));
    return { title, rows: down, columns: across, cells };
  };
  const { slice, row, column } = strongest;
  const cuts = [
    cut(`depth ${slice}`, rows, columns, (cube, i, j) => at(cube, slice, i, j)),
    cut(`row ${row}`, depth, columns, (cube, i, j) => at(cube, i, row, j)),
    cut(`column ${column}`, depth, rows, (cube, i, j) => at(cube, i, j, column)),
  ];
  return cuts.map(({ title, cells, ...grid }, i) => ({
    ...frameOf(volume, title, panelSize(grid, CUT_ROOM), i === 0),
    ...grid,
    fields: { map: cells(volume), ...(volume.input && { input: cells(volume.input) }) },
    layers: volume.input
      ? [
          { field: "input", colour: "under" },
          { field: "map", colour: "cut", opacity: "magnitude" },
        ]
      : [{ field: "map", colour: "cut" }],
    hover: [
      { label: "attribution", field: "map" },
      ...(volume.input ? [{ label: inputName(volume.part), field: "input" }] : []),
    ],
  }));
}

function frameOf(
  { full }: Volume,
  title: string,
  size: PanelSize,
  legend: boolean,
): Pick<GridPanel, "kind" | "title" | "caption" | "width" | "height" | "slot" | "legend" | "fullHover"> {
  return { kind: "grid", title, caption: [], ...size, legend, fullHover: full };
}

/** A slice, or the slices that a slider steps through. */
function slicePanel(
  volume: Volume,
  of: "input" | "slice",
  at: readonly number[],
  title: string,
  size: PanelSize,
  legend: boolean,
): GridPanel {
  const cube = of === "input" && volume.input ? volume.input : volume;
  const grids = at.map((index) => volume.slice(cube, index));
  const values = grids.map((grid) => grid.values);
  return {
    ...frameOf(volume, title, size, legend),
    rows: grids[0].rows,
    columns: grids[0].columns,
    ...(at.length > 1 ? { fields: {}, frameFields: { [of]: values } } : { fields: { [of]: values[0] } }),
    layers: [{ field: of, colour: of }],
    block: volume.block,
    hover: [{ label: of === "input" ? inputName(volume.part) : "attribution", field: of }],
  };
}

function movingBody(volume: Volume, cuts: GridPanel[], at: number[]): Pick<FigureBody, "rows" | "frames"> {
  const size = panelSize(volume, 200);
  const axis = sliceAxis(volume.part) === "time" ? "frame" : "slice";
  const seen = inputName(volume.part);
  const rows: Panel[][] = [
    ...(cuts.length > 0 ? [cuts] : []),
    [
      ...(volume.input ? [slicePanel(volume, "input", at, `${seen}, ${axis} by ${axis}`, size, true)] : []),
      slicePanel(volume, "slice", at, "attribution", size, true),
    ],
  ];
  const name = partTitle(volume.view, volume.part);
  if (name) rows[0][0].title = `${name} · ${rows[0][0].title}`;
  const curve = magnitudesOf(volume, rows);
  const [sums] = curve.series;
  rows.push([{ ...curve, cursor: at.map((index) => ({ x: index, y: sums.y[index] })) }]);
  if (at.length < 2) return { rows: rows.slice(0, -1) };
  return {
    rows,
    frames: {
      readouts: at.map((index) => `${axis} ${index} of 0 … ${volume.depth - 1}`),
      start: at.indexOf(volume.strongest.slice),
      name: axis,
    },
  };
}

function stillRows(volume: Volume, cuts: GridPanel[], at: number[]): Pick<FigureBody, "rows"> {
  const axis = sliceAxis(volume.part) === "time" ? "frame" : "slice";
  const size = panelSize(volume, 92, 72);
  const line = (of: "input" | "slice", titled: boolean) =>
    at.map((index, i) => ({
      ...slicePanel(volume, of, [index], titled ? `${axis} ${index}` : "", size, i === 0),
      legendWidth: Math.max(size.width, 200),
    }));
  const rows: Panel[][] = [
    ...(cuts.length > 0 ? [cuts] : []),
    ...(volume.input ? [line("input", true)] : []),
    line("slice", volume.input === undefined),
  ];
  return { rows: [...rows, [magnitudesOf(volume, rows)]] };
}

/** The sum of magnitudes in each slice. */
function magnitudesOf(volume: Volume, rows: Panel[][]): CurvePanel {
  const size = volume.rows * volume.columns;
  const sums = Array.from({ length: volume.depth }, (_, d) => {
    let sum = 0;
    for (let i = d * size; i < (d + 1) * size; i++)
      if (Number.isFinite(volume.values[i])) sum += Math.abs(volume.values[i]);
    return sum;
  });
  return {
    kind: "curve",
    title: "",
    caption: [],
    width: Math.max(LEAST_CURVE, Math.max(...rows.map(rowWidth)) - AXIS),
    height: 110,
    xLabel: sliceAxis(volume.part) ?? "depth",
    yLabel: "Σ |attribution|",
    series: [{ name: "sum of magnitudes in each slice", x: sums.map((_, d) => d), y: sums }],
    references: [],
  };
}

/** At most `most` of the positions 0 … count − 1, evenly spread, one of them moved to `there`. */
function spreadAbout(count: number, most: number, there: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  if (most === 1) return [there];
  const spread = Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
  const nearest = spread.reduce(
    (best, at, i) => (Math.abs(at - there) < Math.abs(spread[best] - there) ? i : best),
    0,
  );
  return spread.map((at, i) => (i === nearest ? there : at));
}
