/** Sizes of grid panels. */

/** Pixels of a grid panel. */
export interface PanelSize {
  width: number;
  height: number;
  /** room for title and legend where the panel itself is narrower */
  slot?: number;
}

/** Pixels beside each other that a title and a legend with three numbers need. */
const LEAST_SLOT = 136;

/** Pixels of a panel: whole pixels per cell where cells are marks, no picture blown up beyond need. */
export function panelSize(
  grid: { rows: number; columns: number },
  room: number,
  slot: number = LEAST_SLOT,
): PanelSize {
  const longest = Math.max(grid.rows, grid.columns);
  const perCell = longest <= room ? Math.floor(room / longest) : room / longest;
  const least = 24;
  return {
    width: Math.max(least, Math.round(grid.columns * perCell)),
    height: Math.max(least, Math.round(grid.rows * perCell)),
    slot,
  };
}
