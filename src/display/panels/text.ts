/** Lines of text. */

import type { TextPanel } from "../figure-description";
import { shown } from "../text";
import type { PanelDrawing } from "./panel-drawing";
import type { PanelPlace, PlotlyCanvas } from "./plotly-canvas";
import { linesOfText, type VegaLite } from "./vega-lite-parts";

export const textDrawing: PanelDrawing<TextPanel> = {
  gutter: () => 0,
  foot: () => 0,
  recoloured: (panel) => panel,
  inWords: ({ lines }) => lines.join("; "),
  table: ({ lines, tips }) => lines.map((line, i) => ({ line, ...(tips && { says: tips[i] }) })),
  vegaLite,
  plotly,
};

function vegaLite({ lines, tips, width, align, lineHeight }: TextPanel): VegaLite {
  const drawn = linesOfText(lines, width, align, lineHeight);
  if (!tips) return drawn;
  // What a line means stands on an unseen mark over it: a title has no hover.
  return {
    ...drawn,
    data: {
      values: lines.map((line, i) => ({
        line: shown(line),
        tip: shown(tips[i]),
        middle: (i + 0.5) * lineHeight,
      })),
    },
    mark: { type: "rect", opacity: 0, height: lineHeight },
    encoding: {
      x: { value: 0 },
      x2: { value: width },
      y: {
        field: "middle",
        type: "quantitative",
        scale: { domain: [0, lines.length * lineHeight], nice: false, reverse: true },
        axis: null,
      },
      tooltip: [
        { field: "line", type: "nominal", title: "check" },
        { field: "tip", type: "nominal", title: "says" },
      ],
    },
  };
}

function plotly(panel: TextPanel, place: PanelPlace, canvas: PlotlyCanvas): void {
  const left =
    panel.align === "left"
      ? place.left
      : panel.align === "right"
        ? place.left + place.width
        : place.left + place.width / 2;
  panel.lines.forEach((text, i) => {
    const top = place.top + i * panel.lineHeight + (panel.lineHeight - 14) / 2;
    canvas.annotate([text], { left, top, align: panel.align, ...(panel.tips && { tip: panel.tips[i] }) });
  });
}
