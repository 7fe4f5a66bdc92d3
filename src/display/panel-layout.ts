import type { BarPanel, FigureDescription, Panel } from "./figure-description";
import { rounded } from "./text";

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

/** Range of a bar panel's axis: zero, all bars, and room for the numbers at their ends. */
export function barRange(panel: BarPanel): [number, number] {
  const finite = panel.values.filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  const room = (high - low || 1) * 0.22;
  return [low < 0 ? rounded(low - room) : 0, high > 0 || low === 0 ? rounded(high + room) : 0];
}
