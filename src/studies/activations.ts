/** The values at a layer. */
import { checkLayer, checkOneValue, entriesAt, layerPlace } from "../attribution/named-layers";
import { checkLimits } from "../attribution/options";
import { checkOptions, outOfRange, throwIfAborted } from "../check";
import { asModel, type Net } from "../engine";
import { type Input, readInput } from "../model/input";
import type { LayerName, LayerPlace } from "../model/place";
import { host } from "../platform/host";
import type { NdArray } from "../tensor";

/** The values at a layer: an array where there is one value, `entries` for all of them. */
export interface Activations extends NdArray {
  /** One array per value that leaves the layer. */
  readonly entries: readonly NdArray[];
}

/**
 * Values of a layer for an input: its output, or with `{ layer, side: "input" }` what goes into it. Where several values
 * leave it, `entries` holds all of them, in order; `{ layer, entry }` asks for one.
 *
 * @returns the activations, with a batch axis when the input had one.
 * @throws RangeError naming the nearest layer when there is none of that name.
 */
export async function activations(
  net: Net,
  x: Input,
  layer: LayerName,
  options: { readonly signal?: AbortSignal; readonly maxBytes?: number } = {},
): Promise<Activations> {
  checkOptions("activations", options, ["signal", "maxBytes"]);
  checkLimits("activations", options);
  const model = asModel(net);
  model.checkAlive("activations");
  const place = layerPlace("activations", model, layer);
  const read = readInput("activations", model, x);
  const signal = options.signal ?? host().signal;
  throwIfAborted(signal);
  const ask = { ...(signal ? { signal } : {}), ...(options.maxBytes ? { maxBytes: options.maxBytes } : {}) };
  // The taps of a plain function are known once it has run.
  if (model.layers.length === 0) await model.forward(read.batch, ask);
  checkLayer("activations", model, place);
  if (place.side === "input") checkOneValue("activations", model, place);
  const answer = await model.forward(read.batch, { ...ask, at: entriesAt(model, place) });
  const given = (array: NdArray): NdArray =>
    read.batched ? array : { data: array.data, shape: array.shape.slice(1) };
  return recorded(answer.activations.map(given), place);
}

/** Values as one array; of several, `data` and `shape` are errors that say how to name one. */
function recorded(entries: readonly NdArray[], { layer, side }: LayerPlace): Activations {
  const only = (): NdArray => {
    if (entries.length === 1) return entries[0];
    throw outOfRange(
      "activations",
      `one value of layer "${layer}" ({ layer: "${layer}", entry: 0 }, or entries[0] of the answer)`,
      `${entries.length} ${side}s`,
    );
  };
  const values = entries.length === 1 ? { ...entries[0] } : {};
  return Object.defineProperties(values, {
    entries: { value: entries },
    ...(entries.length === 1 ? {} : { data: { get: () => only().data }, shape: { get: () => only().shape } }),
  }) as Activations;
}
