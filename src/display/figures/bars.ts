/** Bars of features, signed and sorted by magnitude. */

import { reducedNotes } from "../cancelling";
import { contributionColours, contributionsOf, errorLines, hoverOf } from "../contributions";
import { type DefinedFigure, defineFigure, type FigureScene } from "../define-figure";
import type { BarPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { partTitle } from "../map-text";
import type { PartView } from "../map-view";
import { modalityOf } from "../modality";
import { exampleOf, zeroNotes } from "../part-grids";
import { ERROR_NOTE, isSampled } from "../sampling-error";

const BARS = 20;

/**
 * Signed bars of tabular features, the largest magnitude first.
 *
 * At most `max` (20) bars; the rest is summed into one. Shows one example: `example` (0).
 */
export const bars: DefinedFigure = defineFigure(
  {
    name: "bars",
    title: "Bars",
    shows:
      "Features by magnitude, with their input values; the rest is summed into one bar. Colour is the sign.",
    cannotShow: "Interactions between features; and the summed bar hides values that cancel.",
    modalities: ["table", "text", "sequence", "picture", "volume"],
    max: "bars (20)",
    byDefaultFor: (part) => modalityOf(part) === "table",
  },
  (scene) => {
    const { parts, example, options } = scene;
    const values = parts.map((part) => exampleOf(part.values, example));
    return {
      rows: parts.map((part) => [barPanel(scene, part)]),
      notes: [
        ...(options.max === 1 && values.some((of) => of.length > 1)
          ? ["Only the largest is shown: option max shows more."]
          : []),
        ...(isSampled(parts, example) ? [ERROR_NOTE] : []),
        ...reducedNotes(parts),
        ...zeroNotes(parts, example),
        ...notFiniteNotes(values),
      ],
    };
  },
);

function barPanel({ view, example, options }: FigureScene, part: PartView): BarPanel {
  const bars = contributionsOf([part], example, options.max ?? BARS);
  const values = bars.map(({ value }) => value);
  const errors = errorLines(bars);
  return {
    kind: "bars",
    title: partTitle(view, part),
    caption: [],
    width: 380,
    height: bars.length * 20,
    labels: bars.map(({ label }) => label),
    values,
    valueLabel: attributionLabel(view),
    ...(errors && { errors }),
    fills: contributionColours(bars, options.colormap),
    hover: hoverOf(bars, [part]),
  };
}
