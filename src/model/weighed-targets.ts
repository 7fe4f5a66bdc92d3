/** Targets that weigh entries of the output: why one class rather than another, a region of a segmentation, a quantile. */
import { outOfRange, shown, wrongType } from "../check";
import { type NdArray, ndarray, rowSize, sameShape, sizeOf } from "../tensor";
import { type ArrayInput, checkFinite, readArray } from "./input";

/** A class, by number or by name. */
type ClassName = number | string;

/** One class rather than another: F_a − F_b. */
export interface ContrastTarget {
  readonly kind: "contrast";
  readonly of: ClassName;
  readonly rather: ClassName | undefined;
}

/** The mean score of a class over positions of a segmentation. */
export interface RegionTarget {
  readonly kind: "region";
  readonly where: NdArray;
  readonly of: ClassName | undefined;
}

/** A quantile, or the distance of two, of a net that gives some of them. */
export interface QuantileTarget {
  readonly kind: "quantile";
  readonly level: number | readonly [number, number];
  readonly levels: readonly number[];
}

/** Any of them. */
export type WeighedTarget = ContrastTarget | RegionTarget | QuantileTarget;

function isClass(value: unknown): value is ClassName {
  return typeof value === "string" || (typeof value === "number" && Number.isInteger(value) && value >= 0);
}

/**
 * Why one class rather than another as the target: F_of − F_rather. Of logits the difference is the logarithm of the odds.
 *
 * @param of a class; "predicted" by default.
 * @param rather the other class. Default: of each example that with the largest score beside `of`.
 */
export function contrast(of: ClassName = "predicted", rather?: ClassName): ContrastTarget {
  for (const one of rather === undefined ? [of] : [of, rather])
    if (!isClass(one)) throw wrongType("contrast", "classes by number or name", shown(one));
  if (of === rather) throw outOfRange("contrast", "two different classes", `${shown(of)} twice`);
  return { kind: "contrast", of, rather };
}

/**
 * A class of a segmentation as the target, in the mean over a region.
 *
 * @param where weights of positions, in the shape of the output without its classes: 1 inside and 0 outside.
 * @param of the class, by number or name; not needed for an output of one number per position.
 */
export function region(where: ArrayInput, of?: ClassName): RegionTarget {
  const array = readArray("region", where, "the region");
  checkFinite("region", array, "the region");
  if (!array.data.some((weight) => weight !== 0))
    throw outOfRange("region", "a region with positions", "none (all weights are 0)");
  if (of !== undefined && !isClass(of)) throw wrongType("region", "a class by number or name", shown(of));
  return { kind: "region", where: array, of };
}

/**
 * A quantile of a net that gives several as the target, or with two levels the width of the interval between them. Between the levels
 * that the net gives quantiles are interpolated linearly.
 *
 * @param level between the smallest and the largest of `levels`, or two of those: `quantile([0.1, 0.9], levels)`.
 * @param levels of the output's entries, in ascending order.
 */
export function quantile(
  level: number | readonly [number, number],
  levels: readonly number[],
): QuantileTarget {
  const isLevel = (one: unknown): one is number => typeof one === "number" && one > 0 && one < 1;
  if (!Array.isArray(levels) || levels.length === 0 || !levels.every(isLevel))
    throw wrongType("quantile", "levels between 0 and 1, one per entry of the output", shown(levels));
  if (levels.some((one, i) => i > 0 && one <= levels[i - 1]))
    throw outOfRange("quantile", "levels in ascending order", shown(levels));
  const asked = typeof level === "number" ? [level] : level;
  if (!Array.isArray(asked) || (typeof level !== "number" && asked.length !== 2) || !asked.every(isLevel))
    throw wrongType("quantile", "a level between 0 and 1, or two", shown(level));
  const [first, last] = [levels[0], levels[levels.length - 1]];
  const beyond = asked.find((one) => one < first || one > last);
  if (beyond !== undefined) throw outOfRange("quantile", `a level from ${first} to ${last}`, String(beyond));
  return { kind: "quantile", level, levels: [...levels] };
}

/** Whether a target is one of these. */
export function isWeighed(target: unknown): target is WeighedTarget {
  const kind = typeof target === "object" && target !== null && "kind" in target ? target.kind : undefined;
  return kind === "contrast" || kind === "region" || kind === "quantile";
}

/** Weights of the output's entries, in its shape, and what they mean in words, one per example. */
export interface WeighedEntries {
  readonly mask: NdArray;
  readonly labels: readonly string[];
}

/** What a target asks of the outputs of the clean input. */
export interface WeighedContext {
  readonly fn: string;
  readonly outputValues: NdArray;
  /** Numbers of a class, one per example; throws where there is none of that name. */
  readonly numbersOf: (named: ClassName) => readonly number[];
  readonly nameOf: (index: number) => string;
}

/** A target as weights of entries. */
export function weighedEntries(target: WeighedTarget, context: WeighedContext): WeighedEntries {
  if (target.kind === "contrast") return contrasted(target, context);
  const { outputValues } = context;
  const { row, label } = target.kind === "region" ? overRegion(target, context) : ofQuantile(target, context);
  const examples = outputValues.shape[0];
  const width = row.length;
  return {
    mask: ndarray(
      Float32Array.from({ length: examples * width }, (_, i) => row[i % width]),
      outputValues.shape,
    ),
    labels: Array.from({ length: examples }, () => label),
  };
}

function contrasted(
  { of, rather }: ContrastTarget,
  { fn, outputValues, numbersOf, nameOf }: WeighedContext,
): WeighedEntries {
  const { data, shape } = outputValues;
  const width = rowSize(outputValues);
  if (shape.length !== 2 || width < 2)
    throw wrongType(
      fn,
      "contrast(…) of an output of several classes",
      `shape [${shape.slice(1).join(", ")}]`,
    );
  const first = numbersOf(of);
  const second =
    rather === undefined
      ? first.map((own, row) => largestBut(data, row * width, width, own))
      : numbersOf(rather);
  const same = first.findIndex((own, row) => own === second[row]);
  if (same >= 0) throw outOfRange(fn, "contrast(…) of two different classes", `${nameOf(first[same])} twice`);
  const mask = new Float32Array(shape[0] * width);
  for (const [row, own] of first.entries()) {
    mask[row * width + own] = 1;
    mask[row * width + second[row]] = -1;
  }
  return {
    mask: ndarray(mask, shape),
    labels: first.map((own, row) => `${nameOf(own)} rather than ${nameOf(second[row])}`),
  };
}

/** The index of the largest entry beside one. */
function largestBut(data: Float32Array, from: number, width: number, not: number): number {
  let best = not === 0 ? 1 : 0;
  for (let i = 0; i < width; i++) if (i !== not && data[from + i] > data[from + best]) best = i;
  return best;
}

function overRegion(
  { where, of }: RegionTarget,
  { fn, outputValues, numbersOf, nameOf }: WeighedContext,
): { row: Float32Array; label: string } {
  const shape = outputValues.shape.slice(1);
  const each = sameShape(where.shape, shape) && of === undefined;
  const positions = each ? shape : shape.slice(0, -1);
  if (!sameShape(where.shape, positions) || positions.length === 0)
    throw outOfRange(
      fn,
      `a region of shape [${shape.slice(0, -1).join(", ")}]`,
      `[${where.shape.join(", ")}]`,
    );
  const classes = each ? 1 : shape[shape.length - 1];
  if (of === undefined && classes > 1)
    throw wrongType(fn, "region(where, class) for an output of several classes", "no class");
  const [own] = of === undefined ? [0] : numbersOf(of);
  const total = where.data.reduce((sum, weight) => sum + Math.abs(weight), 0);
  const row = new Float32Array(sizeOf(shape));
  for (const [i, weight] of where.data.entries()) row[i * classes + own] = weight / total;
  return { row, label: of === undefined ? "region" : `${nameOf(own)} in region` };
}

function ofQuantile(
  { level, levels }: QuantileTarget,
  { fn, outputValues }: WeighedContext,
): { row: Float32Array; label: string } {
  const { shape } = outputValues;
  if (shape.length !== 2 || shape[1] !== levels.length)
    throw outOfRange(
      fn,
      `an output of ${levels.length} quantiles, one per level`,
      `shape [${shape.slice(1).join(", ")}]`,
    );
  const row = new Float32Array(levels.length);
  const add = (asked: number, sign: number): void => {
    const high = levels.findIndex((one) => one >= asked);
    const low = levels[high] === asked ? high : high - 1;
    const share = high === low ? 0 : (asked - levels[low]) / (levels[high] - levels[low]);
    row[low] += sign * (1 - share);
    if (high !== low) row[high] += sign * share;
  };
  if (typeof level === "number") {
    add(level, 1);
    return { row, label: `quantile ${level}` };
  }
  add(level[1], 1);
  add(level[0], -1);
  return { row, label: `interval ${level[0]} to ${level[1]}` };
}
