/** Force: what pushes the score up and what pushes it down, on one line. */

import { outOfRange } from "../../check";
import { reducedNotes } from "../cancelling";
import { contributionsOf, hoverOf, signColours } from "../contributions";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { BoxPanel } from "../figure-description";
import { notFiniteNotes } from "../map-scales";
import { exampleOf, zeroNotes } from "../part-grids";
import { readable, shorten, signed } from "../text";
import { textWidth } from "../text-width";

const ENTRIES = 10;
const WIDTH = 600;
const FONT = 11;

/**
 * One line of the score: what adds to it lies left of F(x), and what takes from it right, the largest next to F(x).
 *
 * The left end is F(x) − Σ of what adds, the right end F(x) + Σ of what takes. At most `max` (10) entries, the rest summed.
 * Shows one example: `example` (0). Throws when the map has no score of a baseline.
 */
export const force: DefinedFigure = defineFigure(
  {
    name: "force",
    title: "Force",
    shows:
      "What pushes the score up and what pushes it down, on one line of the score: what adds lies left of F(x), what takes away right of it, the largest beside F(x). Where both are as long, F(x) is F(x′).",
    cannotShow: "Names of short boxes, which hover tells; nor an order in which the model works.",
    modalities: ["table", "text"],
    needs: ["baselineScore"],
    max: "entries (10)",
  },
  ({ view, parts, example, options }) => {
    const score = view.score[example];
    const from = view.baselineScore![example];
    if (!Number.isFinite(score) || !Number.isFinite(from))
      throw outOfRange("force", "finite scores of input and baseline", `${from} and ${score}`);
    const shown = contributionsOf(parts, example, Math.max(2, options.max ?? ENTRIES)).filter(
      ({ value }) => Number.isFinite(value) && value !== 0,
    );
    const [down, up] = signColours([-1, 1], options.colormap);
    let [left, right] = [score, score];
    const placed = shown.map((entry) => {
      const length = Math.abs(entry.value);
      if (entry.value > 0) {
        left -= length;
        return { entry, from: left, to: left + length };
      }
      right += length;
      return { entry, from: right - length, to: right };
    });
    const room = WIDTH / Math.max(right - left, Math.abs(score - from), Number.MIN_VALUE);
    const hover = hoverOf(shown, parts);
    const panel: BoxPanel = {
      kind: "boxes",
      title: "",
      caption: [],
      width: WIDTH,
      height: 68,
      left: placed.map((box) => box.from),
      right: placed.map((box) => box.to),
      top: placed.map(() => 0),
      bottom: placed.map(() => 1),
      xLabel: view.explain,
      yLabel: "",
      fills: shown.map(({ value }) => (value > 0 ? up : down)),
      keys: [
        { name: "adds to the score", fill: up },
        { name: "takes from it", fill: down },
      ],
      texts: placed.map((box) => fitted(box.entry.label, (box.to - box.from) * room - 8)),
      references: [
        { name: `baseline F(x′) = ${readable(from)}`, x: from },
        { name: `F(x) = ${readable(score)}`, x: score },
      ],
      hover: [...hover, { label: "contribution", texts: shown.map(({ value }) => signed(value, 4)) }],
    };
    return {
      rows: [[panel]],
      notes: [
        ...zeroNotes(parts, example),
        ...reducedNotes(parts),
        ...notFiniteNotes(parts.map((part) => exampleOf(part.values, example))),
      ],
    };
  },
);

/** A name shortened to the room in its box; none where not even a few letters would be read. */
function fitted(name: string, room: number): string {
  const width = (text: string): number => textWidth(text, FONT);
  if (width(name) <= room) return name;
  for (let length = name.length - 1; length >= 4; length--) {
    const short = shorten(name, length);
    if (width(short) <= room) return short;
  }
  return "";
}
