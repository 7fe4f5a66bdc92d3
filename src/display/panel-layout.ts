import type { BarPanel, FigureDescription, Panel } from "./figure-description";
import { readable, rounded, shown } from "./text";
import { textWidth } from "./text-width";

/** Pixels between panels side by side. */
export const PANEL_GAP = 24;

/** Pixels left of a panel for its axis. */
export function leftGutter(panel: Panel): number {
  if (panel.kind === "bars") {
    if (panel.hideLabels) return 0;
    const longest = Math.max(...panel.labels.map((label) => textWidth(shown(label), 11)));
    return 16 + Math.min(240, longest);
  }
  return panel.kind === "series" || panel.kind === "curve" ? 56 : 0;
}

/** Width that a panel takes beside others, and that its title and its legend may have. */
export function slotWidth(panel: { width: number; slot?: number }): number {
  return Math.max(panel.width, panel.slot ?? 0);
}

/** Width of a row of panels with their axes. */
export function rowWidth(row: readonly Panel[]): number {
  return row.reduce((sum, panel) => sum + leftGutter(panel) + slotWidth(panel) + PANEL_GAP, -PANEL_GAP);
}

/** Width of the widest row. */
export function figureWidth(figure: FigureDescription): number {
  return Math.max(320, ...figure.rows.map(rowWidth));
}

/** Width of a panel's legend. */
export function legendWidth(panel: { width: number; slot?: number; legendWidth?: number }): number {
  return panel.legendWidth ?? slotWidth(panel);
}

/** Pixels of a digit of the numbers at the ends of bars, and between bar and number. */
const [DIGIT, GAP] = [7.5, 12];

/** Range of a bar panel's axis: zero, all bars, and room for the numbers at their ends. */
export function barRange(panel: BarPanel): [number, number] {
  const finite = panel.values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const share = (numbers: readonly number[]): number =>
    numbers.length === 0
      ? 0
      : (GAP + DIGIT * Math.max(...numbers.map((v) => readable(v, 3).length))) / panel.width;
  const onRight = panel.values.filter((v) => !standsLeft(v));
  const [left, right] = [share(panel.values.filter(standsLeft)), share(onRight)];
  // On narrow panels numbers may leave the panel sooner than bars become too short to compare.
  const all = (high - low || 1) / Math.max(0.4, 1 - left - right);
  return [low < 0 ? rounded(low - left * all) : 0, rounded(high + (onRight.length > 0 ? right * all : 0))];
}

/** Whether a bar's number stands left of it; that of a value which is not finite stands right of zero. */
export function standsLeft(value: number): boolean {
  return value < 0 && Number.isFinite(value);
}
