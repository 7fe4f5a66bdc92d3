/** Pictures of pixels as PNG: grids under a colour scale, and whole figures in few colours. */

import type { ImageData } from "fast-png";
import { type ColourScale, colourAt, opacityAt } from "../colour";
import type { Grid } from "../grid";
import { type CountedColours, paletteOf } from "./palette";

/** Steps of a colour scale: thirty either side of zero, about what the eye tells apart, and half the size of 120. */
export const LEVELS: number = 61;

/** A grid as a PNG data address with indexed colours; `fade` makes small magnitudes transparent. */
export function pngOfGrid(grid: Grid, scale: ColourScale, fade: boolean): string {
  const translucent = fade || scale.stops[0].length > 7;
  const span = scale.high - scale.low;
  const palette = Array.from({ length: LEVELS }, (_, level) => {
    const value = scale.low + (span * level) / (LEVELS - 1);
    if (!translucent) return colourAt(scale, value);
    const opacity = fade ? fadeOpacity(value, scale) : opacityAt(scale, value);
    return [...colourAt(scale, value), Math.round(254 * opacity)];
  });
  palette.push(translucent ? [...colourAt(scale, Number.NaN), 255] : colourAt(scale, Number.NaN));
  const data = Uint8Array.from(grid.values, (value) => {
    if (!Number.isFinite(value)) return LEVELS;
    const share = Math.min(1, Math.max(0, (value - scale.low) / span));
    return Math.round(share * (LEVELS - 1));
  });
  // fast-png stores the transparency of translucent entries only, in order: the opaque one comes last.
  const image: ImageData = { width: grid.columns, height: grid.rows, channels: 1, depth: 8, data, palette };
  return address(encodePng(image, data.length > MANY_BYTES ? 6 : 9));
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
  const rounded = inFewLevels(room, (nearest) =>
    encodePng(
      {
        width: columns,
        height: rows,
        channels: 3,
        data: Uint8Array.from(rgb, (value) => nearest[value]),
      },
      rgb.length > MANY_BYTES ? 6 : 9,
    ),
  );
  if (rounded.length <= room) return address(rounded);
  const pixels = Uint8Array.from({ length: 4 * rows * columns }, (_, i) =>
    i % 4 === 3 ? 255 : rgb[3 * Math.floor(i / 4) + (i % 4)],
  );
  return address(indexedPng(columns, rows, countedColours(pixels), [256, 64, 32], room));
}

/** Pictures of more bytes are compressed at level 6: at 9 a reader would wait. */
const MANY_BYTES = 3 * 256 * 256;

/** A grainy photograph in all its colours would be the heaviest part of a notebook's output. */
export const COMPACT_BYTES = 60_000;
/** Beyond this not even its colours are kept. */
export const MOST_BYTES = 84_000;
/** Opaque pixels as a PNG of a palette, whatever they are: of noise in noise there is no true small picture. */
export function palettePng(width: number, height: number, pixels: Uint8Array): Uint8Array {
  return indexedPng(width, height, countedColours(pixels), [256, 128], COMPACT_BYTES);
}

/** Opaque pixels in all their colours, for print: a PNG of red, green and blue. */
export function fullPng(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const data = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3)
    data.set(pixels.subarray(from, from + 3), to);
  return encodePng({ width, height, channels: 3, depth: 8, data }, 6);
}

/** Colours of fewer pixels than this are those of photographs and of the edges of letters. */
const RARE = 48;

/**
 * Opaque pixels (red, green, blue, alpha) as a small PNG: of up to 256 colours as they are; of more, those of few pixels
 * in levels. A palette could not hold the colours of a photograph, and levels would turn the pale colours of a map.
 */
export function compactPng(width: number, height: number, pixels: Uint8Array): Uint8Array {
  const counted = countedColours(pixels);
  const { colours, counts, numbers } = counted;
  if (isDrawing(counts))
    return indexedPng(width, height, counted, [counts.length <= 256 ? 256 : 128], COMPACT_BYTES);
  // Level 9 takes four times as long, while a reader waits for the picture, and makes it 7 % smaller.
  return inFewLevels(COMPACT_BYTES, (nearest) => {
    const drawn = Array.from(colours, (colour, i) =>
      channelsOf(colour).map((value) => (counts[i] < RARE ? nearest[value] : value)),
    );
    const data = new Uint8Array(3 * numbers.length);
    for (let i = 0; i < numbers.length; i++) data.set(drawn[numbers[i]], 3 * i);
    return encodePng({ width, height, channels: 3, depth: 8, data }, 6);
  });
}

/** Colours of a palette that are kept as they are, and the share of the pixels that may have others. */
const [KEPT_COLOURS, MOST_OTHERS] = [128, 0.01];

/** True of a picture of few colours, but for the edges of its letters. */
function isDrawing(counts: ArrayLike<number>): boolean {
  const sorted = Float64Array.from(counts).sort();
  const others = sorted.subarray(0, Math.max(0, sorted.length - KEPT_COLOURS));
  const total = (of: Float64Array): number => of.reduce((sum, count) => sum + count, 0);
  return counts.length <= 256 || total(others) <= MOST_OTHERS * total(sorted);
}

/** Levels of each channel: with sixteen no value moves by more than eight. */
const LEVELS_OF_CHANNELS = [256, 32, 16];

/** The PNG drawn with the most levels of each channel that has room, or with the fewest. */
function inFewLevels(room: number, draw: (nearest: Uint8Array) => Uint8Array): Uint8Array {
  let png: Uint8Array = new Uint8Array();
  for (const levels of LEVELS_OF_CHANNELS) {
    const step = 255 / (levels - 1);
    png = draw(Uint8Array.from({ length: 256 }, (_, value) => Math.round(Math.round(value / step) * step)));
    if (png.length <= room) break;
  }
  return png;
}

function channelsOf(colour: number): number[] {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

/** The PNG of the first of some numbers of colours that has room, or of the last. */
function indexedPng(
  width: number,
  height: number,
  counted: NumberedPixels,
  limits: readonly number[],
  room: number,
): Uint8Array {
  let png: Uint8Array = new Uint8Array();
  for (const limit of limits) {
    const { entries, entryOf } = paletteOf(counted, limit);
    const data = Uint8Array.from(counted.numbers, (number) => entryOf[number]);
    png = encodePng({ width, height, channels: 1, depth: 8, data, palette: entries });
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
