/** Masks: which entries of a map lie where they should. */
import type { OptionRule } from "../../attribution";
import { upsampled } from "../../attribution/upsample";
import { outOfRange, shown, wrongType } from "../../check";
import { type ArrayInput, readArray } from "../../model/input";
import { type NdArray, rowSize, sizeOf } from "../../tensor";
import type { Measured } from "../metric";

/** Signs that count: all as they are, their magnitudes, or what is positive. */
export type Sign = "signed" | "absolute" | "positive";

/** Options of metrics that compare with a mask. */
export interface MaskOptions {
  /**
   * Mask: not zero where attribution should lie, in the shape of an example of the map or of what lies beneath it, with or
   * without the batch axis; an axis of extent 1 stands for all of it, and axes at the end may be left out.
   */
  readonly mask: ArrayInput | undefined;
  /** The map as it is ("signed"), its magnitudes ("absolute"), or what is positive ("positive"). */
  readonly sign: Sign;
}

/** Their rules. */
export function maskOptions(sign: Sign): {
  readonly [Name in keyof MaskOptions]: OptionRule<MaskOptions[Name]>;
} {
  return {
    mask: {
      default: undefined,
      check: (fn, given) => {
        if (!isArray(given)) throw wrongType(fn, "mask to be an array", shown(given));
        return given;
      },
    },
    sign: {
      default: sign,
      check: (fn, given) => {
        if (given === "signed" || given === "absolute" || given === "positive") return given;
        throw outOfRange(fn, 'sign to be "signed", "absolute" or "positive"', shown(given));
      },
    },
  };
}

function isArray(given: unknown): given is ArrayInput {
  return typeof given === "object" && given !== null;
}

/** One example's map beside its mask. */
export interface MaskedMap {
  readonly values: Float64Array;
  readonly inside: Uint8Array;
}

/** A metric's value for each example, of its map and its mask. */
export function measuredInside(
  fn: string,
  { map, options }: Measured<MaskOptions>,
  value: (masked: MaskedMap) => number | undefined,
): (number | undefined)[] {
  if (options.mask === undefined) throw wrongType(fn, "the option mask", "none");
  const mask = readArray(fn, options.mask, "mask");
  const { parts } = map.toView();
  if (parts.length > 1)
    throw outOfRange(fn, "a map of one part", `parts ${parts.map(({ name }) => shown(name)).join(", ")}`);
  const [{ values: own, input, at }] = parts;
  // A class activation map is compared where it lies: over the image.
  const beneath = at === "layer" && input && input.shape.length === own.shape.length ? input : undefined;
  const fits = fitted(mask, own.shape);
  const values = fits || !beneath ? own : upsampled(own, beneath.shape.slice(1, -1));
  const inside = fits ?? fitted(mask, values.shape);
  if (inside === undefined)
    throw outOfRange(
      fn,
      `mask of shape [${own.shape.slice(1).join(", ")}], or 1 along some axes`,
      `shape [${mask.shape.join(", ")}]`,
    );
  const width = rowSize(values);
  return Array.from({ length: own.shape[0] }, (_, row) =>
    value({
      values: Float64Array.from(values.data.subarray(row * width, (row + 1) * width), (entry) =>
        options.sign === "signed"
          ? entry
          : options.sign === "absolute"
            ? Math.abs(entry)
            : Math.max(0, entry),
      ),
      inside: inside.subarray(row * width, (row + 1) * width),
    }),
  );
}

/** A mask as one entry per entry of a batch; undefined where it does not fit. */
function fitted(mask: NdArray, shape: readonly number[]): Uint8Array | undefined {
  const example = shape.slice(1);
  const alone = [
    1,
    ...mask.shape,
    ...new Array<number>(Math.max(0, example.length - mask.shape.length)).fill(1),
  ];
  const batched = [
    ...mask.shape,
    ...new Array<number>(Math.max(0, shape.length - mask.shape.length)).fill(1),
  ];
  const own = [alone, batched].find(
    (extents) =>
      extents.length === shape.length &&
      extents.every((extent, axis) => extent === 1 || extent === shape[axis]),
  );
  if (own === undefined) return undefined;
  return Uint8Array.from({ length: sizeOf(shape) }, (_, entry) => {
    let [at, rest, stride] = [0, entry, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (own[axis] > 1) at += (rest % shape[axis]) * stride;
      rest = Math.floor(rest / shape[axis]);
      stride *= own[axis];
    }
    return Number(mask.data[at] !== 0);
  });
}

/** Entries inside a mask. */
export function insideOf({ inside }: MaskedMap): number {
  return inside.reduce((sum, yes) => sum + yes, 0);
}

/** The share of the k largest values that lie inside; of equal ones at the border each counts its part. */
export function shareOfLargest({ values, inside }: MaskedMap, k: number): number {
  const sorted = Float64Array.from(values).sort();
  const least = sorted[sorted.length - k];
  let [above, aboveInside, equal, equalInside] = [0, 0, 0, 0];
  values.forEach((value, i) => {
    if (value > least) {
      above++;
      aboveInside += inside[i];
    } else if (value === least) {
      equal++;
      equalInside += inside[i];
    }
  });
  return (aboveInside + ((k - above) * equalInside) / equal) / k;
}

/** The share of a map's sum that lies inside; undefined where the sum is zero. */
export function massInside({ values, inside }: MaskedMap): number | undefined {
  const total = values.reduce((sum, value) => sum + value, 0);
  return total === 0 ? undefined : values.reduce((sum, value, i) => sum + value * inside[i], 0) / total;
}
