import type { FigureDescription, Panel } from "./figure-description";

/** Pixels between panels side by side. */
export const PANEL_GAP = 24;

/** Pixels left of a panel for its axis. */
export function leftGutter(panel: Panel): number {
  if (panel.kind === "bars") {
    if (panel.hideLabels) return 0;
    const longest = Math.max(...panel.labels.map((label) => [...label].length));
    return 16 + Math.min(240, 6.4 * longest);
  }
  return panel.kind === "series" || panel.kind === "curve" ? 56 : 0;
}

/** Width of a row of panels with their axes. */
export function rowWidth(row: readonly Panel[]): number {
  return row.reduce((sum, panel) => sum + leftGutter(panel) + panel.width + PANEL_GAP, -PANEL_GAP);
}

/** Width of the widest row. */
export function figureWidth(figure: FigureDescription): number {
  return Math.max(320, ...figure.rows.map(rowWidth));
}

/** Width of a panel's legend. */
export function legendWidth(panel: { width: number; legendWidth?: number }): number {
  return panel.legendWidth ?? panel.width;
}
