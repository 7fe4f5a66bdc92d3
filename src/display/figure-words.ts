/** A figure in words, for those who do not see it. */

import type { FigureDescription } from "./figure-description";
import { drawingOf } from "./panels";
import { shown } from "./text";

/** Title, scores, what each panel shows, and the sentences under it: made of the numbers. */
export function figureInWords(figure: FigureDescription): string {
  const panels = figure.rows.flat().map((panel) => drawingOf(panel).inWords(panel, figure));
  return [
    ...[figure.title, ...figure.subtitle].filter(Boolean).map((line) => `${line}.`),
    ...panels,
    ...figure.notes,
  ]
    .filter(Boolean)
    .map(shown)
    .join(" ");
}
