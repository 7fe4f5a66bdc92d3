/** The kinds of panels: one row each, with every renderer's drawing of it. */

import type { PanelKinds } from "../figure-description";
import { barDrawing } from "./bars";
import { boxDrawing } from "./boxes";
import { curveDrawing } from "./curve";
import { gridDrawing } from "./grid";
import { matrixDrawing } from "./matrix";
import type { PanelDrawing } from "./panel-drawing";
import { pathDrawing } from "./paths";
import { pointDrawing } from "./points";
import { seriesDrawing } from "./series";
import { stripDrawing } from "./strip";
import { textDrawing } from "./text";

const PANELS: { readonly [Kind in keyof PanelKinds]: PanelDrawing<PanelKinds[Kind]> } = {
  grid: gridDrawing,
  bars: barDrawing,
  series: seriesDrawing,
  strip: stripDrawing,
  matrix: matrixDrawing,
  points: pointDrawing,
  boxes: boxDrawing,
  paths: pathDrawing,
  curve: curveDrawing,
  text: textDrawing,
};

/** The row of a panel's kind. */
export function drawingOf<Kind extends keyof PanelKinds>({
  kind,
}: {
  kind: Kind;
}): PanelDrawing<PanelKinds[Kind]> {
  return PANELS[kind];
}
