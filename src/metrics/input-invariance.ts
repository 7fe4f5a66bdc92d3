/** Input invariance: whether the map stays when the input is shifted and the model undoes the shift. */
import { checkNumber } from "../check";
import { asModel } from "../engine";
import type { TensorFunction } from "../model/score";
import { mapped } from "../tensor";
import { defineMetric } from "./define-metric";
import { differenceOf, lengthOf } from "./measuring/association";
import { inputsOf, mapsAt, movableInputs, rowsOfMap } from "./measuring/maps-again";
import type { Metric } from "./metric";

/** Options of `inputInvariance`. */
export interface InputInvarianceOptions {
  /** What is added to every entry, in the input's unit. */
  readonly shift: number;
}

/**
 * ‖φ′(x + s) − φ(x)‖ / ‖φ(x)‖, φ′ being the map of a model that takes s away first and so computes the same. Undefined for a map of
 * zeros. A baseline stays where it is: a method that compares with one answers another question then.
 *
 * Kindermans et al.: The (Un)reliability of saliency methods (2017), arXiv 1711.00867.
 */
export const inputInvariance: Metric<InputInvarianceOptions> = defineMetric<InputInvarianceOptions>(
  {
    name: "inputInvariance",
    paper: "Kindermans et al. 2017, arXiv 1711.00867",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    needs: ["model", "method"],
    shows: "0: a constant shift that changes nothing for the model changes nothing in the map.",
    cannotShow:
      "A method that compares with a fixed baseline depends on the shift by design: a baseline that shifts along does not.",
    options: {
      shift: { default: -1, check: (fn, given) => checkNumber(fn, "shift", given, Number.NEGATIVE_INFINITY) },
    },
  },
  async (measured) => {
    const fn = "inputInvariance";
    const { model, options, map } = measured;
    movableInputs(fn, measured);
    const { inputs: facts } = model;
    const shifted = inputsOf(fn, measured).map((x, i) =>
      facts[i].dtype === "float32" ? mapped(x, (value) => value + options.shift) : x,
    );
    const before: TensorFunction = model.facts.preprocess ?? ((x) => x);
    const undone = asModel(model, { preprocess: (x) => before(x.sub(options.shift)) });
    const own = rowsOfMap(map);
    const [moved] = await mapsAt(fn, measured, [shifted], undone);
    return own.map((values, example) => {
      const length = lengthOf(values);
      return length === 0 ? undefined : lengthOf(differenceOf(moved[example], values)) / length;
    });
  },
);
