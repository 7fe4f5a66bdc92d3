/** Pictures read from files in the size that a net wants. */

import { checkInteger, checkName, checkNumber, checkOptions, outOfRange, shown, wrongType } from "../check";
import type { NdArray } from "../tensor";
import { beginning, bytesOf, type FileSource, sourceName } from "./file-bytes";
import { isJpeg, readJpeg } from "./jpeg";
import { inChannels, type Pixels } from "./pixels";
import { isPng, readPng } from "./png";
import { middle, resized, whole } from "./resize";

/** How a picture comes to the size and the numbers that a net wants. */
export interface ImageOptions {
  /** height and width in pixels, or one number for both; default: those of the file */
  readonly size?: number | readonly [height: number, width: number];
  /** "cover" (default) keeps proportions and cuts what stands over at the edges; "stretch" shows all, distorted */
  readonly fit?: "cover" | "stretch";
  /** 1 for grey, 3 for red, green and blue; default: what the file has */
  readonly channels?: 1 | 3;
  /** the numbers of black and white; default [0, 1] */
  readonly range?: readonly [black: number, white: number];
  /** what is seen through transparent pixels, from black 0 to white 1; default 1 */
  readonly background?: number;
}

const FITS = ["cover", "stretch"] as const;

/**
 * Read a PNG or JPEG file as an array of shape [height, width, channels]; what it is tells its content.
 *
 * Photographs are turned upright. A new size is that of Pillow's bilinear resizing: means of all that a new pixel
 * covers, not samples. Grey is 0.299 red + 0.587 green + 0.114 blue.
 *
 * @example
 * await integratedGradients(net, await io.readImage("cat.jpg", { size: 224, range: [-1, 1] }));
 *
 * @param source A path, a `file://` URL, or bytes.
 * @throws Error when there is no such file, or it is cut off; TypeError when it is neither PNG nor JPEG.
 */
export async function readImage(source: FileSource, options: ImageOptions = {}): Promise<NdArray> {
  const fn = "readImage";
  checkOptions(fn, options, ["size", "fit", "channels", "range", "background"]);
  const size = options.size === undefined ? undefined : checkSize(fn, options.size);
  const fit = checkName(fn, "fit", options.fit ?? "cover", FITS);
  const [black, white] = checkRange(fn, options.range ?? [0, 1]);
  const background = checkNumber(fn, "background", options.background ?? 1, 0);
  if (background > 1) throw outOfRange(fn, "background to be from 0 to 1", shown(background));
  const { channels } = options;
  if (channels !== undefined && channels !== 1 && channels !== 3)
    throw outOfRange(fn, "channels to be 1 or 3", shown(channels));

  const read = await pixelsOf(fn, source);
  const opaque = inChannels(read, channels ?? (read.channels < 3 ? 1 : 3), background);
  const [rows, columns] = size ?? [opaque.height, opaque.width];
  const crop = fit === "stretch" ? whole(opaque) : middle(opaque, rows, columns);
  const { data, channels: last } = resized(opaque, crop, rows, columns);
  return { data: data.map((value) => black + value * (white - black)), shape: [rows, columns, last] };
}

async function pixelsOf(fn: string, source: FileSource): Promise<Pixels> {
  const bytes = await bytesOf(fn, source);
  if (isPng(bytes)) return readPng(fn, bytes);
  if (isJpeg(bytes)) return readJpeg(fn, bytes);
  throw wrongType(fn, "a PNG or JPEG file", `${sourceName(source)}, which begins with ${beginning(bytes)}`);
}

function checkSize(fn: string, size: unknown): [height: number, width: number] {
  if (!Array.isArray(size)) {
    const both = checkInteger(fn, "size", size, 1);
    return [both, both];
  }
  if (size.length !== 2) throw outOfRange(fn, "size to be one number or [height, width]", shown(size));
  return [
    checkInteger(fn, "the height of size", size[0], 1),
    checkInteger(fn, "the width of size", size[1], 1),
  ];
}

function checkRange(fn: string, range: readonly [number, number]): readonly [number, number] {
  const [black, white] = Array.isArray(range) && range.length === 2 ? range : [];
  if (!Number.isFinite(black) || !Number.isFinite(white) || black === white)
    throw outOfRange(fn, "range to be [black, white], two finite numbers", shown(range));
  return range;
}
