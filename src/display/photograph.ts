/** Photographs: inputs of three colour channels, as they look. */

import { extent, NOT_FINITE_CHANNELS } from "./colour";
import type { PartView } from "./map-view";
import { hasInput } from "./part-grids";

/** Ranges in which pictures are kept; others are stretched from their smallest to their largest value. */
const RANGES: readonly (readonly [low: number, high: number])[] = [
  [0, 1],
  [0, 255],
  [-1, 1],
];

/** A range of which a picture uses less is not its own: values up to 1.02 are no byte, which would be black. */
const LEAST_SHARE = 1 / 16;

/**
 * Red, green and blue of each cell of one example's input, 0 … 255, and whether its values were stretched for it;
 * undefined where the input is no picture of three channels.
 */
export function photographOf(
  part: PartView,
  example: number,
): { rgb: number[]; stretched: boolean } | undefined {
  if (!hasInput(part) || part.axes.length !== 3) return undefined;
  const { data, shape } = part.input;
  const axes = ["height", "width", "channel"].map((axis) => part.axes.indexOf(axis));
  const [rows, columns, channels] = axes.map((axis) => shape[axis + 1]);
  if (axes.includes(-1) || channels !== 3) return undefined;
  // Three channels of a layer are no colours; what lies under a coarser map is the picture itself.
  if (part.at === "layer" && part.values.data.length === data.length) return undefined;
  const [smallest, largest] = extent(data);
  const known = RANGES.find(
    ([low, high]) => low <= smallest && largest <= high && largest - low > LEAST_SHARE * (high - low),
  );
  const [low, high] = known ?? [smallest, largest];
  const strides = shape.slice(1).map((_, axis) => shape.slice(axis + 2).reduce((a, b) => a * b, 1));
  const [down, across, deep] = axes.map((axis) => strides[axis]);
  const start = example * rows * columns * channels;
  const rgb = Array.from({ length: rows * columns * channels }, (_, i) => {
    const [cell, channel] = [Math.floor(i / channels), i % channels];
    const value =
      data[start + Math.floor(cell / columns) * down + (cell % columns) * across + channel * deep];
    return Number.isFinite(value)
      ? Math.round((255 * (value - low)) / (high - low))
      : NOT_FINITE_CHANNELS[channel];
  });
  return { rgb, stretched: known === undefined };
}

/** The same colours, none darker than a quarter: over black no colour of a map could be told from another. */
export function lightened(rgb: readonly number[]): number[] {
  return rgb.map((value) => Math.round(64 + (value * 191) / 255));
}
