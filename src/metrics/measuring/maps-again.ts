/** Maps again: what the method that made a map says of other inputs, or of another model, about the same target. */
import type { Attribution } from "../../attribution";
import { questionOf } from "../../attribution/map-call";
import { outOfRange } from "../../check";
import type { Net } from "../../engine";
import { readInput } from "../../model/input";
import type { Batch, Model } from "../../model/model";
import type { Target } from "../../model/target";
import { concatRows, type NdArray, sliceRows } from "../../tensor";
import type { Measured } from "../metric";

/** Rows of one call at most: progress and abortion are looked at between calls. */
const MOST_ROWS = 128;

/** The inputs of a map's call, batch axis first. */
export function inputsOf(fn: string, { model, map }: Pick<Measured<object>, "model" | "map">): Batch {
  return readInput(fn, model, questionOf(fn, map).input).batch;
}

/**
 * Numbers of the inputs that may be moved: those of floats, with a part in the map, or beneath one of a layer.
 * @throws RangeError where there is none: tokens cannot be moved a little.
 */
export function movableInputs(fn: string, { model, map }: Pick<Measured<object>, "model" | "map">): number[] {
  const named = map.parts.flatMap(({ at, name }) => (at === "input" ? [name] : []));
  const movable = model.inputs.flatMap(({ name, dtype }, i) =>
    dtype === "float32" && model.lookups(i).length === 0 && (named.length === 0 || named.includes(name))
      ? [i]
      : [],
  );
  if (movable.length === 0)
    throw outOfRange(fn, "an input of floats, which can be moved a little", "tokens or whole numbers alone");
  return movable;
}

/** All numbers of a map, example by example. */
export function rowsOfMap(map: Attribution): Float64Array[] {
  const { parts } = map.toView();
  const examples = map.score.length;
  return Array.from({ length: examples }, (_, row) =>
    Float64Array.from(
      parts.flatMap(({ values }) => {
        const width = values.data.length / examples;
        return Array.from(values.data.subarray(row * width, (row + 1) * width));
      }),
    ),
  );
}

/** The maps of several batches of inputs, for the target of the clean one: per batch, the numbers of each example. */
export async function mapsAt(
  fn: string,
  { model, map, goOn }: Pick<Measured<object>, "model" | "map" | "goOn">,
  batches: readonly Batch[],
  net: Net = model,
): Promise<Float64Array[][]> {
  const { options } = questionOf(fn, map);
  const examples = map.score.length;
  // What was given for each example stands for the copies of all in one call only where it says nothing of single ones.
  const { target, baseline } = options;
  const perExample =
    target !== undefined && typeof target !== "number" && target !== map.target[0] && !sameAsMap(target, map);
  const together = !perExample && !(typeof baseline === "object" && baseline !== null);
  const atOnce = together ? Math.max(1, Math.floor(MOST_ROWS / examples)) : 1;
  const found: Float64Array[][] = [];
  for (let start = 0; start < batches.length; start += atOnce) {
    goOn();
    const some = batches.slice(start, start + atOnce);
    const targets =
      together && typeof target !== "number" && target !== undefined
        ? some.flatMap(() => [...map.target])
        : target;
    const rows = rowsOfMap(
      await map.again({ model: net, input: inputOf(model, map, some), ...targetOf(targets) }),
    );
    for (let k = 0; k < some.length; k++) found.push(rows.slice(k * examples, (k + 1) * examples));
  }
  return found;
}

/** Whether a target is the list of the map's own classes. */
function sameAsMap(target: unknown, map: Attribution): boolean {
  return Array.isArray(target) && JSON.stringify(target) === JSON.stringify(map.target);
}

function targetOf(target: unknown): { readonly target?: Target } {
  return isTarget(target) ? { target } : {};
}

function isTarget(target: unknown): target is Target {
  return target !== undefined && target !== null;
}

/** Batches one after the other as an input, in the form that the call had. */
function inputOf(model: Model, map: Attribution, batches: readonly Batch[]): Record<string, NdArray> {
  const joined = model.inputs.map((_, i) => concatRows(batches.map((batch) => batch[i])));
  const alone = !map.batched && batches.length === 1;
  return Object.fromEntries(
    model.inputs.map(({ name }, i) => {
      const { data, shape } = sliceRows(joined[i], 0, joined[i].shape[0]);
      return [name, { data, shape: alone ? shape.slice(1) : shape }];
    }),
  );
}
