/** Features of a perturbation method: entries of the input that are present or absent together. */
import { checkName, outOfRange, shown, wrongType } from "../check";
import { type ArrayInput, readArray } from "../model/input";
import { type NdArray, ndarray, rowSize, sizeOf } from "../tensor";
import type { OptionRule } from "./method";
import type { Problem } from "./problem";

/**
 * Features by name, or by number: `"entry"`, each entry by itself; `"position"`, all channels of a position together; or
 * an array of whole numbers from 0, in the shape of one example (an axis may have extent 1 and is then repeated), entries
 * of one number being one feature. For several inputs one array each; a number that occurs in several is one feature.
 */
export type Groups = "entry" | "position" | ArrayInput | readonly ArrayInput[];

/** Option of methods that perturb features. */
export interface FeatureOptions {
  /**
   * Features: "entry" (default), "position", or numbers in the shape of an example. A token is always one feature, with
   * all entries of its vector.
   */
  readonly groups: Groups;
}

/** The ways in which a feature's value is drawn on its entries: an equal part on each, or the whole on each. */
export type Spread = "share" | "repeat";

/** Its rule. */
export const spreadRule: OptionRule<Spread> = {
  default: "repeat",
  check: (fn, given) => checkName(fn, "spread", given, ["repeat", "share"]),
};

/** Features of one example. */
export interface Features {
  readonly count: number;
  /** The feature of each entry of one example, one array per place. */
  readonly of: readonly Int32Array[];
  /** Entries of each feature, over all places. */
  readonly sizes: Int32Array;
}

/** Its rule. */
export const featureOptions: { readonly [Name in keyof FeatureOptions]: OptionRule<FeatureOptions[Name]> } = {
  groups: { default: "entry", check: checkGroups },
};

/** The groups that a study was given, or single entries. */
export function givenGroups(fn: string, given: Groups | undefined): Groups {
  return given === undefined ? featureOptions.groups.default : checkGroups(fn, given);
}

/** Throws for what are no groups. */
export function checkGroups(fn: string, given: unknown): Groups {
  if (!isGroups(given))
    throw wrongType(fn, 'groups to be "entry", "position" or an array of numbers', shown(given));
  return given;
}

/** Arrays are read once the shapes of the inputs are known. */
function isGroups(given: unknown): given is Groups {
  return given === "entry" || given === "position" || (given !== null && typeof given === "object");
}

/** Shapes in which groups are given: those of the inputs' examples, without the embedding axis that look-ups add. */
export type GroupShapes = readonly (readonly number[])[];

/** How many features there are; throws where groups do not fit the inputs that are explained, before the model runs. */
export function checkFeatures(
  fn: string,
  groups: Groups,
  shapes: GroupShapes,
  most: number = Number.POSITIVE_INFINITY,
): number {
  const { count } = numbered(fn, groups, shapes);
  if (count > most) throw outOfRange(fn, `at most ${most} features (see option groups)`, String(count));
  return count;
}

/** The features of a problem, the same for all examples. */
export function featuresOf(p: Problem<unknown>, fn: string, groups: Groups): Features {
  const inputs = explainedInputs(p);
  return featuresNumbered(p, inputs, numbered(fn, groups, inputs.shapes));
}

/** Inputs that are explained; several look-ups of one input are of the same tokens. */
export interface ExplainedInputs {
  /** For each place, its input by number, or a negative number of its own. */
  readonly owners: readonly number[];
  readonly distinct: readonly number[];
  /** Extents of an example of each, without the embedding axis that look-ups add. */
  readonly shapes: GroupShapes;
}

/** The inputs of a problem's places. */
export function explainedInputs(p: Problem<unknown>): ExplainedInputs {
  const owners = p.places.map((place, i) => (p.isLookUp(place) ? p.inputOf(place) : undefined) ?? -1 - i);
  const distinct = [...new Set(owners)];
  const shapes = distinct.map((owner) => {
    const place = owners.indexOf(owner);
    const shape = p.x[place].shape.slice(1);
    return owner >= 0 ? shape.slice(0, -1) : shape;
  });
  return { owners, distinct, shapes };
}

/** Features by their number at each entry of each input. */
export function featuresNumbered(
  p: Problem<unknown>,
  { owners, distinct }: ExplainedInputs,
  { count, numbers }: Numbered,
): Features {
  const of = p.x.map((array, place) => {
    const own = numbers[distinct.indexOf(owners[place])];
    const repeats = rowSize(array) / own.length;
    return Int32Array.from({ length: rowSize(array) }, (_, i) => own[Math.floor(i / repeats)]);
  });
  const sizes = new Int32Array(count);
  for (const place of of) for (const feature of place) sizes[feature]++;
  return { count, of, sizes };
}

/** How many features there are, and that of each entry of each input. */
interface Numbered {
  readonly count: number;
  readonly numbers: readonly Int32Array[];
}

/** The feature of each entry of the given shapes. */
function numbered(fn: string, groups: Groups, shapes: GroupShapes): Numbered {
  if (groups === "entry" || groups === "position") {
    let count = 0;
    const numbers = shapes.map((shape) => {
      const together = groups === "position" && shape.length > 1 ? shape[shape.length - 1] : 1;
      const first = count;
      count += sizeOf(shape) / together;
      return Int32Array.from({ length: sizeOf(shape) }, (_, i) => first + Math.floor(i / together));
    });
    return { count, numbers };
  }
  const given = shapes.length === 1 ? [groups] : groups;
  if (!Array.isArray(given) || given.length !== shapes.length)
    throw outOfRange(fn, `groups for each of ${shapes.length} explained inputs`, shown(groups));
  const numbers = given.map((array, i) => repeated(fn, readGroups(fn, array), shapes[i]));
  const used = new Set(numbers.flatMap((array) => [...new Set(array)]));
  const count = Math.max(...used) + 1;
  const missing = Array.from({ length: count }, (_, k) => k).find((k) => !used.has(k));
  if (missing !== undefined)
    throw outOfRange(
      fn,
      `groups to be numbered from 0 to ${count - 1} with none empty`,
      `no entry of group ${missing}`,
    );
  return { count, numbers };
}

function readGroups(fn: string, given: unknown): NdArray {
  const array = readArray(fn, given, "groups");
  const bad = array.data.find((number) => !Number.isInteger(number) || number < 0);
  if (bad !== undefined) throw outOfRange(fn, "groups to be whole numbers from 0", shown(bad));
  return array;
}

/** Numbers of a shape in which axes of extent 1 stand for all of an example's. */
function repeated(fn: string, { data, shape }: NdArray, wanted: readonly number[]): Int32Array {
  const fits =
    shape.length === wanted.length && shape.every((extent, axis) => extent === 1 || extent === wanted[axis]);
  if (!fits)
    throw outOfRange(
      fn,
      `groups of shape [${wanted.join(", ")}], or 1 along some axes`,
      `shape [${shape.join(", ")}]`,
    );
  return Int32Array.from({ length: sizeOf(wanted) }, (_, i) => {
    let [at, rest, stride] = [0, i, 1];
    for (let axis = wanted.length - 1; axis >= 0; axis--) {
      if (shape[axis] > 1) at += (rest % wanted[axis]) * stride;
      rest = Math.floor(rest / wanted[axis]);
      stride *= shape[axis];
    }
    return data[at];
  });
}

/**
 * Values of features, drawn on their entries.
 * @param values one per example and feature: [examples, features].
 * @param spread "share" keeps the sum: the map's is that of the features.
 */
export function onEntries(
  p: Problem<unknown>,
  features: Features,
  { data }: NdArray,
  spread: Spread = "share",
): NdArray[] {
  const { count } = features;
  const each = Array.from({ length: p.examples }, (_, row) => ({
    features,
    values: data.subarray(row * count, (row + 1) * count),
  }));
  return onEntriesOfEach(p, each, spread);
}

/** The same where each example has features of its own. */
export function onEntriesOfEach(
  p: Problem<unknown>,
  each: readonly { readonly features: Features; readonly values: ArrayLike<number> }[],
  spread: Spread = "share",
): NdArray[] {
  return p.x.map((array, place) => {
    const width = rowSize(array);
    // A token's vector becomes one number again, which is their sum.
    const shared = spread === "share" || p.isLookUp(p.places[place]);
    const data = Float32Array.from(array.data, (_, i) => {
      const { features, values } = each[Math.floor(i / width)];
      const feature = features.of[place][i % width];
      return shared ? values[feature] / features.sizes[feature] : values[feature];
    });
    return ndarray(data, array.shape);
  });
}
