/** Attribution over the picture that it explains. */

import { wrongType } from "../../check";
import { type DefinedFigure, defineFigure } from "../define-figure";
import type { GridPanel } from "../figure-description";
import { resize } from "../grid";
import type { PanelSize } from "../grid-size";
import { hasInput, isCoarser } from "../part-grids";
import { lightened } from "../photograph";
import { EXAMPLES, gridPanel, type Picture, pictures, seenInput } from "../pictures";

/** Greys begin here: over black no colour of a map could be told from another. */
const DARKEST = "#404040";

/**
 * Attribution over the input: the more it matters, the more opaque.
 *
 * A coarser map, such as Grad-CAM's, is interpolated bilinearly onto the input.
 * Throws when no part has the axes "height" and "width" and an input.
 */
export const overlay: DefinedFigure = defineFigure(
  {
    name: "overlay",
    title: "Overlay",
    shows:
      "Attribution over the input; opacity grows with magnitude. A coarser map, such as Grad-CAM's, shows itself so, interpolated bilinearly. The input is drawn lighter than in a heat map so that colours stay readable.",
    cannotShow: "Small values; and the smoothness of an interpolated map is the drawing's, not the method's.",
    modalities: ["picture", "volume"],
    byDefaultFor: isCoarser,
    examples: EXAMPLES,
    max: "examples (8)",
  },
  (scene) => {
    if (!scene.parts.some(hasInput))
      throw wrongType("overlay", "a part with axes height and width and its input", "none");
    return pictures(scene, overlayPanels, DARKEST);
  },
);

/** Map over input. */
function overlayPanels(picture: Picture, size: PanelSize): GridPanel[] {
  const input = picture.input ?? picture.map;
  const map = resize(picture.map, input.rows, input.columns);
  return [
    {
      ...gridPanel(picture, size),
      rows: input.rows,
      columns: input.columns,
      fields: { input: input.values, map: map.values },
      layers: [
        { field: "input", colour: picture.grey, ...(picture.rgb && { rgb: lightened(picture.rgb) }) },
        { field: "map", colour: picture.colour, opacity: "magnitude" },
      ],
      hover: [
        { label: map === picture.map ? "attribution" : "attribution (interpolated)", field: "map" },
        { label: seenInput(picture), field: "input" },
      ],
    },
  ];
}
