/** Named rows: the vertical axis of panels whose rows are features. */

import { plotlyText, shown } from "../text";
import { textWidth } from "../text-width";
import type { PlotlyObject } from "./plotly-canvas";
import type { VegaLite } from "./vega-lite-parts";

/** Pixels left of a panel for the names of its rows, or for the numbers of its axis. */
export function rowGutter(rowNames: readonly string[] | undefined): number {
  if (!rowNames) return 56;
  return 16 + Math.min(240, Math.max(0, ...rowNames.map((name) => textWidth(shown(name), 11))));
}

/** The axis of Vega-Lite: names at whole numbers. */
export function rowAxis(rowNames: readonly string[]): VegaLite {
  return {
    values: rowNames.map((_, row) => row),
    labelExpr: `${JSON.stringify(rowNames.map(shown))}[datum.value]`,
    labelLimit: 240,
    labelOverlap: false,
    ticks: false,
    domain: false,
  };
}

/** The same of Plotly. */
export function plotlyRows(rowNames: readonly string[]): PlotlyObject {
  return {
    tickvals: rowNames.map((_, row) => row),
    ticktext: rowNames.map(plotlyText),
    showline: false,
    ticks: "",
  };
}
