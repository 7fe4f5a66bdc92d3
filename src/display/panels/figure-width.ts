/** Widths of figures: panels side by side, with their axes. */

import type { FigureDescription, Panel } from "../figure-description";
import { drawingOf } from "./index";
import { slotWidth } from "./panel-size";

/** Pixels between panels side by side. */
export const PANEL_GAP = 24;

/** Width of a row of panels with their axes. */
export function rowWidth(row: readonly Panel[]): number {
  return row.reduce(
    (sum, panel) => sum + drawingOf(panel).gutter(panel) + slotWidth(panel) + PANEL_GAP,
    -PANEL_GAP,
  );
}

/** Width of the widest row. */
export function figureWidth(figure: FigureDescription): number {
  return Math.max(320, ...figure.rows.map(rowWidth));
}
