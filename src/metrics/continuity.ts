/** Continuity: how steeply a map changes as the input is moved step by step. */

import { axesOf } from "../model/baseline";
import type { Batch } from "../model/model";
import { type NdArray, rowRanges, rowSize, sizeOf } from "../tensor";
import { defineMetric } from "./define-metric";
import { differenceOf, lengthOf } from "./measuring/association";
import { inputsOf, movableInputs } from "./measuring/maps-again";
import { neighboursAt } from "./measuring/neighbourhood";
import { positionsOf } from "./measuring/neighbours";
import { whole } from "./measuring/option-rules";
import type { Metric } from "./metric";

/** Options of `continuity`. */
export interface ContinuityOptions {
  /** Translations: by one position, by two, and so on, along the last axis of positions. */
  readonly steps: number;
}

/**
 * max ‖φ(x) − φ(x′)‖₁ / ‖x − x′‖₂ over translations x′ of x along its last axis of positions, what comes in being the example's
 * smallest value; the target stays that of x. Unit: that of the map over that of the input. Undefined where no axis has positions.
 *
 * Montavon, Samek, Müller: Methods for Interpreting and Understanding Deep Neural Networks (2018), arXiv 1706.07979.
 */
export const continuity: Metric<ContinuityOptions> = defineMetric<ContinuityOptions>(
  {
    name: "continuity",
    paper: "Montavon et al. 2018, arXiv 1706.07979",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    needs: ["model", "method"],
    shows: "How much the map changes per change of the input, at worst, as the example is translated.",
    cannotShow:
      "A map that moves along with the object changes at every entry; maps of different units do not compare.",
    options: { steps: whole("steps", 4) },
  },
  async (measured) => {
    const inputs = inputsOf("continuity", measured);
    const movable = movableInputs("continuity", measured);
    const { model, options, examples } = measured;
    const axes = inputs.map((x, i) => positionsOf(axesOf(model.inputs[i], x)).pop());
    if (!movable.some((i) => axes[i] !== undefined)) return new Array<undefined>(examples).fill(undefined);
    const copies = Array.from(
      { length: options.steps },
      (_, k): Batch =>
        inputs.map((x, i) => {
          const axis = axes[i];
          return axis === undefined || !movable.includes(i) ? x : translated(x, axis, k + 1);
        }),
    );
    const { neighbours } = await neighboursAt("continuity", measured, inputs, copies, movable);
    return neighbours.map((ofExample) => {
      const ratios = ofExample.flatMap(({ map, moved, x, xMoved }) => {
        const distance = lengthOf(differenceOf(xMoved, x));
        const change = differenceOf(moved, map).reduce((sum, value) => sum + Math.abs(value), 0);
        return distance === 0 ? [] : [change / distance];
      });
      return ratios.length === 0 ? undefined : Math.max(...ratios);
    });
  },
);

/** An array moved along an axis of its examples. */
function translated(x: NdArray, axis: number, by: number): NdArray {
  const shape = x.shape.slice(1);
  const stride = sizeOf(shape.slice(axis + 1));
  const lowest = rowRanges(x).map(({ min }) => min);
  const data = x.data.map((_, i) => {
    const at = Math.floor(i / stride) % shape[axis];
    return at < by ? lowest[Math.floor(i / rowSize(x))] : x.data[i - by * stride];
  });
  return { data, shape: x.shape };
}
