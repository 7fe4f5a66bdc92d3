/** Shared parts of class activation maps: the layer they live at, its channels, and the input they lie over. */
import { outOfRange } from "../check";
import { axesOf } from "../model/baseline";
import type { Axis, Batch, Model, WayLayer } from "../model/model";
import type { LayerPlace } from "../model/place";
import { scoredLayer } from "../model/score";
import { axisLast, type NdArray, type Parts, rowSize, sizeOf, sliceRows } from "../tensor";
import type { LayerContext } from "./layer-context";
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
  if (maps.some((map) => rowSize(map) === 1))
    p.warn("the layer has one position: its map is one number per example");
  const channels = layerChannels(p);
  const beneath = maps.map(({ shape }) => p.inputs.findIndex((input) => input.shape.length === shape.length));
  if (beneath.includes(-1)) return { axes };
  return {
    axes,
    input: (inputs) =>
      beneath.map((input, i) => axisLast(inputs[input], p.channelAxis({ input }) ?? channels[i])),
  };
}

/** Steps back that are tried one by one; then they grow. */
const SINGLE_STEPS = 6;

/**
 * The last value on the way to the explained output, before its head, that has more than one position: deep enough to
 * know the classes, and still with positions. The head is what follows the last products with weights, these included.
 * Of a value and what only moves or pools it the first is taken.
 *
 * Where what follows reads only some positions, or may be reached around a layer, a gradient tells whether more than one
 * position of it matters: behind the last attention of a net with a class token, none but that token's does.
 */
export async function lastValueWithPositions(context: LayerContext): Promise<LayerPlace> {
  const { fn, model, batch, of } = context;
  const way = model.way?.(batch, of.output) ?? (await wayByRunning(model, batch));
  const spatial = way.filter((layer) => {
    const source = layer.featuresOf === undefined ? undefined : way[layer.featuresOf];
    // A pool knows no more than what goes in, at fewer positions.
    return positionsOf(model, layer) > 1 && !(source && positionsOf(model, source) > 1);
  });
  const before = spatial.filter(({ beforeHead }) => beforeHead);
  const candidates = (before.length > 0 ? before : spatial).reverse();
  if (candidates.length === 0) throw noPositions(fn, model, of.output);
  const chosen = await lastThatMatters(context, candidates);
  if (chosen.bypassed)
    context.warn(
      `the map is of layer "${chosen.place.layer}" alone, and other ways lead around it to the output: the option "layer" ` +
        "names another",
    );
  return chosen.place;
}

/** The first candidate of which more than one position matters; the first of all where there is none. */
async function lastThatMatters(
  { gradient, model, of }: LayerContext,
  candidates: readonly WayLayer[],
): Promise<WayLayer> {
  // A neuron may lie before what leads to the output.
  const ofLayer = scoredLayer(of.score) !== undefined;
  const matters = async (at: number): Promise<boolean> => {
    const layer = candidates[at];
    if (!layer.selected && !layer.bypassed && !ofLayer) return true;
    const channels = channelAxisOf(model, layer.place) ?? layer.shape.length;
    try {
      return positionsThatMatter(axisLast(await gradient(layer.place), channels)) > 1;
    } catch (error) {
      // A layer behind the softmax or sigmoid of the output has no logits to explain.
      if (error instanceof RangeError) return false;
      throw error;
    }
  };
  let missed = -1;
  for (let step = 1, at = 0; at < candidates.length; step *= at < SINGLE_STEPS ? 1 : 2) {
    if (await matters(at)) {
      // Between the last that did not and the first that does lie others once steps have grown.
      let found = at;
      while (found - missed > 1) {
        const middle = (found + missed) >> 1;
        if (await matters(middle)) found = middle;
        else missed = middle;
      }
      return candidates[found];
    }
    missed = at;
    at = at === candidates.length - 1 ? candidates.length : Math.min(at + step, candidates.length - 1);
  }
  return candidates[0];
}

/** Number of positions whose gradient, channels last, is not zero. */
function positionsThatMatter({ data, shape }: NdArray): number {
  const channels = shape[shape.length - 1];
  let count = 0;
  for (let start = 0; start < data.length; start += channels)
    if (data.subarray(start, start + channels).some((value) => value !== 0)) count += 1;
  return count;
}

/** Number of positions of one row of a layer's value: one where it has channels alone. */
function positionsOf(model: Model, { place, shape }: WayLayer): number {
  if (shape.length < 2) return 1;
  const channels = channelAxisOf(model, place) ?? shape.length;
  return sizeOf(shape) / shape[channels - 1];
}

/** The axis of a layer's channels, the batch being axis 0, where that is not the last. */
function channelAxisOf({ layers }: Model, { layer }: LayerPlace): number | undefined {
  return layers.find(({ name }) => name === layer)?.channelAxis;
}

/** Layers in their order, as far as it is known, of a model whose way cannot be read: a gradient tells what is on it. */
async function wayByRunning(model: Model, batch: Batch): Promise<WayLayer[]> {
  const places = model.layers.map(({ name }): LayerPlace => ({ layer: name, side: "output" }));
  if (places.length === 0) return [];
  const one = batch.map((array) => sliceRows(array, 0, 1));
  const { activations } = await model.forward(one, { at: places });
  return places.map((place, i) => ({
    place,
    shape: activations[i].shape.slice(1),
    beforeHead: false,
    selected: true,
    bypassed: false,
  }));
}

function noPositions(fn: string, { layers, outputs }: Model, output: number): RangeError {
  const candidates = layers.map((layer) => JSON.stringify(layer.name)).slice(-8);
  const named = outputs.length > 1 ? ` on the way to output "${outputs[output]?.name}"` : "";
  return outOfRange(
    fn,
    `layer to be named for a model without a layer of more than one position${named}`,
    `none (candidates: ${candidates.join(", ") || "none; mark one by tap(name, value)"})`,
  );
}
