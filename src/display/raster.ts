import type { ImageData } from "fast-png";
import { type ColourScale, colourAt } from "./colour";
import type { Grid } from "./grid";

// 60 steps either side of zero are finer than the eye tells apart, and compress well.
const LEVELS = 121;

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
  return png({ width: grid.columns, height: grid.rows, channels: 1, depth: 8, data, palette });
}

/** Opacity of a value over the picture below it: from nothing at zero to nearly opaque at the limit. */
export function fadeOpacity(value: number, scale: ColourScale): number {
  return Math.min(1, Math.abs(value) / scale.high) * 0.85;
}

/** Red, green, blue per cell as a PNG data address. */
export function pngOfColours(size: { rows: number; columns: number }, colours: number[][]): string {
  return png({ width: size.columns, height: size.rows, channels: 3, data: Uint8Array.from(colours.flat()) });
}

function png(image: ImageData): string {
  const { encode } = require("fast-png") as typeof import("fast-png");
  return `data:image/png;base64,${base64(encode(image, { zlib: { level: 9 } }))}`;
}

/** Base64 of bytes, in node and in browsers. */
export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}
