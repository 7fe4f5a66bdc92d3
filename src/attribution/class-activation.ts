/** Shared parts of class activation maps: the layer they live at, its channels, and the input they lie over. */
import { outOfRange } from "../check";
import { axesOf } from "../model/baseline";
import type { Axis, Model } from "../model/model";
import { axisLast, type Parts } from "../tensor";
import type { Solution } from "./method";
import type { Problem } from "./problem";

/** The axis of the channels at each place: as the layer says, else the last. */
export function layerChannels<O>(p: Problem<O>): number[] {
  return p.places.map((place, i) => p.channelAxis(place) ?? p.x[i].shape.length - 1);
}

/**
 * The input that maps of positions lie over, channels last, and the names of their axes. It is the one with as many
 * axes as the layer: an image for a 2-d convolution.
 */
export function beneathLayer<O>(p: Problem<O>, maps: Parts): Pick<Solution, "axes" | "input"> {
  const axes = maps.map((map) =>
    axesOf({ name: "", dtype: "float32" }, map).map((axis): Axis => (axis === "feature" ? "unit" : axis)),
  );
  if (maps.some(({ shape }) => shape.length < 3))
    p.warn("the layer has no positions: its map is one number per example");
  const channels = layerChannels(p);
  const beneath = maps.map(({ shape }) => p.inputs.findIndex((input) => input.shape.length === shape.length));
  if (beneath.includes(-1)) return { axes };
  return {
    axes,
    input: (inputs) =>
      beneath.map((input, i) => axisLast(inputs[input], p.channelAxis({ input }) ?? channels[i])),
  };
}

/** The last convolution: deep enough to know the classes, and still with positions. */
export function lastConvolution(fn: string, model: Model): string {
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
