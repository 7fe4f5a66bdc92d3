/** Reach of an attack: how far it may move an input, and where. */

import { likeExamples } from "../attribution/like-examples";
import type { Problem } from "../attribution/problem";
import { checkNumber, outOfRange, shown, wrongType } from "../check";
import type { ArrayInput } from "../model/input";
import { mapped, type NdArray, type Parts, rowSize } from "../tensor";

/** Bounds of an attack. */
export interface ReachOptions {
  /** The largest change of an entry, in units of the input. Default 0.1. */
  readonly epsilon?: number;
  /** Smallest and largest value that an entry may take. Default: the range that the model was told, else none. */
  readonly range?: readonly [number, number];
  /** Entries that may change (1) and that stay (0), in the shape of x. Default: all may. Nets with one explained input only. */
  readonly mask?: ArrayInput;
}

/** The names of these options. */
export const REACH_OPTIONS: readonly string[] = ["epsilon", "range", "mask"];

/** What an attack may do to the examples of a problem. */
export interface Reach {
  readonly epsilon: number;
  /** Points brought back to where they may be. */
  within(points: Parts): NdArray[];
  /** Steps with nothing where nothing may change. */
  masked(steps: Parts): NdArray[];
}

/** Checks of bounds that need no model. */
export function checkReach(fn: string, { epsilon, range }: ReachOptions): void {
  if (epsilon !== undefined) checkNumber(fn, "epsilon", epsilon, 0, true);
  if (range === undefined) return;
  if (!Array.isArray(range) || range.length !== 2 || !range.every(Number.isFinite) || range[0] >= range[1])
    throw wrongType(fn, "range as two numbers, the smaller first", shown(range));
}

/** The reach about the examples of a problem; throws where what is explained is not the input itself. */
export function reachOf(
  fn: string,
  p: Problem<object>,
  { epsilon = 0.1, range = p.range, mask }: ReachOptions,
): Reach {
  if (!p.places.every((place) => "input" in place))
    throw wrongType(fn, "float inputs, which can be moved a little", "tokens, or columns that are looked up");
  if (mask !== undefined && p.x.length > 1)
    throw outOfRange(fn, "a mask for a net with one float input", `${p.x.length} inputs`);
  const open = mask === undefined ? undefined : likeExamples(fn, p.x[0], mask, "mask").data;
  if (open?.some((value) => value !== 0 && value !== 1))
    throw outOfRange(fn, "a mask of zeros and ones", "other numbers");
  return {
    epsilon,
    within: (points) =>
      points.map((point, i) =>
        mapped(point, (value, at) => {
          const x = p.x[i].data[at];
          if (open?.[at] === 0) return x;
          const near = Math.min(x + epsilon, Math.max(x - epsilon, value));
          // An input that lies outside the range itself is not moved further out.
          return range ? Math.min(Math.max(range[1], x), Math.max(Math.min(range[0], x), near)) : near;
        }),
      ),
    masked: (steps) =>
      open === undefined
        ? [...steps]
        : steps.map((step) => mapped(step, (value, at) => (open[at] === 0 ? 0 : value))),
  };
}

/** The first of all points where the condition of its row holds, else the second, row by row. */
export function rowsWhere(condition: readonly boolean[], yes: Parts, no: Parts): NdArray[] {
  return yes.map((array, i) => {
    const size = rowSize(array);
    return mapped(array, (value, at) => (condition[Math.floor(at / size)] ? value : no[i].data[at]));
  });
}
