/** A picture as segmentation sees it: positions along any number of axes, each with its channels. */
import { outOfRange, shown } from "../../check";
import { type ArrayInput, checkFinite, readArray } from "../../model/input";
import { type NdArray, ndarray, sizeOf } from "../../tensor";

/** Channels of positions: a line of time steps, an image or a volume. */
export interface Picture {
  /** [...positions, channels]. */
  readonly data: Float64Array;
  readonly positions: readonly number[];
  readonly channels: number;
}

/** A picture that was given as an array [...positions, channels], checked. */
export function readPicture(fn: string, given: ArrayInput): Picture {
  const { data, shape } = readArray(fn, given, "a picture");
  if (shape.length < 2 || data.length === 0)
    throw outOfRange(
      fn,
      "a picture of shape [height, width, channels], or other axes of positions",
      shown(given),
    );
  checkFinite(fn, { data, shape }, "the picture");
  return {
    data: Float64Array.from(data),
    positions: shape.slice(0, -1),
    channels: shape[shape.length - 1],
  };
}

/** Labels of positions as an array [...positions, 1], which the option `groups` takes. */
export function labelArray(labels: Int32Array, positions: readonly number[]): NdArray {
  return ndarray(labels, [...positions, 1]);
}

/** Neighbours of positions, given by the step of each axis: those whose last step that is not 0 is forward. */
export function neighbourSteps(axes: number, diagonals: boolean): number[][] {
  let steps: number[][] = [[]];
  for (let axis = 0; axis < axes; axis++)
    steps = steps.flatMap((step) => [-1, 0, 1].map((d) => [...step, d]));
  return steps.filter((step) => {
    const moved = step.filter((d) => d !== 0);
    return moved[moved.length - 1] === 1 && (diagonals || moved.length === 1);
  });
}

/** Pairs of neighbouring positions by their numbers: each pair once. */
export function* neighbours(
  positions: readonly number[],
  step: readonly number[],
): Generator<readonly [number, number]> {
  const strides = positions.map((_, axis) => sizeOf(positions.slice(axis + 1)));
  const moved = step.reduce((sum, d, axis) => sum + d * strides[axis], 0);
  const count = sizeOf(positions);
  for (let i = 0; i < count; i++) {
    const inside = step.every((d, axis) => {
      const at = (Math.floor(i / strides[axis]) % positions[axis]) + d;
      return at >= 0 && at < positions[axis];
    });
    if (inside) yield [i, i + moved];
  }
}
