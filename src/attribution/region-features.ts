/** Features that are regions of positions: superpixels of each example by itself, or cells of a coarse grid. */
import { sizeOf } from "../tensor";
import { explainedInputs, type Features, featuresNumbered } from "./features";
import { onChannels, pictureAt, positionsAt } from "./pictures";
import type { Problem } from "./problem";
import { SLIC_DEFAULTS, slicLabels } from "./segmentation";

/** Superpixels of each example, about `segments`; tokens and the entries of lists one by one. */
export function superpixelFeatures(p: Problem<unknown>, segments: number): Features[] {
  const options = { ...SLIC_DEFAULTS, segments };
  return Array.from({ length: p.examples }, (_, row) =>
    regionFeatures(p, (place) => slicLabels(pictureAt(p, place, row), options)),
  );
}

/** Cells of a grid, `cells` along each axis of positions or as many as there are; tokens and the entries of lists one by one. */
export function cellFeatures(p: Problem<unknown>, cells: number): Features {
  return regionFeatures(p, (place) => {
    const positions = positionsAt(p, place);
    return Int32Array.from({ length: sizeOf(positions) }, (_, i) => {
      let [cell, rest, stride] = [0, i, 1];
      for (let axis = positions.length - 1; axis >= 0; axis--) {
        const [extent, count] = [positions[axis], Math.min(cells, positions[axis])];
        cell += Math.floor(((rest % extent) * count) / extent) * stride;
        rest = Math.floor(rest / extent);
        stride *= count;
      }
      return cell;
    });
  });
}

/** Features by the label of each position, the same for all channels. */
function regionFeatures(p: Problem<unknown>, labelsAt: (place: number) => Int32Array): Features {
  const inputs = explainedInputs(p);
  let count = 0;
  const numbers = inputs.shapes.map((shape, i) => {
    const place = inputs.owners.indexOf(inputs.distinct[i]);
    const first = count;
    const isList = p.isLookUp(p.places[place]) || shape.length < 2;
    const own = isList
      ? Int32Array.from({ length: sizeOf(shape) }, (_, k) => k)
      : onChannels(p, place, labelsAt(place));
    count += own.reduce((most, label) => Math.max(most, label), 0) + 1;
    return own.map((label) => first + label);
  });
  return featuresNumbered(p, inputs, { count, numbers });
}
