/** Pictures of another size: each new pixel is the mean of what it covers, as Pillow's bilinear resizing has it. */

import type { Pixels } from "./pixels";

/** A part of a picture, in pixels; its corners may lie between them. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The largest middle part of a picture that has the proportions of height × width. */
export function middle({ width, height }: Pixels, rows: number, columns: number): Crop {
  const scale = Math.min(width / columns, height / rows);
  const [across, down] = [columns * scale, rows * scale];
  return { left: (width - across) / 2, top: (height - down) / 2, width: across, height: down };
}

/** The whole of a picture. */
export function whole({ width, height }: Pixels): Crop {
  return { left: 0, top: 0, width, height };
}

/**
 * A part of a picture in rows × columns pixels, by a triangle as wide as two new pixels (or as two old ones, where the
 * picture grows): nothing is skipped, so that fine stripes become grey and not other stripes.
 */
export function resized(pixels: Pixels, crop: Crop, rows: number, columns: number): Pixels {
  const { width, height, channels, data } = pixels;
  if (rows === height && columns === width && crop.width === width && crop.height === height) return pixels;
  const across = weightsOf(width, crop.left, crop.width, columns);
  const narrow = new Float32Array(height * columns * channels);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < columns; column++) {
      const { first, weights } = across[column];
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let i = 0; i < weights.length; i++)
          sum += weights[i] * data[(row * width + first + i) * channels + channel];
        narrow[(row * columns + column) * channels + channel] = sum;
      }
    }
  const down = weightsOf(height, crop.top, crop.height, rows);
  const stride = columns * channels;
  const out = new Float32Array(rows * stride);
  down.forEach(({ first, weights }, row) => {
    for (let at = 0; at < stride; at++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * narrow[(first + i) * stride + at];
      out[row * stride + at] = sum;
    }
  });
  return { width: columns, height: rows, channels, data: out };
}

/** What the old pixels along one axis give to each of the new ones. */
function weightsOf(
  extent: number,
  start: number,
  length: number,
  count: number,
): { first: number; weights: number[] }[] {
  const step = length / count;
  const reach = Math.max(1, step);
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * step;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const end = Math.min(extent, Math.floor(centre + reach + 0.5));
    const weights = Array.from({ length: Math.max(1, end - first) }, (__, j) =>
      Math.max(0, 1 - Math.abs((first + j + 0.5 - centre) / reach)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
