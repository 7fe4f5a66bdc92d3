import { checkLimits, checkOneValue, layerPlace } from "../attribution/options";
import { checkOptions, throwIfAborted } from "../check";
import { asModel, type Net } from "../engine";
import { type Input, readInput } from "../model/input";
import type { LayerName } from "../model/place";
import { host } from "../platform/host";
import type { NdArray } from "../tensor";

/**
 * What a layer computes for an input: its output, or with `{ layer, side: "input" }` what goes into it.
 *
 * @returns the activations, with a batch axis when the input had one.
 * @throws RangeError naming the nearest layer when there is none of that name.
 */
export async function activations(
  net: Net,
  x: Input,
  layer: LayerName,
  options: { readonly signal?: AbortSignal; readonly maxBytes?: number } = {},
): Promise<NdArray> {
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
  checkOneValue("activations", model, place);
  const answer = await model.forward(read.batch, { ...ask, at: [place] });
  const values = answer.activations[0];
  return read.batched ? values : { data: values.data, shape: values.shape.slice(1) };
}
