/** Places of the attribution, and the values of x and x′ there. */

import { wrongType } from "../check";
import type { ResolvedBaseline } from "../model/baseline";
import type { ReadInput } from "../model/input";
import type { InputFact, LookedUpColumns, Model, Replacement } from "../model/model";
import type { LayerPlace, Place } from "../model/place";
import { samePlace } from "../model/place";
import { filled, type NdArray } from "../tensor";
import { entriesAt } from "./named-layers";
import type { Budget } from "./problem-state";

/**
 * Places that a call explains: the values of a layer, or the inputs that are not fixed: themselves, or the look-ups
 * they feed. Behind them those of looked-up columns.
 */
export function explainedPlaces(
  model: Model,
  layer: LayerPlace | undefined,
  fixed: ReadonlySet<number>,
  columns: readonly LookedUpColumns[] = [],
): Place[] {
  if (layer) return entriesAt(model, layer);
  const ofInputs = model.inputs.flatMap((_, input): Place[] => {
    if (fixed.has(input)) return [];
    const lookups = model.lookups(input);
    return lookups.length > 0 ? [...lookups] : [{ input }];
  });
  return [...ofInputs, ...columns.map(({ place }) => place)];
}

/** Places of a problem's noise inputs: float inputs that are not held, then the look-ups of others. */
export function noisePlaces(model: Model, fixed: ReadonlySet<number>): Place[] {
  const places = explainedPlaces(model, undefined, fixed);
  const isFloat = (place: Place): boolean =>
    "input" in place && model.inputs[place.input].dtype === "float32";
  return [...places.filter(isFloat), ...places.filter((place) => "layer" in place)];
}

/** Values of the look-ups of integer inputs, also when a layer is explained: no other integers can be explained; and of columns. */
export async function lookUps(
  fn: string,
  model: Model,
  read: ReadInput,
  layer: LayerPlace | undefined,
  fixed: ReadonlySet<number>,
  columns: readonly LookedUpColumns[],
  budget: Budget,
): Promise<Replacement[]> {
  const places = [
    ...model.inputs.flatMap((_, input) => (fixed.has(input) ? [] : [...model.lookups(input)])),
    ...columns.map(({ place }) => place),
  ];
  // A black box is asked for scores alone, which whole numbers in place of others have as well.
  if (layer === undefined && model.engine !== "black box") {
    model.inputs.forEach((input: InputFact, i) => {
      if (input.dtype !== "float32" && model.lookups(i).length === 0 && !fixed.has(i)) {
        throw wrongType(
          fn,
          `input "${input.name}" to be of float numbers or to feed look-ups alone`,
          `${input.dtype} that feeds other operations; the option "layer" explains at a layer behind it, such as its look-up`,
        );
      }
    });
  }
  if (layer?.side === "input" && places.some((place) => place.layer === layer.layer)) {
    const got = `the tokens that go into the look-up "${layer.layer}"`;
    throw wrongType(fn, "layer to hold float numbers", got);
  }
  if (places.length === 0) return [];
  const { activations } = await model.forward(read.batch, { ...budget.asked, at: places });
  budget.forward += read.examples;
  return places.map((place, i) => ({ place, values: activations[i] }));
}

export async function valuesAt(
  model: Model,
  batch: readonly NdArray[],
  lookups: readonly Replacement[],
  places: readonly Place[],
  budget: Budget,
): Promise<readonly NdArray[]> {
  const layers = places.filter(
    (place): place is LayerPlace => "layer" in place && !lookups.some((r) => r.place === place),
  );
  const known = new Map<Place, NdArray>(lookups.map((r) => [r.place, r.values]));
  const missing = layers.filter((place) => ![...known.keys()].some((k) => samePlace(k, place)));
  if (missing.length > 0) {
    const onRows = (rows: number): void => budget.onRows(rows);
    const { activations } = await model.forward(batch, { ...budget.asked, onRows, at: missing });
    budget.forward += batch[0].shape[0];
    missing.forEach((place, i) => {
      known.set(place, activations[i]);
    });
  }
  return places.map((place) => {
    if ("input" in place) return batch[place.input];
    const key = [...known.keys()].find((k) => samePlace(k, place)) as Place;
    return known.get(key) as NdArray;
  });
}

/** x′ at the places, for each draw. Look-ups are compared with zero vectors, or with the vectors of other tokens. */
export async function baselinesAt(
  model: Model,
  { draws, zeroVectors }: ResolvedBaseline,
  lookups: readonly Replacement[],
  places: readonly Place[],
  budget: Budget,
): Promise<(readonly NdArray[])[]> {
  const zeroed = zeroVectors.flatMap((zero, input) => (zero ? model.lookups(input) : []));
  const zeros = lookups.flatMap(({ place, values }): Replacement[] =>
    zeroed.some((one) => samePlace(one, place)) ? [{ place, values: filled(values.shape, 0) }] : [],
  );
  const zerosAt = (place: Place): NdArray | undefined =>
    zeros.find((zero) => samePlace(zero.place, place))?.values;
  const computed = places.filter((place): place is LayerPlace => "layer" in place && !zerosAt(place));
  const at = async (batch: readonly NdArray[]): Promise<readonly NdArray[]> => {
    const { activations = [] } =
      computed.length > 0
        ? await model.forward(batch, { ...budget.asked, replace: zeros, at: computed })
        : {};
    if (computed.length > 0) budget.forward += batch[0].shape[0];
    return places.map((place) => {
      if ("input" in place) return batch[place.input];
      return zerosAt(place) ?? activations[computed.indexOf(place)];
    });
  };
  const points: (readonly NdArray[])[] = [];
  for (const batch of draws) points.push(await at(batch));
  return points;
}
