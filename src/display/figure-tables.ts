/** A figure as tables: the numbers of its panels, for those who read them rather than the picture. */

import type { FigureDescription } from "./figure-description";
import { drawingOf } from "./panels";
import type { PanelTable } from "./panels/panel-drawing";

/** A table for each panel that is more than lines of text. */
export function tablesOf(figure: FigureDescription): PanelTable[] {
  return tabled(figure).map(({ table }) => table);
}

/** The same with the title of each panel. */
export function tabled(figure: FigureDescription): { readonly title: string; readonly table: PanelTable }[] {
  return figure.rows
    .flat()
    .filter((panel) => panel.kind !== "text")
    .map((panel) => ({ title: panel.title, table: drawingOf(panel).table(panel, figure) }))
    .filter(({ table }) => table.length > 0);
}
