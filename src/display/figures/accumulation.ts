/** Accumulation: how a path method builds its map, frame by frame. */

import { cancellingNotes, isLength, largestSum, reducedMagnitude, reducedNotes } from "../cancelling";
import { type ColourScale, greyScale } from "../colour";
import { type DefinedFigure, defineFigure, type FigureBody } from "../define-figure";
import type { CurvePanel, GridPanel, Panel } from "../figure-description";
import type { FigureOptions } from "../figure-options";
import { blockMeans, blockNames, type Grid } from "../grid";
import { type PanelSize, panelSize } from "../grid-size";
import { attributionLabel, mapScales } from "../map-scales";
import type { MapView, PartView, PathView } from "../map-view";
import { rowWidth } from "../panels/figure-width";
import { cellNames, cellsOf, inputName, isSpatial, sharedIndex, summedNotes } from "../part-grids";
import { readable } from "../text";

const FRAMES = 12;
const STILL_FRAMES = 6;
// Six panels share one legend: each needs room for its α alone.
const STILL_SLOT = 72;
// Twelve frames of more cells than this a side would make a notebook heavy.
const LARGEST_SIDE = 28;
// Room for the axis of the curve, which is as wide as the panels above it; its legend has one line.
const AXIS = 56;
const LEAST_CURVE = 520;

/**
 * Steps by which a path method builds its map: baseline, interpolated input and accumulated attribution at each step,
 * over the running sum, which must arrive at F(x) − F(x′).
 *
 * A slider and Play move through at most `max` (12) steps; SVG and PNG show six of them side by side.
 * Shows one example: `example` (0). Needs a map made with `keepPath: true`.
 */
export const accumulation: DefinedFigure = defineFigure(
  {
    name: "accumulation",
    title: "Accumulation",
    shows:
      'How a path method builds its map. A slider and Play move through the frames: baseline x′, interpolated input x′ + α(x − x′), and the attribution accumulated so far, on one scale for all frames. The curve is the running sum; it must arrive at the dashed line F(x) − F(x′). Between the two curves lies the error of the quadrature. SVG and PNG show six frames side by side. With `renderer: "vega-lite"` there is a slider and no Play; VS Code drops the frames of `renderer: "plotly"`.',
    cannotShow:
      'Another path than the straight line; and pictures larger than 28×28 cells are drawn as means of blocks, unless `hover: "full"`.',
    needs: ["path"],
    byDefaultFor: () => true,
    defaults: { renderer: "vega" },
    max: "frames (12)",
  },
  ({ view, parts, example, options }) => {
    const path = view.path!;
    const full = options.hover === "full";
    const most = options.max ?? (full ? Infinity : FRAMES);
    const moving = spread(path.frames.length, most);
    const still = spread(path.frames.length, STILL_FRAMES);
    const scene: Scene = {
      view,
      path,
      example,
      options,
      parts: parts.map((part, i) => partFrames(part, path, i, example, full)),
    };
    return { ...movingBody(scene, moving), still: stillBody(scene, still) };
  },
);

interface Scene {
  view: MapView;
  path: PathView;
  example: number;
  options: FigureOptions;
  parts: PartFrames[];
}

/** The α up to which each node's sum covers the path: a node stands within the stretch that it adds. */
function reachedOf({ reached, alphas }: PathView): readonly number[] {
  return reached ?? alphas;
}

/** Cells of one part at every kept frame. */
interface PartFrames {
  part: PartView;
  rows: number;
  columns: number;
  accumulated: number[][];
  /** Σ|·| behind each cell of the last frame, which is the map */
  magnitudes: number[];
  /** pixels per cell, where a large picture is shown coarser */
  block: [number, number];
  names?: string[];
  /** absent when the part records no input and baseline of the map's own shape, and for tokens */
  way?: { baseline: number[]; input: number[]; interpolated: number[][] };
}

function partFrames(
  part: PartView,
  path: PathView,
  index: number,
  example: number,
  full: boolean,
): PartFrames {
  const kept = path.frames.length;
  const all = path.accumulated[index];
  const shape = part.values.shape.slice(1);
  // [B, frames, ...] read as a batch of B · frames maps.
  const maps = { data: all.data, shape: [all.data.length / shape.reduce((a, b) => a * b, 1), ...shape] };
  const coarse = (grid: Grid) => (full ? grid : blockMeans(grid, LARGEST_SIDE));
  const fine = cellsOf(part, maps, example * kept, "sum");
  const accumulated = path.frames.map((_, f) => coarse(cellsOf(part, maps, example * kept + f, "sum")));
  const { input, baseline } = part;
  const size = part.values.data.length / part.values.shape[0];
  // Nothing lies between two tokens: their path is one of vectors.
  const along =
    input && baseline && !part.axes.includes("token") && input.data.length / input.shape[0] === size;
  const way = () => {
    const from = coarse(cellsOf(part, baseline!, sharedIndex(baseline!, example), "mean")).values;
    const to = coarse(cellsOf(part, input!, example, "mean")).values;
    const at = (alpha: number) => from.map((v, i) => v + alpha * (to[i] - v));
    return { baseline: from, input: to, interpolated: path.frames.map((f) => at(reachedOf(path)[f])) };
  };
  return {
    part,
    rows: accumulated[0].rows,
    columns: accumulated[0].columns,
    accumulated: accumulated.map((grid) => grid.values),
    magnitudes: coarse(cellsOf(part, maps, example * kept + kept - 1, "magnitude")).values,
    block: [Math.ceil(fine.rows / accumulated[0].rows), Math.ceil(fine.columns / accumulated[0].columns)],
    ...(!isSpatial(part) &&
      part.axes[0] !== "time" && {
        names: full ? cellNames(part) : blockNames(cellNames(part), fine, LARGEST_SIDE),
      }),
    ...(along && { way: way() }),
  };
}

function movingBody(scene: Scene, frames: number[]): FigureBody {
  const { path } = scene;
  const rows: Panel[][] = [];
  for (const [p, frame] of scene.parts.entries()) {
    const size = accumulationSize(frame, 3);
    const panels: GridPanel[] = [];
    if (frame.way) {
      const { baseline, interpolated } = frame.way;
      panels.push(grid(scene, p, size, "Baseline x′", { input: baseline }, "input"));
      panels.push({
        ...grid(scene, p, size, "Interpolated x′ + α(x − x′)", {}, "input"),
        frameFields: { input: frames.map((f) => interpolated[f]) },
        legend: false,
      });
    }
    panels.push({
      ...grid(scene, p, size, "Attribution so far", {}, "map"),
      frameFields: { map: frames.map((f) => frame.accumulated[f]) },
    });
    rows.push(...(isSpatial(frame.part) ? [panels] : panels.map((panel) => [panel])));
  }
  const cursor = frames.map((f) => {
    const node = path.frames[f];
    return { x: reachedOf(path)[node], y: path.runningSum[scene.example][node] };
  });
  rows.push([{ ...curve(scene, widthOf(rows)), cursor }]);
  return {
    rows,
    colours: colours(scene),
    notes: notes(scene),
    frames: { readouts: frames.map((f) => readout(path, f)) },
  };
}

function stillBody(scene: Scene, frames: number[]): FigureBody {
  const { path } = scene;
  const rows: Panel[][] = [];
  for (const [p, frame] of scene.parts.entries()) {
    const size = accumulationSize(frame, frames.length);
    const alphaTitle = (f: number) => `α = ${reachedOf(path)[path.frames[f]].toFixed(2)}`;
    const spatial = isSpatial(frame.part);
    const line = (of: "input" | "map", values: number[][]) => {
      const panels = frames.map((f, i) => ({
        ...grid(
          scene,
          p,
          size,
          spatial && of === "map" && frame.way ? "" : alphaTitle(f),
          { [of]: values[f] },
          of,
        ),
        legend: i === 0,
        legendWidth: Math.max(size.width, 200),
      }));
      rows.push(...(spatial ? [panels] : panels.map((panel) => [panel])));
    };
    if (frame.way && spatial) line("input", frame.way.interpolated);
    line("map", frame.accumulated);
  }
  rows.push([curve(scene, widthOf(rows))]);
  return { rows, colours: colours(scene), notes: notes(scene) };
}

function notes(scene: Scene): string[] {
  const blocks = new Set(scene.parts.map((part) => part.block.join("×")));
  return [
    ...summedNotes(scene.view.parts),
    ...reducedNotes(scene.view.parts),
    ...cancellingNotes(
      scene.parts.map(({ accumulated, magnitudes }) => ({ values: accumulated.at(-1)!, magnitudes })),
      "in each cell",
    ),
    ...[...blocks]
      .filter((block) => block !== "1×1")
      .map((block) => `Drawn coarser: means of ${block} cells.`),
    ...scalesOf(scene).notes,
  ];
}

/** Colour scales over all frames; their notes and shares count the last frame alone, which is the map. */
function scalesOf(scene: Scene): ReturnType<typeof mapScales> {
  return mapScales(
    scene.parts.map((part) => part.accumulated.at(-1)!),
    `${attributionLabel(scene.view)}, so far`,
    scene.options,
    {
      frames: scene.parts.map((part) => part.accumulated),
      sums: scene.parts.map(({ part, magnitudes }) =>
        Math.max(largestSum(magnitudes), reducedMagnitude(part, scene.example)),
      ),
      lengths: scene.parts.map(({ part }) => isLength(part)),
    },
  );
}

function colours(scene: Scene): Record<string, ColourScale> {
  const scales = scalesOf(scene);
  const entries = scene.parts.flatMap((frame, p) => {
    const map = scales.colours[scales.names[p]];
    const seen = frame.way ? [...frame.way.baseline, ...frame.way.input] : [];
    return [
      [`map${p}`, map],
      [`input${p}`, greyScale(seen, inputName(frame.part), { ink: frame.part.ink })],
    ] as const;
  });
  return Object.fromEntries(entries);
}

function grid(
  scene: Scene,
  p: number,
  size: PanelSize,
  title: string,
  fields: Record<string, number[]>,
  of: "input" | "map",
): GridPanel {
  const { rows, columns, names, block } = scene.parts[p];
  return {
    kind: "grid",
    title,
    caption: [],
    ...size,
    rows,
    columns,
    fields,
    layers: [{ field: of, colour: `${of}${p}` }],
    ...(names ? { names } : { block }),
    hover: [{ label: of === "map" ? "attribution so far" : inputName(scene.parts[p].part), field: of }],
    legend: true,
    fullHover: scene.options.hover === "full",
  };
}

function curve(scene: Scene, width: number): CurvePanel {
  const { view, path, example } = scene;
  const scores = path.scores[example];
  const start = view.baselineScore?.[example];
  const series = [{ name: "sum of the attribution so far", x: reachedOf(path), y: path.runningSum[example] }];
  if (start === undefined) return curvePanel(view, width, series, []);
  const difference = view.score[example] - start;
  series.push({ name: "F at α minus F(x′)", x: path.alphas, y: scores.map((score) => score - start) });
  return curvePanel(view, width, series, [{ name: `F(x) − F(x′) = ${readable(difference)}`, y: difference }]);
}

function curvePanel(
  view: MapView,
  width: number,
  series: CurvePanel["series"],
  references: CurvePanel["references"],
): CurvePanel {
  return {
    kind: "curve",
    title: "Running sum",
    caption: [],
    width,
    height: 150,
    xLabel: "α",
    yLabel: view.explain,
    series,
    references,
  };
}

function accumulationSize(frame: PartFrames, across: number): PanelSize {
  if (!isSpatial(frame.part)) return { width: 560, height: Math.max(28, Math.min(120, frame.rows * 14)) };
  return across > 3 ? panelSize(frame, 92, STILL_SLOT) : panelSize(frame, 200);
}

function widthOf(rows: Panel[][]): number {
  return Math.max(LEAST_CURVE, Math.max(...rows.map(rowWidth)) - AXIS);
}

function readout(path: PathView, frame: number): string {
  const node = path.frames[frame];
  return `α = ${reachedOf(path)[node].toFixed(2)} (step ${node + 1} / ${path.alphas.length})`;
}

/** At most `most` of the positions 0 … count − 1, evenly spread, the last one always among them. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, i) => i);
  if (most === 1) return [count - 1];
  return Array.from({ length: most }, (_, i) => Math.round((i * (count - 1)) / (most - 1)));
}
