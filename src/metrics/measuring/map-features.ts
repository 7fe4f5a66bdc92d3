/** Features of a map: its numbers, and the entries of the input or layer that each of them speaks of. */
import type { Attribution } from "../../attribution";
import { type Features, featuresOf, type Groups } from "../../attribution/features";
import type { Problem } from "../../attribution/problem";
import { upsampled } from "../../attribution/upsample";
import { outOfRange } from "../../check";
import type { PartView } from "../../display/map-view";
import type { Model } from "../../model/model";
import { type NdArray, rowSize, sameShape, sizeOf } from "../../tensor";

/** Features with the map's value of each. */
export interface MapFeatures extends Features {
  /** Per example, one value per feature. */
  readonly values: readonly Float64Array[];
}

/** Numbers of a map at one place, and the number that each entry of the place takes. */
interface Covered {
  readonly values: NdArray;
  readonly of: Int32Array;
}

/**
 * The features of a map in the space of a problem. A number of the map that lies over several entries, as a token's over its
 * vector or one of Grad-CAM over all channels, is one feature with all of them.
 * @param groups "entry": the map's own numbers; "position" arrays or features: entries that are taken together, with the
 *   sum of the map over them.
 */
export function mapFeatures(
  fn: string,
  model: Model,
  map: Attribution,
  p: Problem<object>,
  groups: Groups | Features = "entry",
): MapFeatures {
  const own = ownFeatures(fn, model, map, p);
  if (groups === "entry") return own;
  const features = isFeatures(groups) ? groups : featuresOf(p, fn, groups);
  const values = own.values.map((mine) => {
    const sums = new Float64Array(features.count);
    features.of.forEach((of, place) => {
      of.forEach((feature, entry) => {
        const number = own.of[place][entry];
        sums[feature] += mine[number] / own.sizes[number];
      });
    });
    return sums;
  });
  return { ...features, values };
}

function isFeatures(groups: Groups | Features): groups is Features {
  return typeof groups === "object" && "sizes" in groups;
}

function ownFeatures(fn: string, model: Model, map: Attribution, p: Problem<object>): MapFeatures {
  const { parts } = map.toView();
  const firsts = new Map<PartView, number>();
  const arrays: NdArray[] = [];
  let count = 0;
  const of = p.places.map((place, i) => {
    const input = p.inputOf(place);
    const part = partAt(parts, input === undefined ? undefined : model.inputs[input].name, p.x[i], i);
    if (part === undefined)
      throw outOfRange(
        fn,
        "a map over the values that are explained",
        `part ${parts.map(({ name }) => name).join(", ")}`,
      );
    const { values, of: numbers } = covered(fn, part, p.x[i]);
    const first = firsts.get(part) ?? count;
    if (!firsts.has(part)) {
      firsts.set(part, first);
      arrays.push(values);
      count += rowSize(values);
    }
    return numbers.map((number) => number + first);
  });
  const sizes = new Int32Array(count);
  for (const place of of) for (const feature of place) sizes[feature]++;
  const values = Array.from({ length: p.examples }, (_, row) =>
    Float64Array.from(
      arrays.flatMap((array) => {
        const width = rowSize(array);
        return Array.from(array.data.subarray(row * width, (row + 1) * width));
      }),
    ),
  );
  return { count, of, sizes, values };
}

/** The part that speaks of a place: by the name of its input, else in order; a class activation map by what lies beneath. */
function partAt(
  parts: readonly PartView[],
  name: string | undefined,
  x: NdArray,
  place: number,
): PartView | undefined {
  const named = parts.find((part) => part.at === "input" && part.name === name);
  if (named) return named;
  const layers = parts.filter(({ at }) => at === "layer");
  if (name === undefined) return layers[place];
  return layers.find(({ input }) => input !== undefined && sameShape(input.shape, x.shape));
}

function covered(fn: string, part: PartView, x: NdArray): Covered {
  const wanted = x.shape.slice(1);
  const overInput = part.at === "layer" && part.values.shape.length === x.shape.length;
  const channels = part.values.shape[part.values.shape.length - 1];
  const values =
    overInput && channels === 1 && !sameShape(part.values.shape.slice(1, -1), wanted.slice(0, -1))
      ? upsampled(part.values, wanted.slice(0, -1))
      : part.values;
  const shape = values.shape.slice(1);
  const padded = [...shape, ...new Array<number>(Math.max(0, wanted.length - shape.length)).fill(1)];
  const entries = sizeOf(wanted);
  if (
    padded.length === wanted.length &&
    padded.every((extent, axis) => extent === 1 || extent === wanted[axis])
  )
    return { values, of: repeatedOver(padded, wanted) };
  const each = entries / sizeOf(shape);
  if (!Number.isInteger(each))
    throw outOfRange(
      fn,
      `a map that fits examples of shape [${wanted.join(", ")}]`,
      `shape [${shape.join(", ")}]`,
    );
  return { values, of: Int32Array.from({ length: entries }, (_, i) => Math.floor(i / each)) };
}

/** For each entry of a shape, that of one with extents of 1 that stand for all. */
function repeatedOver(shape: readonly number[], wanted: readonly number[]): Int32Array {
  return Int32Array.from({ length: sizeOf(wanted) }, (_, entry) => {
    let [at, rest, stride] = [0, entry, 1];
    for (let axis = wanted.length - 1; axis >= 0; axis--) {
      if (shape[axis] > 1) at += (rest % wanted[axis]) * stride;
      rest = Math.floor(rest / wanted[axis]);
      stride *= shape[axis];
    }
    return at;
  });
}
