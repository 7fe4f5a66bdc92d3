/** Title, score line and notes over and under a figure. */

import type { FigureDescription } from "./figure-description";
import type { FigureOptions } from "./figure-options";
import { scoreText, targetText } from "./map-text";
import type { CompareView, MapView } from "./map-view";
import { samplingNotes } from "./sampling-error";
import { readable } from "./text";

export type FigureHead = Pick<FigureDescription, "title" | "subtitle" | "notes">;

/** The head of a figure that shows these examples of a map. */
export function headOf(view: MapView, examples: readonly number[], options: FigureOptions): FigureHead {
  const [only] = examples;
  const single = examples.length === 1 && only !== undefined;
  const total = view.score.length;
  const place = single && total > 1 ? ` · example ${only}` : "";
  const shownOf = examples.length < total ? `${examples.length} of ${total} examples` : `${total} examples`;
  const hidden = !single && examples.length < total ? total - examples.length : 0;
  return {
    title: options.title ?? `${view.method} · ${single ? targetText(view, only) + place : shownOf}`,
    subtitle: [
      ...(single ? [scoreText(view, only)] : []),
      ...(view.asked && view.asked.length > 0 ? [view.asked.join(" · ")] : []),
    ],
    notes: [
      ...(single && total > 1 && options.example === undefined
        ? [`One of ${total} examples: option example shows another.`]
        : []),
      ...(hidden > 0 ? [`${hidden} more not shown: option max shows more, option example shows one.`] : []),
      ...samplingNotes(view, examples),
      ...view.warnings.map((warning) => `Warning: ${warning}`),
    ],
  };
}

/** The head of a figure that shows one example of several maps. */
export function headOfComparison(view: CompareView, example: number, options: FigureOptions): FigureHead {
  const [first] = view.views;
  const warnings = view.views.flatMap((map, i) =>
    map.warnings.map((warning) => `${view.labels[i]}: ${warning}`),
  );
  const count = `${view.labels.length} method${view.labels.length === 1 ? "" : "s"}`;
  return {
    title: options.title ?? view.title ?? `${count} · ${targetText(first, example)}`,
    subtitle: [`${first.explain} F(x) = ${readable(first.score[example])}`],
    notes: headOf(
      { ...first, parts: first.parts.map(({ standardError: _, ...part }) => part), warnings },
      [example],
      options,
    ).notes,
  };
}
