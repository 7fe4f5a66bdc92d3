/** Blocks of a picture: a coarse grid whose cells can be named, hidden and seen alone. */
import type { Attribution } from "../../attribution";
import { type NdArray, ndarray } from "../../tensor";

/** Cells along each side, at most. */
const SIDE = 4;

/** A coarse grid over one example of a picture. */
export interface PictureBlocks {
  /** The number of the block of each pixel, [height, width, 1] or [height, width]. */
  readonly groups: NdArray;
  readonly names: readonly string[];
  /** The blocks, and others half a block further in either direction: what lies across an edge of one is within another. */
  readonly regions: readonly PictureRegion[];
  /** The number of each pixel, in the shape of `groups`. */
  readonly pixels: NdArray;
}

/** A rectangle of a picture. */
export interface PictureRegion {
  readonly name: string;
  readonly pixels: readonly number[];
  /** Whether it touches the edge of the picture. */
  readonly atEdge: boolean;
}

/** The blocks of a map over one picture; undefined of maps of other things, or of several. */
export function pictureBlocks({ parts, batched }: Attribution): PictureBlocks | undefined {
  const [part, ...others] = parts;
  if (others.length > 0 || part.axes[0] !== "height" || part.axes[1] !== "width") return undefined;
  const shape = batched ? part.values.shape.slice(1) : part.values.shape;
  const [height, width] = shape;
  const [down, across] = [Math.min(SIDE, height), Math.min(SIDE, width)];
  const blockOf = (pixel: number): number =>
    across * Math.floor((Math.floor(pixel / width) * down) / height) +
    Math.floor(((pixel % width) * across) / width);
  const pixels = Array.from({ length: height * width }, (_, pixel) => blockOf(pixel));
  const grid = shape.slice(2).map(() => 1);
  const within = (top: number, left: number): PictureRegion => {
    const inside = pixels.flatMap((_, pixel) => {
      const [row, column] = [(Math.floor(pixel / width) * down) / height, ((pixel % width) * across) / width];
      return row >= top && row < top + 1 && column >= left && column < left + 1 ? [pixel] : [];
    });
    const rows = inside.map((pixel) => Math.floor(pixel / width));
    const columns = inside.map((pixel) => pixel % width);
    const span = (numbers: readonly number[]): string => `${numbers[0]}–${numbers[numbers.length - 1]}`;
    return {
      name: `rows ${span(rows)}, columns ${span([...columns].sort((a, b) => a - b))}`,
      pixels: inside,
      atEdge: [
        rows[0] === 0,
        rows[rows.length - 1] === height - 1,
        columns.includes(0),
        columns.includes(width - 1),
      ].some(Boolean),
    };
  };
  const cells = (below: number, right: number): PictureRegion[] =>
    Array.from({ length: down - Math.ceil(below) }, (_, row) =>
      Array.from({ length: across - Math.ceil(right) }, (_, column) => within(row + below, column + right)),
    ).flat();
  const blocks = cells(0, 0);
  return {
    groups: ndarray(pixels, [height, width, ...grid]),
    names: blocks.map(({ name }) => name),
    regions: [...blocks, ...cells(0, 0.5), ...cells(0.5, 0), ...cells(0.5, 0.5)].filter(
      (region) => region.pixels.length > 0,
    ),
    pixels: ndarray(
      pixels.map((_, pixel) => pixel),
      [height, width, ...grid],
    ),
  };
}
