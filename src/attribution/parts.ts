/** One part per explained input or layer, in the shapes the user gave. */
import { axesOf } from "../model/baseline";
import type { ReadInput } from "../model/input";
import type { Axis, InputFact, LayerFact, LookedUpColumns, Model } from "../model/model";
import { type LayerPlace, type Place, samePlace } from "../model/place";
import { wordsOf } from "../model/words";
import { type NdArray, type Parts, rowSize } from "../tensor";
import { type ColumnVectors, withColumnVectors } from "./column-vectors";
import type { Solution } from "./method";
import { withChannelsAt } from "./named-layers";
import type { AttributionPart, AttributionPath, Reduce } from "./record";
import { reducedVectors } from "./reduced-vectors";

/** Context of the parts. */
export interface PartsContext {
  readonly model: Model;
  readonly read: ReadInput;
  readonly layer: LayerPlace | undefined;
  /** Inputs that are held, by number: they have no part. */
  readonly fixed: ReadonlySet<number>;
  /** Reduction of a token's vector to one number. */
  readonly reduce: Reduce;
  /** Columns that are explained at their look-ups. */
  readonly columns: readonly LookedUpColumns[];
  readonly places: readonly Place[];
  readonly solution: Solution;
  readonly atX: readonly NdArray[];
  readonly baseline: readonly NdArray[];
  /** For each input of tokens, those that it is compared with; undefined where they are vectors alone. */
  readonly baselineTokens: readonly (NdArray | undefined)[];
}

/** One part per explained input or layer, in the shapes the user gave. */
export function partsOf(context: PartsContext): AttributionPart[] {
  const { model, read, layer, fixed, reduce, columns, places, solution, atX, baseline, baselineTokens } =
    context;
  const beneath = solution.input?.(read.batch);
  const errors = solution.standardError;
  const ink = model.facts.ink === "dark" ? { ink: "dark" as const } : {};
  const given = (array: NdArray): NdArray =>
    read.batched ? array : { data: array.data, shape: array.shape.slice(1) };
  if (layer) {
    const fact = model.layers.find(({ name }) => name === layer.layer);
    return places.map((place, p): AttributionPart => {
      const values = solution.values[p];
      const input = beneath?.[p] ?? atX[p];
      const axes =
        solution.axes?.[p] ??
        withChannelsAt(
          axesOf({ name: layer.layer, dtype: "float32" }, values).map((axis) =>
            axis === "feature" ? "unit" : axis,
          ),
          fact?.channelAxis,
        );
      return {
        name: layerPartName(place as LayerPlace, fact),
        at: "layer",
        values: given(values),
        input: given(input),
        ...(baseline[p] ? { baseline: given(baseline[p]) } : {}),
        ...(errors?.[p] ? { standardError: given(errors[p]) } : {}),
        axes,
        // Of activations there is no ink.
        ...(beneath?.[p] ? ink : {}),
      };
    });
  }
  return model.inputs.flatMap((fact, i): AttributionPart[] => {
    if (fixed.has(i)) return [];
    const mine = placesOf(model, places, i);
    const input = read.batch[i];
    const direct = "input" in places[mine[0]];
    const p = mine[0];
    if (direct) {
      const own = solution.values[p];
      const width = rowSize(own);
      const vectorsIn = (arrays: Parts): readonly ColumnVectors[] => vectorsOf(i, columns, places, arrays);
      const values = withColumnVectors(own, width, vectorsIn(solution.values), reduce);
      const error = errors && withColumnVectors(errors[p], width, vectorsIn(errors), reduce);
      const axes = solution.axes?.[p] ?? axesOf(fact, values);
      const labels = labelsOf(model, axes, values);
      const words = axes.join() === "token" ? wordsOf(model.facts, model.inputs, i, input) : undefined;
      return [
        {
          name: fact.name,
          at: "input",
          values: given(values),
          input: given(beneath?.[p] ?? input),
          ...(baseline[p] ? { baseline: given(baseline[p]) } : {}),
          ...(error ? { standardError: given(error) } : {}),
          axes,
          ...(labels ? { labels } : {}),
          ...(words ? { words } : {}),
          ...ink,
        },
      ];
    }
    const { values: found, reduced } = reducedVectors(
      mine.map((at) => solution.values[at]),
      reduce,
    );
    // Tokens may have been looked up in another shape.
    const values = { data: found.data, shape: input.shape };
    const tokens = baselineTokens[i];
    const words = wordsOf(model.facts, model.inputs, i, input);
    return [
      {
        name: fact.name,
        at: "input",
        values: given(values),
        input: given(input),
        ...(tokens ? { baseline: given(tokens) } : {}),
        ...(errors
          ? {
              standardError: given(
                reducedVectors(
                  mine.map((at) => errors[at]),
                  reduce,
                ).values,
              ),
            }
          : {}),
        axes: tokenAxes(fact, values),
        ...(words ? { words } : {}),
        ...(reduced ? { reduced } : {}),
      },
    ];
  });
}

/** `add`, `relu (input)`, and of several `add (input 1: dense)`, since one value may enter twice, or `lstm (output 2)`. */
function layerPartName({ layer, side, entry }: LayerPlace, fact: LayerFact | undefined): string {
  if (entry === undefined) return side === "output" ? layer : `${layer} (input)`;
  return side === "output"
    ? `${layer} (output ${entry + 1})`
    : `${layer} (input ${entry + 1}: ${fact?.entering?.[entry]})`;
}

/** A path's record with one array of frames per part, as the parts themselves are made. */
export function pathOfParts(
  {
    model,
    read,
    layer,
    places,
    fixed,
    reduce,
    columns,
  }: Pick<PartsContext, "model" | "read" | "layer" | "places" | "fixed" | "reduce" | "columns">,
  path: NonNullable<Solution["path"]>,
): AttributionPath {
  if (layer) return path;
  const accumulated = model.inputs.flatMap((_, i) => {
    if (fixed.has(i)) return [];
    const mine = placesOf(model, places, i);
    const frames = mine.map((at) => path.accumulated[at]);
    if ("input" in places[mine[0]]) {
      const vectors = vectorsOf(i, columns, places, path.accumulated);
      return [withColumnVectors(frames[0], rowSize(read.batch[i]), vectors, reduce)];
    }
    const { data, shape } = reducedVectors(frames, reduce).values;
    return [{ data, shape: [...shape.slice(0, 2), ...read.batch[i].shape.slice(1)] }];
  });
  return { ...path, accumulated };
}

/** The vectors of an input's columns among arrays of all places. */
function vectorsOf(
  input: number,
  looked: readonly LookedUpColumns[],
  places: readonly Place[],
  arrays: Parts,
): ColumnVectors[] {
  return looked
    .filter((one) => one.input === input)
    .map(({ place, columns }) => ({
      columns,
      vectors: arrays[places.findIndex((other) => samePlace(place, other))],
    }));
}

/** Places of an input: itself, or its look-ups. */
function placesOf(model: Model, places: readonly Place[], input: number): number[] {
  const lookups = model.lookups(input);
  return places.flatMap((place, p) =>
    ("input" in place ? place.input === input : lookups.some((looked) => samePlace(looked, place)))
      ? [p]
      : [],
  );
}

/** Tokens lie along the last axis, unless it was told what that is. */
function tokenAxes(fact: InputFact, values: NdArray): readonly Axis[] {
  if (values.shape.length === 2) return ["token"];
  const axes = axesOf(fact, values);
  return axes === fact.axes ? axes : [...axes.slice(0, -1), "token"];
}

function labelsOf(model: Model, axes: readonly Axis[], values: NdArray): readonly string[] | undefined {
  const { features } = model.facts;
  const last = values.shape[values.shape.length - 1];
  return features && axes[axes.length - 1] === "feature" && features.length === last ? features : undefined;
}
