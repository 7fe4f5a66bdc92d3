/** Neighbourhood: copies of the examples that are moved a little, and the maps there. */
import type { OptionRule } from "../../attribution";
import { checkNumber } from "../../check";
import type { Batch } from "../../model/model";
import { random } from "../../random";
import { mapped, rowRanges, rowSize } from "../../tensor";
import type { Measured } from "../metric";
import { inputsOf, mapsAt, movableInputs, rowsOfMap } from "./maps-again";
import { atLeast, oneOf, whole } from "./option-rules";

/** Options of metrics that move the input. */
export interface NeighbourhoodOptions {
  /** Copies of each example. */
  readonly samples: number;
  /** How far entries move, as a share of the input's range: told of the model, else the example's own. */
  readonly noiseLevel: number;
  /** How far entries move, in the input's unit, in place of `noiseLevel`. */
  readonly radius: number | undefined;
  /** "uniform" on ± the radius, or "normal" with it as standard deviation. */
  readonly noise: "uniform" | "normal";
  /** Seed of the noise, which is the same for all examples. */
  readonly seed: number;
}

/** Their rules. */
export const neighbourhoodOptions: {
  readonly [Name in keyof NeighbourhoodOptions]: OptionRule<NeighbourhoodOptions[Name]>;
} = {
  samples: whole("samples", 10),
  noiseLevel: atLeast("noiseLevel", 0.05, 0, true),
  radius: { default: undefined, check: (fn, given) => checkNumber(fn, "radius", given, 0, true) },
  noise: oneOf("noise", "uniform", ["uniform", "normal"]),
  seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
};

/** One example and a copy of it that was moved. */
export interface Neighbour {
  /** The map of the example, and of the copy. */
  readonly map: Float64Array;
  readonly moved: Float64Array;
  /** The example's entries that may move, and the copy's. */
  readonly x: Float64Array;
  readonly xMoved: Float64Array;
  readonly example: number;
  readonly copy: number;
}

/** Neighbours of each example, with their inputs. */
export interface Neighbourhood {
  readonly inputs: Batch;
  /** Per copy. */
  readonly copies: readonly Batch[];
  /** Per example. */
  readonly neighbours: readonly (readonly Neighbour[])[];
}

/** The maps of copies that were moved by noise. */
export function noisyNeighbours(
  fn: string,
  measured: Measured<NeighbourhoodOptions>,
): Promise<Neighbourhood> {
  const { model, options } = measured;
  const { samples, noiseLevel, radius, noise, seed } = options;
  const inputs = inputsOf(fn, measured);
  const movable = movableInputs(fn, measured);
  const { range } = model.facts;
  const copies = Array.from({ length: samples }, (_, k) =>
    inputs.map((x, i) => {
      if (!movable.includes(i)) return x;
      const draw = random(seed, 0x4e16, k, i);
      const width = rowSize(x);
      const steps = Float64Array.from({ length: width }, () =>
        noise === "uniform" ? 2 * draw.uniform() - 1 : draw.normal(),
      );
      const ranges = rowRanges(x);
      return mapped(x, (value, entry) => {
        const own = ranges[Math.floor(entry / width)];
        const extent = range ? range[1] - range[0] : own.max - own.min;
        return value + steps[entry % width] * (radius ?? noiseLevel * (extent || 1));
      });
    }),
  );
  return neighboursAt(fn, measured, inputs, copies, movable);
}

/** The maps of given copies. */
export async function neighboursAt(
  fn: string,
  measured: Pick<Measured<object>, "model" | "map" | "goOn">,
  inputs: Batch,
  copies: readonly Batch[],
  movable: readonly number[],
): Promise<Neighbourhood> {
  const own = rowsOfMap(measured.map);
  const maps = await mapsAt(fn, measured, copies);
  const entries = (batch: Batch, example: number): Float64Array =>
    Float64Array.from(
      movable.flatMap((i) => {
        const width = rowSize(batch[i]);
        return Array.from(batch[i].data.subarray(example * width, (example + 1) * width));
      }),
    );
  return {
    inputs,
    copies,
    neighbours: own.map((map, example) =>
      copies.map((batch, copy) => ({
        map,
        moved: maps[copy][example],
        x: entries(inputs, example),
        xMoved: entries(batch, example),
        example,
        copy,
      })),
    ),
  };
}
