/** Class grid: pictures down, classes across. */

import { greyScale } from "../colour";
import { type DefinedFigure, defineFigure, type FigureScene } from "../define-figure";
import type { GridPanel } from "../figure-description";
import type { Grid } from "../grid";
import { panelSize } from "../grid-size";
import { attributionLabel, mapScales } from "../map-scales";
import type { PartView } from "../map-view";
import { gridOf, hasInput, inputName, isCoarser, summedNotes } from "../part-grids";
import { photographOf } from "../photograph";
import { readable } from "../text";

const CLASSES = 5;
const PICTURES = 4;
const ROOM = 104;

/**
 * Maps of several classes beside each picture: a row per picture, a column per class, all on one scale.
 *
 * Give an array of maps of the same pictures, one per class, or a batch with one target per example. At most `max` (5)
 * classes and four pictures. Throws when no part has the axes "height" and "width".
 */
export const classGrid: DefinedFigure = defineFigure(
  {
    name: "classGrid",
    title: "Grid of classes",
    shows:
      "Maps of several classes beside each picture, all on one scale: what speaks for one class and against another. Made of an array of maps of the same pictures, one per class, or of a batch with a target per example.",
    cannotShow: "Classes that were not asked for; a map of one class says nothing of the others.",
    modalities: ["picture"],
    examples: Number.POSITIVE_INFINITY,
    max: "classes (5)",
    defaults: { scale: "shared" },
  },
  (scene) => {
    const [part] = scene.parts;
    const { view, options } = scene;
    const classes = [...new Set(view.target)].slice(0, options.max ?? CLASSES);
    const shown = picturesOf(scene, part);
    const pictures = shown.slice(0, PICTURES);
    const cells = pictures.map((examples) =>
      classes.map((name) => examples.find((example) => view.target[example] === name)),
    );
    const drawn = cells.flat().filter((example) => example !== undefined);
    const grids = new Map(drawn.map((example) => [example, gridOf(part.values, part.axes, example, "sum")]));
    const scales = mapScales(
      [...grids.values()].map(({ values }) => values),
      attributionLabel(view),
      options,
    );
    const colourOf = new Map([...grids.keys()].map((example, i) => [example, scales.names[i]]));
    const seen = hasInput(part);
    const inputs = pictures.map(([example]) =>
      seen ? gridOf(part.input, part.axes, example, "mean") : undefined,
    );
    const size = panelSize(inputs[0] ?? grids.get(drawn[0])!, ROOM, ROOM);
    const first = new Set<string>();
    const rows = pictures.map((examples, row) => {
      const input = inputs[row];
      const rgb = photographOf(part, examples[0])?.rgb;
      const panel = (grid: Grid, title: string, caption: string[], legend: boolean) =>
        ({
          kind: "grid",
          title,
          caption,
          ...size,
          rows: grid.rows,
          columns: grid.columns,
          legend,
          fullHover: options.hover === "full",
        }) as const;
      const panels: GridPanel[] = input
        ? [
            {
              ...panel(input, row === 0 ? inputName(part) : "", [" "], false),
              fields: { input: input.values },
              layers: [{ field: "input", colour: "input", ...(rgb && { rgb }) }],
              hover: [{ label: inputName(part), field: "input" }],
            },
          ]
        : [];
      for (const [c, example] of cells[row].entries()) {
        const grid = example === undefined ? undefined : grids.get(example);
        if (example === undefined || !grid) continue;
        const colour = colourOf.get(example)!;
        const legend = !first.has(colour);
        first.add(colour);
        panels.push({
          ...panel(grid, row === 0 ? classes[c] : "", [`F(x) = ${readable(view.score[example])}`], legend),
          fields: { map: grid.values },
          layers: [{ field: "map", colour }],
          hover: [{ label: "attribution", field: "map" }],
        });
      }
      return panels;
    });
    const hidden = new Set(view.target).size - classes.length;
    return {
      rows,
      colours: {
        ...scales.colours,
        ...(seen && {
          input: greyScale(
            inputs.flatMap((grid) => grid?.values ?? []),
            inputName(part),
            { ink: part.ink },
          ),
        }),
      },
      notes: [
        ...(hidden > 0 ? [`${hidden} classes not shown: option max shows more.`] : []),
        ...(shown.length > pictures.length ? [`${shown.length - pictures.length} pictures not shown.`] : []),
        ...(isCoarser(part) ? ["Maps are coarser than the picture beside them."] : []),
        ...summedNotes([part]),
        ...scales.notes,
      ],
    };
  },
);

/** Examples of the same picture, in the order in which pictures come. */
function picturesOf({ view }: FigureScene, part: PartView): number[][] {
  const all = view.score.map((_, example) => example);
  const { input } = part;
  if (!input || input.shape[0] !== view.score.length) {
    const classes = new Set(view.target).size;
    const count = Math.ceil(all.length / classes);
    return Array.from({ length: count }, (_, row) => all.filter((example) => example % count === row));
  }
  const size = input.data.length / input.shape[0];
  const same = (a: number, b: number): boolean => {
    for (let i = 0; i < size; i++) if (input.data[a * size + i] !== input.data[b * size + i]) return false;
    return true;
  };
  const pictures: number[][] = [];
  for (const example of all) {
    const known = pictures.find(([first]) => same(first, example));
    if (known) known.push(example);
    else pictures.push([example]);
  }
  return pictures;
}
