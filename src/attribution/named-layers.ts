/** Layers that users name: whether a model has them, and which of their values is meant. */
import { outOfRange, shown, unknownName } from "../check";
import type { Axis, Model } from "../model/model";
import { type LayerPlace, layerNamed } from "../model/place";

/** A place at a layer, as a name or with its side. */
export function layerPlace(fn: string, model: Model, layer: unknown): LayerPlace {
  const place = layerNamed(fn, layer);
  if (model.layers.length > 0) checkLayer(fn, model, place);
  return place;
}

/**
 * Throws when a place is not one value: of several that go into a layer, any one would be a part of the answer that looks
 * like the whole.
 */
export function checkOneValue(fn: string, model: Model, place: LayerPlace): void {
  checkLayer(fn, model, place);
  if (place.entry !== undefined) return;
  const entries = entriesAt(model, place);
  if (entries.length < 2) return;
  const fact = model.layers.find(({ name }) => name === place.layer)!;
  if (place.side === "output")
    throw outOfRange(
      fn,
      `one output of "${fact.name}" ({ layer: "${fact.name}", entry: ${entries.map(({ entry }) => entry).join(" or ")} })`,
      `${fact.kind} of ${entries.length} outputs`,
    );
  const names = model.layers.map(({ name }) => name);
  const before = fact.entering!.map(
    (name) => `${names.includes(name) ? "layer " : ""}${JSON.stringify(name)}`,
  );
  throw outOfRange(
    fn,
    `side "input" only of a layer with one input (ask at what goes in: ${before.join(", ")})`,
    `"${fact.name}", ${fact.kind} of ${entries.length} inputs`,
  );
}

/** The values that leave or enter a layer, as places: one of several, or itself where there is one. */
export function entriesAt(model: Model, place: LayerPlace): LayerPlace[] {
  const fact = model.layers.find(({ name }) => name === place.layer);
  const entries = place.side === "input" ? fact?.entering?.map((_, entry) => entry) : fact?.leaving;
  if (place.entry === undefined) return entries ? entries.map((entry) => ({ ...place, entry })) : [place];
  return [place];
}

/** Throws when several values enter or leave a layer, and the one that was named is none of them. */
function checkEntry(fn: string, model: Model, place: LayerPlace): void {
  if (place.entry === undefined) return;
  const { entry: _, ...whole } = place;
  const entries = entriesAt(model, whole).map(({ entry = 0 }) => entry);
  if (!entries.includes(place.entry))
    throw outOfRange(
      fn,
      `entry of layer "${place.layer}" to be ${entries.join(" or ")}`,
      String(place.entry),
    );
}

/** Throws when a model has no such layer, naming the nearest; a layer that is called often needs `#n`. */
export function checkLayer(fn: string, model: Model, place: LayerPlace): void {
  const names = model.layers.map((fact) => fact.name);
  if (names.includes(place.layer)) {
    checkEntry(fn, model, place);
    return;
  }
  if (names.length === 0) {
    const got = model.engine === "black box" ? "a black box" : "none; mark one by tap(name, value)";
    throw outOfRange(fn, `a net with layers for layer ${shown(place.layer)}`, got);
  }
  const calls = names.filter((name) => name.startsWith(`${place.layer}#`));
  if (calls.length > 0) {
    throw outOfRange(
      fn,
      `layer to name one call of a shared layer (${calls.join(", ")})`,
      shown(place.layer),
    );
  }
  throw unknownName(fn, "layer to name a layer", place.layer, names);
}

/** Names of axes with the last at its place, counted with the batch axis. */
export function withChannelsAt(axes: readonly Axis[], channelAxis: number | undefined): readonly Axis[] {
  if (channelAxis === undefined || channelAxis > axes.length) return axes;
  const others = axes.slice(0, -1);
  return [...others.slice(0, channelAxis - 1), ...axes.slice(-1), ...others.slice(channelAxis - 1)];
}
