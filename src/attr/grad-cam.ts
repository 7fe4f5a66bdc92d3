/** Grad-CAM (Selvaraju et al. 2017). */
import { defineMethod, type Method } from "../attribution";
import type { Problem } from "../attribution/problem";
import { outOfRange } from "../check";
import { axesOf } from "../model/baseline";
import type { Axis, Batch, Model } from "../model/model";
import type { Place } from "../model/place";
import { axisLast, filled, type NdArray, sizeOf } from "../tensor";
import { optionTrueOrFalse } from "./option-rules";

/** Options of `gradCam`. */
export interface GradCamOptions {
  /** Keep only what speaks for the target, as the paper's picture does. Default false: signed, as in Captum. */
  readonly relu: boolean;
}

/**
 * Grad-CAM: where in a layer lie the features that speak for the target.
 *
 * L = Σ_c w_c A_c with w_c = mean over positions of ∂F/∂A_c; with `relu: true`, max(0, L).
 *
 * At the last convolution layer unless `layer` is given. Shape: the layer's positions, one channel; unit: score per
 * position, up to a factor. Coarse by nature; it is drawn over the input. Channels are the last axis, or the one that
 * the layer's data format says; map and input are then turned to channels last.
 * @throws RangeError naming candidates when the model has no convolution layer and none was named.
 *
 * Selvaraju et al.: Grad-CAM (2017), arXiv 1610.02391.
 */
export const gradCam: Method<GradCamOptions> = defineMethod<GradCamOptions>(
  {
    name: "gradCam",
    paper: "Selvaraju et al. 2017, arXiv 1610.02391",
    axioms: ["linearity"],
    defaultLayer: lastConvolution,
    quantity: () => "class activation for",
    whenZero: "no feature of the layer speaks for the target, or its gradient is zero",
    options: { relu: optionTrueOrFalse("relu", false) },
  },
  async (problem) => {
    const gradients = await problem.gradient();
    const maps = problem.places.map((place, p) => mapAt(problem, place, p, gradients[p]));
    const beneath = maps.map(({ input }) => input);
    return {
      values: maps.map(({ values }) => values),
      axes: maps.map(({ axes }) => axes),
      ...(beneath.every((input) => input !== undefined)
        ? { input: (inputs) => beneath.map((input) => input(inputs)) }
        : {}),
    };
  },
);

/** The map of the values at one place, and the input that it lies over, if any. */
function mapAt(
  problem: Problem<GradCamOptions>,
  place: Place,
  p: number,
  slopes: NdArray,
): {
  values: NdArray;
  axes: readonly Axis[];
  input: ((inputs: Batch) => NdArray) | undefined;
} {
  const x = problem.x[p];
  const axis = problem.channelAxis(place) ?? x.shape.length - 1;
  const activations = axisLast(x, axis);
  const gradient = axisLast(slopes, axis);
  const examples = activations.shape[0];
  const channels = activations.shape[activations.shape.length - 1];
  const positions = sizeOf(activations.shape.slice(1, -1));
  if (activations.shape.length < 3)
    problem.warn("the layer has no positions: its map is one number per example");
  const map = filled([...activations.shape.slice(0, -1), 1], 0);
  for (let b = 0; b < examples; b++) {
    const at = (position: number, channel: number): number => (b * positions + position) * channels + channel;
    for (let c = 0; c < channels; c++) {
      let weight = 0;
      for (let p = 0; p < positions; p++) weight += gradient.data[at(p, c)] / positions;
      for (let p = 0; p < positions; p++) {
        const i = b * positions + p;
        map.data[i] += weight * activations.data[at(p, c)];
      }
    }
  }
  if (problem.options.relu)
    map.data.forEach((value, i) => {
      map.data[i] = Math.max(0, value);
    });
  // The map lies over the input that has as many axes as the layer: an image for a 2-d convolution.
  const beneath = problem.inputs.findIndex((input) => input.shape.length === activations.shape.length);
  const beneathAxis = problem.channelAxis({ input: beneath }) ?? axis;
  const axes = axesOf({ name: "", dtype: "float32" }, map).map(
    (axis): Axis => (axis === "feature" ? "unit" : axis),
  );
  return {
    values: map,
    axes,
    input: beneath < 0 ? undefined : (inputs) => axisLast(inputs[beneath], beneathAxis),
  };
}

/** The last convolution: deep enough to know the classes, and still with positions. */
function lastConvolution(fn: string, model: Model): string {
  const convolutions = model.layers.filter(
    (layer) => /conv/i.test(layer.kind) && !/backprop/i.test(layer.kind),
  );
  const last = convolutions[convolutions.length - 1];
  if (last) return last.name;
  const spatial = model.layers.filter((layer) => (layer.shape?.length ?? 0) >= 3);
  const candidates = (spatial.length > 0 ? spatial : model.layers)
    .map((layer) => JSON.stringify(layer.name))
    .slice(-8);
  throw outOfRange(
    fn,
    "layer to be named for a model without convolutions",
    `none (candidates: ${candidates.join(", ") || "none; mark one by tap(name, value)"})`,
  );
}
