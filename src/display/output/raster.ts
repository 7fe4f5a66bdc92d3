/** Pictures of pixels as PNG: grids under a colour scale, and whole figures in few colours. */

import type { ImageData } from "fast-png";
import { type ColourScale, colourAt } from "../colour";
import type { Grid } from "../grid";
import { type CountedColours, paletteOf } from "./palette";

/** Steps of a colour scale: thirty either side of zero, about what the eye tells apart, and half the size of 120. */
export const LEVELS: number = 61;

/** A grid as a PNG data address with indexed colours; `fade` makes small magnitudes transparent. */
export function pngOfGrid(grid: Grid, scale: ColourScale, fade: boolean): string {
  const span = scale.high - scale.low;
  const palette = Array.from({ length: LEVELS }, (_, level) => {
    const value = scale.low + (span * level) / (LEVELS - 1);
    const alpha = fade ? Math.round(254 * fadeOpacity(value, scale)) : 255;
    return fade ? [...colourAt(scale, value), alpha] : colourAt(scale, value);
  });
  palette.push(fade ? [...colourAt(scale, Number.NaN), 254] : colourAt(scale, Number.NaN));
  const data = Uint8Array.from(grid.values, (value) => {
    if (!Number.isFinite(value)) return LEVELS;
    const share = Math.min(1, Math.max(0, (value - scale.low) / span));
    return Math.round(share * (LEVELS - 1));
  });
  // fast-png stores the transparency of translucent entries only, in order: here all are translucent or none is.
  return address(encodePng({ width: grid.columns, height: grid.rows, channels: 1, depth: 8, data, palette }));
}

/** Opacity of a value over the picture below it: from nothing at zero to nearly opaque at the limit. */
export function fadeOpacity(value: number, scale: ColourScale): number {
  return Math.min(1, Math.abs(value) / scale.high) * 0.85;
}

/** Red, green and blue per cell as a PNG data address: in all colours, or in so few that it has `room`. */
export function pngOfColours(
  { rows, columns }: { rows: number; columns: number },
  rgb: readonly number[],
  room: number,
): string {
  const whole = encodePng({ width: columns, height: rows, channels: 3, data: Uint8Array.from(rgb) });
  if (whole.length <= room) return address(whole);
  const pixels = Uint8Array.from({ length: 4 * rows * columns }, (_, i) =>
    i % 4 === 3 ? 255 : rgb[3 * Math.floor(i / 4) + (i % 4)],
  );
  return address(indexedPng(columns, rows, pixels, [256, 64, 32], room));
}

// A noisy picture at 256 colours would be the heaviest part of a notebook's output; fewer than 128 are seen to be wrong.
const COMPACT_BYTES = 56_000;

/** Opaque pixels (red, green, blue, alpha) as a PNG of 256 colours, of 128 where that is large. */
export function pngOfIndexedColours(width: number, height: number, pixels: Uint8Array): Uint8Array {
  return indexedPng(width, height, pixels, [256, 128], COMPACT_BYTES);
}

/** The PNG of the first of some numbers of colours that has room, or of the last. */
function indexedPng(
  width: number,
  height: number,
  pixels: Uint8Array,
  limits: readonly number[],
  room: number,
): Uint8Array {
  const counted = countedColours(pixels);
  let png: Uint8Array = new Uint8Array();
  for (const limit of limits) {
    const { entries, entryOf } = paletteOf(counted, limit);
    const data = Uint8Array.from(counted.numbers, (number) => entryOf[number]);
    // Level 9 takes four times as long, while a reader waits for the picture, and makes it 7 % smaller.
    png = encodePng({ width, height, channels: 1, depth: 8, data, palette: entries }, 6);
    if (png.length <= room) break;
  }
  return png;
}

/** Pixels by the numbers of their colours, which are numbered in the order in which they occur. */
interface NumberedPixels extends CountedColours {
  readonly numbers: Uint32Array;
}

function countedColours(pixels: Uint8Array): NumberedPixels {
  const known = new Map<number, number>();
  const counts: number[] = [];
  const numbers = new Uint32Array(pixels.length / 4);
  // Most pixels have the colour of the one before.
  let last = -1;
  let number = 0;
  for (let i = 0, at = 0; i < numbers.length; i++, at += 4) {
    const colour = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    if (colour !== last) {
      number = known.get(colour) ?? known.size;
      known.set(colour, number);
      last = colour;
    }
    counts[number] = (counts[number] ?? 0) + 1;
    numbers[i] = number;
  }
  return { colours: [...known.keys()], counts, numbers };
}

function address(png: Uint8Array): string {
  return `data:image/png;base64,${base64(png)}`;
}

function encodePng(image: ImageData, level: 6 | 9 = 9): Uint8Array {
  const { encode } = require("fast-png") as typeof import("fast-png");
  return encode(image, { zlib: { level } });
}

/** Base64 of bytes, in node and in browsers. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
