/** Heat maps of pictures. */

import { type DefinedFigure, defineFigure } from "../define-figure";
import type { GridPanel } from "../figure-description";
import type { Grid } from "../grid";
import type { PanelSize } from "../grid-size";
import { hasManyChannels, inputName, isCoarser, isVolume } from "../part-grids";
import { EXAMPLES, gridPanel, type Picture, pictures, seenInput } from "../pictures";

/**
 * Heat map of a picture's attribution: the input beside the map in signed colours.
 *
 * Channels are summed with their sign. A batch becomes a grid of at most `max` (8) examples.
 * Above 64×64 the map is a picture with hover cells that show means of pixels.
 * Throws when no part has the axes "height" and "width".
 */
export const heatmap: DefinedFigure = defineFigure(
  {
    name: "heatmap",
    title: "Heat map",
    shows:
      "The input, in colour or in greys (dark is low), or a layer's activation, beside its attribution. Channels are summed with their sign, and so are the slices of a volume. A batch becomes a grid of examples.",
    cannotShow:
      "Which colour channel mattered, since opposite signs cancel in the sum; and differences among the strongest cells of a large map, of which 1 % lie beyond full colour (`clip`). A heat map says nothing about whether the attribution is right.",
    modalities: ["picture", "volume"],
    byDefaultFor: (part) => !isCoarser(part) && !isVolume(part) && !hasManyChannels(part),
    examples: EXAMPLES,
    max: "examples (8)",
  },
  (scene) => pictures(scene, pairPanels),
);

/** Input beside map. */
function pairPanels(picture: Picture, size: PanelSize): GridPanel[] {
  const { map, input } = picture;
  const sameSize = input && input.rows === map.rows && input.columns === map.columns;
  const panels: GridPanel[] = [];
  if (input) panels.push(inputPanel(picture, input, size));
  panels.push({
    ...gridPanel(picture, size),
    rows: map.rows,
    columns: map.columns,
    title: "",
    fields: {
      map: map.values,
      ...(sameSize && { input: input.values }),
      ...(picture.errors && { error: picture.errors }),
    },
    layers: [{ field: "map", colour: picture.colour }],
    hover: [
      { label: "attribution", field: "map" },
      ...(sameSize ? [{ label: inputName(picture.part), field: "input" }] : []),
      ...(picture.errors ? [{ label: "standard error", field: "error" }] : []),
    ],
  });
  return panels;
}

function inputPanel(picture: Picture, input: Grid, size: PanelSize): GridPanel {
  return {
    ...gridPanel(picture, size),
    rows: input.rows,
    columns: input.columns,
    fields: { input: input.values },
    layers: [{ field: "input", colour: picture.grey, ...(picture.rgb && { rgb: picture.rgb }) }],
    hover: [{ label: seenInput(picture), field: "input" }],
    legend: picture.inputLegend && !picture.rgb,
  };
}
