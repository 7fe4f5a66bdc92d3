/** Randomised models: the weights of some layers are drawn anew, and the map is made again. */
import type { OptionRule } from "../../attribution";
import { wrongType } from "../../check";
import type { Model, WeightFact } from "../../model/model";
import { random } from "../../random";
import { type NdArray, ndarray } from "../../tensor";
import type { Measured } from "../metric";
import { lengthOf, meanOf } from "./association";
import { oneOf, whole } from "./option-rules";

/** Options of metrics that randomise layers. */
export interface RandomisedOptions {
  /** "cascading": a layer and all before it in the order; "independent": one layer at a time. */
  readonly mode: "cascading" | "independent";
  /** "topDown": from the output; "bottomUp": from the input. */
  readonly order: "topDown" | "bottomUp";
  /** Seed of the weights. */
  readonly seed: number;
}

/** Their rules. */
export const randomisedOptions: {
  readonly [Name in keyof RandomisedOptions]: OptionRule<RandomisedOptions[Name]>;
} = {
  mode: oneOf("mode", "cascading", ["cascading", "independent"]),
  order: oneOf("order", "topDown", ["topDown", "bottomUp"]),
  seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
};

/** Layers with weights, from the input to the output. */
export function layersWithWeights(
  fn: string,
  model: Model,
): { readonly layer: string; readonly weights: WeightFact[] }[] {
  const weights = model.weights?.() ?? [];
  if (weights.length === 0 || model.withWeights === undefined)
    throw wrongType(fn, "a net whose weights have names, as a LayersModel", "one without");
  const layers = [...new Set(weights.map(({ layer }) => layer))];
  return layers.map((layer) => ({ layer, weights: weights.filter((weight) => weight.layer === layer) }));
}

/** A model whose weights of some layers are normal numbers of the mean and the spread that each weight had. */
export function randomisedModel(
  model: Model,
  layers: readonly { readonly weights: readonly WeightFact[] }[],
  seed: number,
): Model {
  const changes: Record<string, NdArray> = {};
  for (const { weights } of layers)
    for (const { name, values } of weights) changes[name] = redrawn(name, values, seed);
  return model.withWeights?.(changes) ?? model;
}

function redrawn(name: string, { data, shape }: NdArray, seed: number): NdArray {
  const mean = meanOf(data);
  const spread = lengthOf(Float64Array.from(data, (value) => value - mean)) / Math.sqrt(data.length);
  // By the weight's own name, so that a layer is drawn alike in any order.
  const draw = random(seed, 0x3947, ...Array.from(name, (character) => character.codePointAt(0) ?? 0));
  return ndarray(
    Float32Array.from(data, () => mean + spread * draw.normal()),
    shape,
  );
}

/** Values of an example's map for each randomised model, in the order of the layers. */
export async function eachRandomised<T>(
  fn: string,
  { model, options, goOn }: Pick<Measured<RandomisedOptions>, "model" | "options" | "goOn">,
  measure: (randomised: Model) => Promise<T>,
): Promise<T[]> {
  const layers = layersWithWeights(fn, model);
  if (options.order === "topDown") layers.reverse();
  const found: T[] = [];
  for (const [k, layer] of layers.entries()) {
    goOn();
    const some = options.mode === "cascading" ? layers.slice(0, k + 1) : [layer];
    found.push(await measure(randomisedModel(model, some, options.seed)));
  }
  return found;
}
