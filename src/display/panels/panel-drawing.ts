/** Drawing of a panel kind: the room around it, and one drawing per renderer. */

import type { FigureDescription, Panel } from "../figure-description";
import type { PanelPlace, PlotlyCanvas } from "./plotly-canvas";
import type { VegaLite } from "./vega-lite-parts";

/** Rows of a table; their cells by the names of its columns. */
export type PanelTable = readonly Readonly<Record<string, string | number>>[];

/** One row of the table of panels: a new renderer is a new column here, and the compiler names the kinds without it. */
export interface PanelDrawing<P extends Panel> {
  /** pixels left of the panel for its axis */
  gutter(panel: P): number;
  /** pixels under the panel for its axis or its legend, with Plotly */
  foot(panel: P): number;
  /** the panel with other names of its colour scales */
  recoloured(panel: P, rename: (colour: string) => string): P;
  /** What a panel shows, for those who do not see it: made of its numbers. */
  inWords(panel: P, figure: FigureDescription): string;
  /** The panel's numbers as a table, a row for each mark, as they are: whatever of them is drawn coarser. */
  table(panel: P, figure: FigureDescription): PanelTable;
  vegaLite(panel: P, figure: FigureDescription): VegaLite;
  plotly(panel: P, place: PanelPlace, canvas: PlotlyCanvas): void;
}
