/** Sources of figures: one map, or several that are compared. */

import { outOfRange, wrongType } from "../check";
import { type FigureHead, headOf, headOfComparison } from "./figure-head";
import type { FigureOptions } from "./figure-options";
import { mapText, targetText } from "./map-text";
import {
  type ComparedMaps,
  type CompareView,
  comparisonOf,
  type MapView,
  type PartView,
  type Viewable,
  viewOf,
} from "./map-view";

/** For each source: what a caller gives, and what a figure sees of it. */
export interface FigureSources {
  map: { given: Viewable | readonly Viewable[]; view: MapView };
  comparison: { given: ComparedMaps; view: CompareView };
}

export type FigureSource = keyof FigureSources;

/** Reading of a source: its view, its parts, its head. */
interface SourceReader<Of extends FigureSource> {
  /** The view of what was given, checked. */
  read(fn: string, given: FigureSources[Of]["given"], options: FigureOptions): FigureSources[Of]["view"];
  maps(view: FigureSources[Of]["view"]): readonly MapView[];
  /** Candidates for what the figure draws. */
  parts(view: FigureSources[Of]["view"]): PartView[];
  head(view: FigureSources[Of]["view"], examples: readonly number[], options: FigureOptions): FigureHead;
  /** One line for terminals. */
  text(view: FigureSources[Of]["view"], fn: string, example: number): string;
}

const READERS: { readonly [Of in FigureSource]: SourceReader<Of> } = {
  map: {
    read: (fn, given) => viewOf(fn, given),
    maps: (view) => [view],
    parts: (view) => view.parts,
    head: headOf,
    text: mapText,
  },
  comparison: {
    read: checkedComparison,
    maps: ({ views }) => views,
    parts: ({ views }) => views.map((map) => map.parts[0]),
    head: (view, [example], options) => headOfComparison(view, example, options),
    text: ({ views, labels }, fn, example) =>
      `${fn} · ${labels.join(", ")} · ${targetText(views[0], example)}`,
  },
};

/** The reader of a source. */
export function readerOf<Of extends FigureSource>(source: Of): SourceReader<Of> {
  return READERS[source];
}

function checkedComparison(fn: string, given: ComparedMaps, options: FigureOptions): CompareView {
  const view = comparisonOf(fn, given, options.example ?? 0);
  const count = view.views.length;
  if (count === 0) throw wrongType(fn, "at least one map", "none");
  const lengths: [string, number][] = [
    ["labels", view.labels.length],
    ["magnitudes", view.magnitudes.length],
    ...view.checks.map(({ label, values }): [string, number] => [
      `values of check "${label}"`,
      values.length,
    ]),
  ];
  for (const [name, length] of lengths)
    if (length !== count) throw outOfRange(fn, `${count} ${name}, one per map`, `${length}`);
  return view;
}
