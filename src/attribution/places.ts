/** Where the attribution is taken, and the values of x and x′ there. */
import type { Baseline, ResolvedBaseline } from "../baseline";
import { outOfRange, shown, wrongType } from "../check";
import type { ReadInput } from "../input";
import type { InputFact, LayerPlace, Model, Place, Replacement } from "../model";
import type { Budget } from "../problem";
import { mapped, type NdArray } from "../tensor";
import { ask } from "./budget";

/** Where inputs are explained: at themselves, or at the look-ups they feed. */
export function explainedPlaces(model: Model): Place[] {
  return model.inputs.flatMap((_, input): Place[] => {
    const lookups = model.lookups(input);
    return lookups.length > 0 ? [...lookups] : [{ input }];
  });
}

/** Values of the look-ups of integer inputs; any other integer input cannot be explained. */
export async function lookUps(
  fn: string,
  model: Model,
  read: ReadInput,
  layer: LayerPlace | undefined,
  budget: Budget,
): Promise<Replacement[]> {
  const places = model.inputs.flatMap((_, input) => [...model.lookups(input)]);
  if (layer === undefined) {
    model.inputs.forEach((input: InputFact, i) => {
      if (input.dtype !== "float32" && model.lookups(i).length === 0) {
        throw wrongType(
          fn,
          `input "${input.name}" to be of float numbers or to feed look-ups alone`,
          `${input.dtype} that feeds other operations`,
        );
      }
    });
  }
  if (places.length === 0 || (layer && places.some((place) => place.layer === layer.layer))) return [];
  const { activations } = await model.forward(read.batch, { ...ask(budget), at: places });
  budget.forward += read.examples;
  return places.map((place, i) => ({ place, values: activations[i] as NdArray }));
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
  const missing = layers.filter(
    (place) =>
      ![...known.keys()].some((k) => "layer" in k && k.layer === place.layer && k.side === place.side),
  );
  if (missing.length > 0) {
    const { activations } = await model.forward(batch, { ...ask(budget), at: missing });
    budget.forward += (batch[0] as NdArray).shape[0] as number;
    missing.forEach((place, i) => {
      known.set(place, activations[i] as NdArray);
    });
  }
  return places.map((place) => {
    if ("input" in place) return batch[place.input] as NdArray;
    const key = [...known.keys()].find(
      (k) => "layer" in k && k.layer === place.layer && k.side === place.side,
    ) as Place;
    return known.get(key) as NdArray;
  });
}

/** x′ at the places, for each draw. Look-ups are compared with zero vectors, or with the padding token's vector. */
export async function baselinesAt(
  fn: string,
  model: Model,
  compared: ResolvedBaseline,
  baseline: Baseline,
  read: ReadInput,
  layer: LayerPlace | undefined,
  places: readonly Place[],
  atX: readonly NdArray[],
  budget: Budget,
): Promise<(readonly NdArray[])[]> {
  const tokens = model.inputs.some((_, input) => model.lookups(input).length > 0);
  if (tokens && typeof baseline === "string" && baseline !== "zeros" && baseline !== "pad") {
    throw outOfRange(
      fn,
      'baseline "zeros", "pad" or an array of tokens for an input of tokens',
      shown(baseline),
    );
  }
  const zeroVectors = tokens && baseline === "zeros";
  const draws: (readonly NdArray[])[] = [];
  for (const draw of compared.draws) {
    // Masks are made from tokens: with zero vectors they stay those of x.
    const batch = zeroVectors
      ? draw.map((array, i) => (model.lookups(i).length > 0 ? (read.batch[i] as NdArray) : array))
      : draw;
    const lookupPlaces = zeroVectors ? model.inputs.flatMap((_, input) => [...model.lookups(input)]) : [];
    if (layer === undefined && zeroVectors) {
      draws.push(
        places.map((place, i) =>
          "input" in place ? (batch[place.input] as NdArray) : mapped(atX[i] as NdArray, () => 0),
        ),
      );
      continue;
    }
    let replaced: Replacement[] = [];
    if (lookupPlaces.length > 0) {
      const { activations } = await model.forward(read.batch, { ...ask(budget), at: lookupPlaces });
      replaced = lookupPlaces.map((place, i) => ({
        place,
        values: mapped(activations[i] as NdArray, () => 0),
      }));
    }
    const layers = places.filter((place): place is LayerPlace => "layer" in place);
    const activations =
      layers.length > 0
        ? (await model.forward(batch, { ...ask(budget), replace: replaced, at: layers })).activations
        : [];
    if (layers.length > 0) budget.forward += read.examples;
    draws.push(
      places.map((place) =>
        "input" in place ? (batch[place.input] as NdArray) : (activations[layers.indexOf(place)] as NdArray),
      ),
    );
  }
  return draws;
}
