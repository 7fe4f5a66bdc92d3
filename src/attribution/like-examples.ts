/** Arrays that an option gives in the shape of the examples: one for each, or one for all. */
import { outOfRange, shown } from "../check";
import { type ArrayInput, readArray } from "../model/input";
import { type NdArray, sameShape, takeRows } from "../tensor";

/**
 * An array in the shape of x, that of a single example repeated.
 * @param name of the array where it cannot be read, and `all` of several such in the error about its shape.
 */
export function likeExamples(
  fn: string,
  x: NdArray,
  given: ArrayInput,
  name: string,
  all: string = name,
): NdArray {
  const array = readArray(fn, given, name);
  if (sameShape(array.shape, x.shape)) return array;
  if (sameShape(array.shape, x.shape.slice(1))) {
    const one = { data: array.data, shape: [1, ...array.shape] };
    return takeRows(one, new Array<number>(x.shape[0]).fill(0));
  }
  const shape = `[${x.shape.slice(1).join(", ")}]`;
  throw outOfRange(fn, `${all} in the shape of x, ${shape} or with all examples`, shown(array));
}
