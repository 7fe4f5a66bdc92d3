/** The figure of a map: the one that is asked for by name, or the one that suits its parts. */

import { checkOptions, unknownName } from "../check";
import type { ColourScale } from "./colour";
import { type AnyFigure, type DefinedFigure, isFigure } from "./define-figure";
import { Figure } from "./figure";
import type { FigureDescription } from "./figure-description";
import { headOf } from "./figure-head";
import { checkFigureOptions, FIGURE_OPTIONS, type FigureOptions } from "./figure-options";
import * as members from "./figures";
import { mapText } from "./map-text";
import { type MapView, type Viewable, viewOf } from "./map-view";
import { MAP_NEEDS, modalityOf } from "./modality";
import { drawingOf } from "./panels";

/** All figures, in the order of their names. */
export const FIGURES: readonly AnyFigure[] = Object.values<unknown>(members)
  .filter(isFigure)
  .sort((a, b) => (a.meta.name < b.meta.name ? -1 : 1));

type Members = typeof members;

/** Names of the figures of one map. */
export type FigureName = {
  [Name in keyof Members]: Members[Name] extends DefinedFigure<infer _, "map"> ? Name : never;
}[keyof Members];

/** Options of the figure of this name. */
export type OptionsOf<Name extends FigureName> = NonNullable<Parameters<Members[Name]>[1]>;

const OF_MAPS = FIGURES.filter((figure): figure is DefinedFigure<object> => figure.meta.of === "map");

/** Those by which a map shows itself: the more a figure needs of a map, the sooner it is chosen. */
const DEFAULTS = [...OF_MAPS].sort((a, b) => b.meta.needs.length - a.meta.needs.length);

/** The figure of this name, of a map. Throws a RangeError that lists the names when there is none. */
export function namedFigure<Name extends FigureName>(
  map: Viewable,
  name: Name,
  options?: OptionsOf<Name>,
): Figure {
  const found = OF_MAPS.find(({ meta }) => meta.name === name);
  if (found) return found(map, options);
  const names = OF_MAPS.map(({ meta }) => meta.name);
  throw unknownName("figure", "the name of a figure", name, names);
}

/**
 * The figure that suits a map: its accumulation where it keeps its path, pictures as a heat map, tokens as text,
 * sequences as lines, the rest as bars. Several inputs of different kinds are stacked.
 */
export function attributionFigure(map: Viewable, options: FigureOptions = {}): Figure {
  const fn = "attributionFigure";
  checkOptions(fn, options, FIGURE_OPTIONS);
  const view = viewOf(fn, map);
  checkFigureOptions(fn, options, view.score.length);
  const figure = figureFor(view);
  if (figure) return figure(view, options);
  const { renderer = "vega-lite", theme } = options;
  return new Figure(stack(view, options), { renderer, text: mapText(view), ...(theme && { theme }) });
}

/** The figure that suits all parts of a map, if one does. */
function figureFor(view: MapView): DefinedFigure<object> | undefined {
  return DEFAULTS.find(
    ({ meta }) =>
      meta.needs.every((need) => MAP_NEEDS[need].has(view)) &&
      view.parts.every((part) => meta.modalities.includes(modalityOf(part)) && meta.byDefaultFor(part)),
  );
}

// Parts of different kinds cannot share a batch grid: one example, one part under the other.
function stack(view: MapView, options: FigureOptions): FigureDescription {
  const example = options.example ?? 0;
  const figures = view.parts.map((part, i) => {
    const only = { ...view, parts: [part] };
    const figure = figureFor(only)!.describe(only, { ...options, example });
    const colourName = (name: string) => `part${i}_${name}`;
    const colours = Object.fromEntries(
      Object.entries(figure.colours).map(([n, scale]) => [colourName(n), scale]),
    );
    const rows = figure.rows.map((row) =>
      row.map((panel) => drawingOf(panel).recoloured({ ...panel }, colourName)),
    );
    const first = rows[0]?.[0];
    if (first) first.title = [`input ${part.name}`, first.title].filter(Boolean).join(" · ");
    return { ...figure, rows, colours };
  });
  const colours: Record<string, ColourScale> = Object.assign({}, ...figures.map((figure) => figure.colours));
  const common = headOf(view, [example], options).notes;
  const ofParts = figures.flatMap((figure, i) =>
    figure.notes
      .filter((note) => !common.includes(note))
      .map((note) => `input ${view.parts[i].name}: ${note}`),
  );
  return {
    title: figures[0].title,
    subtitle: figures[0].subtitle,
    notes: [...common, ...ofParts],
    rows: figures.flatMap((figure) => figure.rows),
    colours: options.scale === "shared" ? withOneLimit(colours) : colours,
  };
}

/** The scales of maps with the limit of the widest; greys stay. */
function withOneLimit(colours: Record<string, ColourScale>): Record<string, ColourScale> {
  const maps = Object.values(colours).filter(
    (scale) => scale.kind !== "grey" && scale.constant === undefined,
  );
  if (maps.length === 0) return colours;
  const limit = Math.max(...maps.map((scale) => scale.high));
  const widened = ({ constant, ...scale }: ColourScale): ColourScale =>
    scale.kind !== "grey" && !Number.isNaN(constant)
      ? { ...scale, low: scale.kind === "diverging" ? -limit : 0, high: limit }
      : { ...scale, ...(constant !== undefined && { constant }) };
  return Object.fromEntries(Object.entries(colours).map(([name, scale]) => [name, widened(scale)]));
}
