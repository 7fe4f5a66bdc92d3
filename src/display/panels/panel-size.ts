/** Pixels that panels take, in every renderer. */

/** Pixels of a line of text. */
export const LINE_HEIGHT = 15;

/** Pixels of a legend with its title. */
export const LEGEND_HEIGHT = 62;

/** Width that a panel takes beside others, and that its title and its legend may have. */
export function slotWidth(panel: { width: number; slot?: number }): number {
  return Math.max(panel.width, panel.slot ?? 0);
}

/** Width of a panel's legend. */
export function legendWidth(panel: { width: number; slot?: number; legendWidth?: number }): number {
  return panel.legendWidth ?? slotWidth(panel);
}
