/** Lines of text. */

import type { TextPanel } from "../figure-description";
import type { PanelDrawing } from "./panel-drawing";
import type { PanelPlace, PlotlyCanvas } from "./plotly-canvas";
import { linesOfText } from "./vega-lite-parts";

export const textDrawing: PanelDrawing<TextPanel> = {
  gutter: () => 0,
  foot: () => 0,
  recoloured: (panel) => panel,
  vegaLite: ({ lines, width, align, lineHeight }) => linesOfText(lines, width, align, lineHeight),
  plotly,
};

function plotly(panel: TextPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const left =
    panel.align === "left"
      ? place.left
      : panel.align === "right"
        ? place.left + place.width
        : place.left + place.width / 2;
  panel.lines.forEach((text, i) => {
    const top = place.top + i * panel.lineHeight + (panel.lineHeight - 14) / 2;
    canvas.annotate([text], { left, top, align: panel.align });
  });
}
