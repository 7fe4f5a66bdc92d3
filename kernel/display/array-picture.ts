/** Numbers that are looked at rather than read: lines and pictures. */
import type { ImageData } from "fast-png";
import type { Summary } from "./array-text";
import { numberText } from "./cell-text";

const BLOCKS = "▁▂▃▄▅▆▇█";
const TEXT_POINTS = 60;
const SVG_POINTS = 400;
const SMALLEST_PICTURE = 8;
const MOST_PIXELS = 1 << 20;
const MOST_PICTURES = 8;

/** Every value when there are few, else the mean of each of `count` stretches. */
function thinned(values: ArrayLike<number>, count: number): number[] {
  if (values.length <= count) return Array.from(values);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * values.length) / count);
    const to = Math.floor(((i + 1) * values.length) / count);
    let sum = 0;
    for (let at = from; at < to; at++) sum += values[at]!;
    return sum / (to - from);
  });
}

export function sparklineText(values: ArrayLike<number>, { min, max }: Summary): string {
  const span = max - min || 1;
  return thinned(values, TEXT_POINTS)
    .map((value) =>
      Number.isFinite(value) ? BLOCKS[Math.min(7, Math.floor((8 * (value - min)) / span))]! : " ",
    )
    .join("");
}

export function sparklineSvg(values: ArrayLike<number>, { min, max }: Summary): string {
  const points = thinned(values, SVG_POINTS);
  const [width, height] = [320, 48];
  const x = (i: number) => ((i * width) / Math.max(1, points.length - 1)).toFixed(1);
  const y = (value: number) => (height - 2 - ((height - 4) * (value - min)) / (max - min || 1)).toFixed(1);
  const path = points
    .map((value, i) =>
      Number.isFinite(value)
        ? `${i > 0 && Number.isFinite(points[i - 1]) ? "L" : "M"}${x(i)} ${y(value)}`
        : "",
    )
    .join("");
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${points.length} values as a line"><path d="${path}" fill="none" stroke="currentColor" stroke-width="1.5"/></svg>`;
}

/** Layout of an array as pictures: [height, width], with channels last, with a batch first. */
interface PictureLayout {
  count: number;
  height: number;
  width: number;
  channels: 1 | 3 | 4;
}

export function pictureLayout(shape: readonly number[]): PictureLayout | undefined {
  const last = shape.at(-1);
  const hasChannels = shape.length >= 3 && (last === 1 || last === 3 || last === 4);
  const channels = hasChannels ? last : 1;
  const axes = hasChannels ? shape.slice(0, -1) : shape;
  if (axes.length !== 2 && !(axes.length === 3 && hasChannels)) return undefined;
  const [count, height, width] =
    axes.length === 3 ? (axes as [number, number, number]) : [1, axes[0]!, axes[1]!];
  if (count < 1 || Math.min(height, width) < SMALLEST_PICTURE) return undefined;
  // Long strips are tables, not pictures.
  if (Math.max(height, width) > 16 * Math.min(height, width)) return undefined;
  return height * width > MOST_PIXELS ? undefined : { count, height, width, channels };
}

/** The values that are black and white. */
function greyRange({ min, max }: Summary, channels: number): [number, number] {
  if (channels > 1 && min >= 0 && max <= 1) return [0, 1];
  return channels > 1 && min >= 0 && max <= 255 ? [0, 255] : [min, max];
}

export function picturesHtml(values: ArrayLike<number>, layout: PictureLayout, of: Summary): string {
  const { encode } = require("fast-png") as typeof import("fast-png");
  const { count, height, width, channels } = layout;
  const [black, white] = greyRange(of, channels);
  const pixels = height * width * channels;
  const shown = Math.min(count, MOST_PICTURES);
  const scale = Math.max(1, Math.min(8, Math.floor((shown > 1 ? 112 : 224) / Math.max(height, width))));
  let html = "";
  for (let picture = 0; picture < shown; picture++) {
    const data = new Uint8Array(pixels);
    for (let i = 0; i < pixels; i++) {
      const value = values[picture * pixels + i]!;
      data[i] = Math.max(0, Math.min(255, Math.round((255 * (value - black)) / (white - black || 1))));
    }
    const image: ImageData = { width, height, channels, depth: 8, data };
    const source = Buffer.from(encode(image)).toString("base64");
    html += `<img src="data:image/png;base64,${source}" width="${width * scale}" height="${height * scale}" style="image-rendering:pixelated;margin:2px" alt="picture ${picture + 1} of ${count}">`;
  }
  const more = count > shown ? ` · … ${count - shown} more` : "";
  return `<div>${html}</div><div style="opacity:.7">black ${numberText(black)} · white ${numberText(white)}${more}</div>`;
}
