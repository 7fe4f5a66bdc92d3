/** The attention weights of a net. */
import { checkOptions, outOfRange, throwIfAborted, UnsupportedOperationError, wrongType } from "../check";
import { asModel, type Net } from "../engine";
import { type Input, readInput } from "../model/input";
import type { AttentionFound } from "../model/model";
import { host } from "../platform/host";
import { concatRows, sliceRows } from "../tensor";

/**
 * Weights of every attention layer, found in what the net computes and not by names: softmax(q·kᵀ) that weighs the rows of a
 * matrix, in layers of TensorFlow.js or of one's own, plain functions and GraphModels, self- and cross-attention.
 *
 * A weight says how much of a key's value goes into a query's. It does not say how much that value changes the score:
 * attention is no attribution.
 *
 * @param options `layers` (names, default all), `signal`.
 * @returns one entry per use, in order: the layer's name (of a plain function "function") and its weights
 *   [examples, heads, query, key], each row of which adds up to 1 unless a mask or dropout follows the softmax.
 * @throws RangeError where the net has no attention, or none in a layer that is named.
 */
export async function attention(
  net: Net,
  x: Input,
  options: { readonly layers?: readonly string[]; readonly signal?: AbortSignal } = {},
): Promise<readonly AttentionFound[]> {
  checkOptions("attention", options, ["layers", "signal"]);
  const model = asModel(net);
  model.checkAlive("attention");
  const read = readInput("attention", model, x);
  const { layers, signal = host().signal } = options;
  if (layers !== undefined && !(Array.isArray(layers) && layers.every((name) => typeof name === "string")))
    throw wrongType("attention", "layers to be names of layers", String(layers));
  if (!model.attention)
    throw new UnsupportedOperationError(
      "attention(): expected a net of TensorFlow.js, got a model that keeps its inside",
    );
  const each: (readonly AttentionFound[])[] = [];
  for (let example = 0; example < read.examples; example++) {
    throwIfAborted(signal);
    each.push(model.attention(read.batch.map((array) => sliceRows(array, example, example + 1))));
  }
  const [first] = each;
  const names = [...new Set(first.map(({ layer }) => layer))];
  const missing = (layers ?? []).find((name) => !names.includes(name));
  if (first.length === 0 || missing !== undefined) {
    const where = missing === undefined ? "a net" : `a layer "${missing}"`;
    const got = names.length > 0 ? `attention in ${names.map((name) => `"${name}"`).join(", ")}` : "none";
    throw outOfRange("attention", `${where} in which a softmax weighs the rows of a matrix`, got);
  }
  return first.flatMap(({ layer }, i) =>
    layers === undefined || layers.includes(layer)
      ? [{ layer, weights: concatRows(each.map((found) => found[i].weights)) }]
      : [],
  );
}
