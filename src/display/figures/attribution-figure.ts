import type { ColourScale } from "../colour";
import type { Figure } from "../figure";
import type { FigureDescription } from "../figure-description";
import type { FigureOptions } from "../figure-options";
import { type MapView, type PartView, type Viewable, viewOf } from "../map-view";
import { drawingOf } from "../panels";
import { isSpatial } from "../part-grids";
import { describeBars } from "./bars";
import { describeHeatmap } from "./heatmap";
import { describeLine } from "./line";
import { examplesToShow, headOfOne, mapFigure } from "./map-figure";
import { describeTokens } from "./tokens";

/**
 * The figure that suits a map's axes: pictures as a heat map, tokens as text, sequences as lines, the rest as bars.
 * Several inputs are stacked.
 */
export function attributionFigure(map: Viewable, options: FigureOptions = {}): Figure {
  const view = viewOf("attributionFigure", map);
  examplesToShow("attributionFigure", view, options, 1);
  const kinds = new Set(view.parts.map(describerOf));
  const [only] = kinds;
  const description = kinds.size === 1 && only ? only(view, options) : stack(view, options);
  return mapFigure(view, description, options);
}

type Describe = (view: MapView, options: FigureOptions) => FigureDescription;

function describerOf(part: PartView): Describe {
  if (isSpatial(part)) return describeHeatmap;
  if (part.axes[0] === "token") return describeTokens;
  return part.axes[0] === "time" ? describeLine : describeBars;
}

// Parts of different kinds cannot share a batch grid: one example, one part under the other.
function stack(view: MapView, options: FigureOptions): FigureDescription {
  const chosen = { ...options, example: options.example ?? 0 };
  const figures = view.parts.map((part, i) => {
    const figure = describerOf(part)({ ...view, parts: [part] }, chosen);
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
  const common = headOfOne(view, chosen.example, options).notes;
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

/** The diverging scales with the limit of the widest; greys stay. */
function withOneLimit(colours: Record<string, ColourScale>): Record<string, ColourScale> {
  const maps = Object.values(colours).filter(
    (scale) => scale.kind === "diverging" && scale.constant === undefined,
  );
  if (maps.length === 0) return colours;
  const limit = Math.max(...maps.map((scale) => scale.high));
  const widened = ({ constant, ...scale }: ColourScale): ColourScale =>
    scale.kind === "diverging" && !Number.isNaN(constant)
      ? { ...scale, low: -limit, high: limit }
      : { ...scale, ...(constant !== undefined && { constant }) };
  return Object.fromEntries(Object.entries(colours).map(([name, scale]) => [name, widened(scale)]));
}
