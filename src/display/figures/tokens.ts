/** Tokens of a text as coloured boxes. */

import { cancellingNotes, isLength, largestSum, reducedMagnitude, reducedNotes } from "../cancelling";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { StripPanel } from "../figure-description";
import { attributionLabel, mapScales } from "../map-scales";
import { partTitle } from "../map-text";
import type { PartView } from "../map-view";
import { exampleOf } from "../part-grids";
import { shorten } from "../text";
import { textWidth } from "../text-width";

const WIDTH = 600;
const BOX_HEIGHT = 24;
const GAP = 4;
const FONT_SIZE = 12;

/**
 * The tokens of a text as boxes, coloured by attribution and wrapped like text.
 *
 * Further axes, such as an embedding's, are summed with their sign. Shows one example: `example` (0).
 * Throws when no part begins with the axis "token".
 */
export const tokens: DefinedFigure = defineFigure(
  {
    name: "tokens",
    title: "Tokens",
    shows:
      "Tokens as coloured boxes, wrapped like text; line ends and tabs are written as escapes, blanks between quotes. Further axes, such as an embedding's, are summed with their sign.",
    cannotShow: "Which embedding dimension mattered; and tokens longer than 40 characters are shortened.",
    modalities: ["text"],
    byDefaultFor: () => true,
  },
  ({ view, parts, example, options }) => {
    const values = parts.map((part) => tokenValues(part, example));
    const magnitudes = parts.map((part) => tokenValues(part, example, Math.abs));
    const scales = mapScales(values, attributionLabel(view), options, {
      sums: parts.map((part, i) => Math.max(largestSum(magnitudes[i]), reducedMagnitude(part, example))),
      lengths: parts.map(isLength),
    });
    return {
      rows: parts.map((part, i): StripPanel[] => {
        const boxes = layOut(tokenNames(part, example, values[i].length), values[i]);
        const last = boxes.at(-1);
        return [
          {
            kind: "strip",
            title: partTitle(view, part),
            caption: [],
            width: WIDTH,
            height: last ? last.y + last.height : BOX_HEIGHT,
            boxes,
            colour: scales.names[i],
            legend: scales.names.indexOf(scales.names[i]) === i,
          },
        ];
      }),
      colours: scales.colours,
      notes: [
        ...reducedNotes(parts),
        ...cancellingNotes(
          values.map((of, i) => ({ values: of, magnitudes: magnitudes[i] })),
          "over the further axes of tokens",
        ),
        ...scales.notes,
      ],
    };
  },
);

/** Signed sums over the further axes of each token, or sums of what a function makes of their entries. */
function tokenValues(part: PartView, example: number, of: (value: number) => number = Number): number[] {
  const values = exampleOf(part.values, example).map(of);
  const count = part.values.shape[1];
  const depth = values.length / count;
  return Array.from({ length: count }, (_, t) =>
    values.slice(t * depth, (t + 1) * depth).reduce((sum, v) => sum + v, 0),
  );
}

function tokenNames(part: PartView, example: number, count: number): string[] {
  const names = part.words?.[example] ?? part.labels;
  return Array.from({ length: count }, (_, i) => visible(names?.[i] ?? `#${i}`));
}

/** A token as it can be seen: line ends and tabs as escapes, blanks alone and nothing between quotes. */
function visible(token: string): string {
  if (/^ *$/.test(token)) return `"${token}"`;
  return token.replaceAll("\n", "\\n").replaceAll("\r", "\\r").replaceAll("\t", "\\t");
}

function layOut(names: string[], values: number[]): StripPanel["boxes"] {
  let x = 0;
  let y = 0;
  return names.map((name, i) => {
    const text = shorten(name, 40);
    const width = Math.min(WIDTH, Math.max(18, textWidth(text, FONT_SIZE) + 12));
    if (x > 0 && x + width > WIDTH) {
      x = 0;
      y += BOX_HEIGHT + GAP;
    }
    const box = { text, value: values[i], x, y, width, height: BOX_HEIGHT };
    x += width + GAP;
    return box;
  });
}
