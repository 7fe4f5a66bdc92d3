/** A figure as plain data: what figures make of numbers, and what renderers draw. */

import type { ColourScale } from "./colour";

/**
 * A figure as plain data: rows of panels, colour scales, and optionally frames that a slider steps through.
 * Lengths are pixels. Both renderers draw this and nothing else.
 */
export interface FigureDescription {
  title: string;
  subtitle: string[];
  /** sentences under the picture */
  notes: string[];
  rows: Panel[][];
  /** colour scales by name; panels refer to them */
  colours: Record<string, ColourScale>;
  frames?: FrameSequence;
  /** rules of full colour between which the reader switches; panels hold a limit for each */
  choice?: ScaleSwitch;
  /** the page under the figure, where it is known */
  page?: "light" | "dark";
  /** `"whole"`: photographs in all their colours, however large; else in as many as a notebook should store */
  photographs?: "whole";
}

/** The positions of the slider; panels hold one entry per frame. */
export interface FrameSequence {
  /** per frame, such as `"α = 0.50 (step 25 / 50)"` */
  readouts: string[];
  /** the frame shown first; the last where not said */
  start?: number;
  /** what a frame is, beside the slider: `"frame"` where not said */
  name?: string;
}

/** A choice in the picture between rules of full colour. */
export interface ScaleSwitch {
  /** what is chosen, beside the control */
  name: string;
  options: string[];
  /** what each is called in the control */
  labels: string[];
  /** the one shown first, and in still pictures: the colours of the figure are its */
  start: string;
}

/** The kinds of panels; how each is drawn stands in one table, in `panels/index.ts`. */
export interface PanelKinds {
  grid: GridPanel;
  bars: BarPanel;
  series: SeriesPanel;
  strip: StripPanel;
  matrix: MatrixPanel;
  points: PointPanel;
  boxes: BoxPanel;
  paths: PathPanel;
  curve: CurvePanel;
  text: TextPanel;
}

export type Panel = PanelKinds[keyof PanelKinds];

interface PanelFrame {
  title: string;
  /** smaller lines under the title */
  caption: string[];
  width: number;
  height: number;
  /** room for title, caption and legend where the panel itself is narrower */
  slot?: number;
}

/** A rectangle of coloured cells. */
export interface GridPanel extends PanelFrame {
  kind: "grid";
  rows: number;
  columns: number;
  /** cell values by field, row-major */
  fields: Record<string, readonly number[]>;
  /** fields that change: `[frame][cell]` */
  frameFields?: Record<string, readonly (readonly number[])[]>;
  /** drawn bottom up */
  layers: GridLayer[];
  /** names of the cells, shown on hover instead of row and column */
  names?: string[];
  /** rows and columns of which each cell is the mean; where there are names, these say it */
  block?: [number, number];
  hover: { label: string; field: string }[];
  /** the value at full colour of the top layer, by the rule that is chosen */
  limits?: Readonly<Record<string, number>>;
  /** draw the legend of the top layer under the panel */
  legend: boolean;
  /** where the legend may be wider than its panel */
  legendWidth?: number;
  /** one hover cell per pixel, however many */
  fullHover: boolean;
}

export interface GridLayer {
  field: string;
  /** name of a colour scale */
  colour: string;
  /** red, green and blue of each cell, 0 … 255: drawn in place of the field, which hover shows */
  rgb?: readonly number[];
  /** `"magnitude"`: the smaller the value, the more of the layer below shows */
  opacity?: "magnitude";
}

/** Signed horizontal bars, one per label. */
export interface BarPanel extends PanelFrame {
  kind: "bars";
  labels: string[];
  values: readonly number[];
  /** further hover lines: one text per bar */
  hover: { label: string; texts: string[] }[];
  valueLabel: string;
  /** where each bar begins (zero); the end of each is then joined to the next by a thin line, and a value of zero is a tick */
  starts?: readonly number[];
  /** half the length of a thin line across the end of each bar: how far its value may be off */
  errors?: readonly number[];
  /** what stands at the end of each bar, where it is not the value */
  texts?: readonly string[];
  /** colour of each bar */
  fills: string[];
  /** where a text panel beside the bars names them */
  hideLabels?: boolean;
}

/** A sequence: the input as a line, over bars of its attribution. */
export interface SeriesPanel extends PanelFrame {
  kind: "series";
  positions: readonly number[];
  input?: readonly number[];
  attribution: readonly number[];
  /** half the length of a thin line across the end of each bar: how far its attribution may be off */
  errors?: readonly number[];
  /** where each entry is the mean of a stretch of steps */
  stretches?: SeriesStretches;
  colour: string;
  positionLabel: string;
  inputLabel: string;
  attributionLabel: string;
}

/** What the means of a long sequence stand for: no step of it is lost between the smallest and the largest value. */
export interface SeriesStretches {
  /** steps of each stretch; the last may be shorter */
  steps: number;
  /** steps of the whole sequence */
  total: number;
  attribution: Envelope;
  input?: Envelope;
}

/** The smallest and the largest value of each stretch. */
export interface Envelope {
  low: readonly number[];
  high: readonly number[];
}

/** Tokens as boxes of text, coloured by attribution. */
export interface StripPanel extends PanelFrame {
  kind: "strip";
  boxes: { text: string; value: number; x: number; y: number; width: number; height: number }[];
  colour: string;
  /** the value at full colour by the rule that is chosen */
  limits?: Readonly<Record<string, number>>;
  legend: boolean;
}

/** Coloured cells between named rows and columns. */
export interface MatrixPanel extends PanelFrame {
  kind: "matrix";
  rowNames: string[];
  /** number of columns */
  columns: number;
  /** absent where there are too many columns to name each */
  columnNames?: string[];
  /** row-major */
  values: readonly number[];
  /** what stands in the cells, where there is room */
  texts?: readonly string[];
  /** name of a colour scale */
  colour: string;
  /** what a row, a column and a value are, on hover */
  rowTitle: string;
  columnTitle: string;
  valueLabel: string;
  /** title of the horizontal axis */
  columnLabel?: string;
  /** further hover lines: one text per column */
  columnHover?: { label: string; texts: string[] }[];
  /** further hover lines: one text per cell */
  hover: { label: string; texts: string[] }[];
  legend: boolean;
}

/** Points in a plane, or in named rows, coloured by a value. */
export interface PointPanel extends PanelFrame {
  kind: "points";
  x: readonly number[];
  /** of named rows: the row's number, from the top, and what the point is moved from its middle */
  y: readonly number[];
  rowNames?: string[];
  xLabel: string;
  yLabel: string;
  /** what the colours show */
  values: readonly number[];
  /** name of a colour scale */
  colour: string;
  /** pixels across */
  size: number;
  /** numbers shown on hover, one per point; `names` are texts by number */
  hover: { label: string; values: readonly number[]; names?: readonly string[] }[];
  legend: boolean;
}

/** Rectangles in a plane, or in named rows, each in a colour of its own. */
export interface BoxPanel extends PanelFrame {
  kind: "boxes";
  left: readonly number[];
  right: readonly number[];
  /** of named rows: rows from the top */
  top: readonly number[];
  bottom: readonly number[];
  rowNames?: string[];
  xLabel: string;
  yLabel: string;
  fills: string[];
  /** what the colours mean */
  keys: { name: string; fill: string }[];
  /** what stands in the boxes, where there is room */
  texts?: string[];
  /** vertical lines with a name over them */
  references: { name: string; x: number }[];
  /** lines shown on hover: one text per box */
  hover: { label: string; texts: string[] }[];
}

/** Lines from row to row, each of one example, coloured by a value. */
export interface PathPanel extends PanelFrame {
  kind: "paths";
  /** from the top */
  rowNames: string[];
  /** per line its place in each row, from the bottom row up */
  lines: readonly (readonly number[])[];
  /** what the colours show, one per line */
  values: readonly number[];
  /** name of a colour scale */
  colour: string;
  xLabel: string;
  /** a vertical line where all begin */
  start: number;
  startLabel: string;
  /** further hover lines: one text per line */
  hover: { label: string; texts: string[] }[];
}

/** Lines in a plane, with horizontal reference lines and a marker that follows the frames. */
export interface CurvePanel extends PanelFrame {
  kind: "curve";
  xLabel: string;
  yLabel: string;
  series: { name: string; x: readonly number[]; y: readonly number[] }[];
  references: { name: string; y: number }[];
  /** per frame, the point to mark */
  cursor?: { x: number; y: number }[];
}

/** Lines of text. */
export interface TextPanel extends PanelFrame {
  kind: "text";
  lines: string[];
  /** what a line means, on hover; one per line */
  tips?: string[];
  lineHeight: number;
  align: "left" | "center" | "right";
}
