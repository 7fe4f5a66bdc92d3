/** Distribution: how many entries of a map have which attribution. */

import { ROUNDING, reducedMagnitude, reducedNotes } from "../cancelling";
import { NEUTRAL, signColours } from "../contributions";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BarPanel } from "../figure-description";
import { attributionLabel, notFiniteNotes } from "../map-scales";
import { partTitle } from "../map-text";
import { exampleOf, zeroNotes } from "../part-grids";
import { readable } from "../text";

/** Odd, so that one bin is centred at zero. */
const BINS = 21;

/**
 * A histogram of the map's values, the largest on top, one panel per part: whether few entries carry the map or all do.
 *
 * `max` (21) bins of equal width, symmetric about zero. Shows one example: `example` (0).
 */
export const distribution: DefinedFigure = defineFigure(
  {
    name: "distribution",
    title: "Distribution",
    shows:
      "How many entries have which attribution: a tall bar at zero and long tails mean that few entries carry the map.",
    cannotShow: "Which entries those are, and where they lie.",
    max: "bins (21)",
  },
  ({ view, parts, example, options }) => {
    const values = parts.map((part) => exampleOf(part.values, example));
    const panels = parts.map((part, i): BarPanel => {
      const bins = binsOf(
        values[i].filter(Number.isFinite),
        Math.max(2, options.max ?? BINS),
        ROUNDING * reducedMagnitude(part, example),
      );
      const total = bins.reduce((sum, { count }) => sum + count, 0);
      const signs = signColours(
        bins.map(({ middle }) => middle),
        options.colormap,
      );
      return {
        kind: "bars",
        title: partTitle(view, part),
        caption: [],
        width: 380,
        height: bins.length * 16,
        labels: bins.map(({ middle }) => readable(middle, 3)),
        values: bins.map(({ count }) => count),
        valueLabel: "entries",
        // Zero is the colour of paper, which would glare on a dark page.
        fills: signs.map((fill, bin) => (bins[bin].middle === 0 ? NEUTRAL : fill)),
        hover: [
          {
            label: attributionLabel(view),
            texts: bins.map(({ from, to }) => `${readable(from, 4)} to ${readable(to, 4)}`),
          },
          {
            label: "share",
            texts: bins.map(({ count }) => `${readable((100 * count) / Math.max(1, total))} %`),
          },
        ],
      };
    });
    return {
      rows: panels.map((panel) => [panel]),
      notes: [...reducedNotes(parts), ...zeroNotes(parts, example), ...notFiniteNotes(values)],
    };
  },
);

/** Bins of equal width about zero, as far as the largest value or `least`, the largest values first; the middle one of an odd number is exactly at zero. */
function binsOf(
  values: ArrayLike<number>,
  count: number,
  least: number,
): { readonly from: number; readonly to: number; readonly middle: number; readonly count: number }[] {
  const reach = Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), least) || 1;
  const width = (2 * reach) / count;
  const counts = new Array<number>(count).fill(0);
  for (const value of Array.from(values))
    counts[Math.min(count - 1, Math.floor((value + reach) / width))] += 1;
  return counts
    .map((entries, bin) => {
      const from = -reach + bin * width;
      // Rounding leaves the middle a hair beside zero.
      const middle = 2 * bin + 1 === count ? 0 : from + width / 2;
      return { from, to: from + width, middle, count: entries };
    })
    .reverse();
}
