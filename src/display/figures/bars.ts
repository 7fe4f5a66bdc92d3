/** Bars of features, signed and sorted by magnitude. */

import { divergingScale, hexAt } from "../colour";
import { type DefinedFigure, defineFigure, type FigureScene } from "../define-figure";
import type { BarPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { partTitle } from "../map-text";
import type { PartView } from "../map-view";
import { modalityOf } from "../modality";
import { entryNames, exampleOf, zeroNotes } from "../part-grids";
import { readable, shortenEntry } from "../text";

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
    max: "bars (20)",
    byDefaultFor: (part) => modalityOf(part) === "table",
  },
  (scene) => {
    const { parts, example, options } = scene;
    const values = parts.map((part) => exampleOf(part.values, example));
    return {
      rows: parts.map((part, i) => [barPanel(scene, part, values[i])]),
      notes: [
        ...(options.max === 1 && values.some((of) => of.length > 1)
          ? ["Only the largest is shown: option max shows more."]
          : []),
        ...zeroNotes(parts, example),
        ...notFiniteNotes(values),
      ],
    };
  },
);

function barPanel({ view, example, options }: FigureScene, part: PartView, values: number[]): BarPanel {
  const names = entryNames(part);
  const sameShape = part.input && part.input.data.length === part.values.data.length;
  const inputs = sameShape && part.input ? exampleOf(part.input, example) : undefined;
  const weight = (i: number) => (Number.isFinite(values[i]) ? Math.abs(values[i]) : Infinity);
  const order = values.map((_, i) => i).sort((a, b) => weight(b) - weight(a) || a - b);
  const most = options.max ?? BARS;
  const kept = order.slice(0, order.length > most ? Math.max(1, most - 1) : most);
  const rest = order.slice(kept.length);
  const bars = kept.map((i) => ({
    name: names[i],
    label: inputs ? `${shortenEntry(names[i], 26)} = ${readable(inputs[i], 3)}` : shortenEntry(names[i], 34),
    value: values[i],
    input: inputs ? readable(inputs[i], 5) : "",
  }));
  if (rest.length > 0 && most > 1) {
    const sum = rest.reduce((total, i) => total + values[i], 0);
    const label = `sum of ${rest.length} others`;
    bars.push({ name: label, label, value: sum, input: "" });
  }
  const colours = divergingScale(1, "", options.colormap);
  return {
    kind: "bars",
    title: partTitle(view, part),
    caption: [],
    width: 380,
    height: bars.length * 20,
    labels: bars.map((bar) => bar.label),
    values: bars.map((bar) => bar.value),
    valueLabel: attributionLabel(view),
    // The length already says how much: the colour only says which way.
    fills: bars.map((bar) => hexAt(colours, Math.sign(bar.value) * 0.7)),
    hover: [
      { label: "feature", texts: bars.map((bar) => bar.name) },
      ...(inputs ? [{ label: "input", texts: bars.map((bar) => bar.input) }] : []),
    ],
  };
}
