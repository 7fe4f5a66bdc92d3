/** Pixels of a picture as light from 0 to 1, and what is done to them before a net sees them. */

/** A picture, row by row, its channels together: grey, or red, green and blue, each with its opacity last if it has one. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and opacity, 3 colour, 4 colour and opacity */
  readonly channels: number;
  readonly data: Float32Array;
}

/** Shares of red, green and blue in grey (ITU-R BT.601), as Pillow and TensorFlow have them. */
const GREY = [0.299, 0.587, 0.114];

/** Opaque pixels in grey (1) or colour (3): what shines through is `background`, from black 0 to white 1. */
export function inChannels(pixels: Pixels, channels: 1 | 3, background: number): Pixels {
  const { width, height, channels: given } = pixels;
  const colours = given < 3 ? 1 : 3;
  const opaque = given === colours;
  const data = new Float32Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const from = pixel * given;
    const opacity = opaque ? 1 : pixels.data[from + colours];
    const light = (colour: number): number =>
      pixels.data[from + (colours === 1 ? 0 : colour)] * opacity + background * (1 - opacity);
    if (channels === 3) for (let colour = 0; colour < 3; colour++) data[3 * pixel + colour] = light(colour);
    else data[pixel] = GREY.reduce((sum, share, colour) => sum + share * light(colour), 0);
  }
  return { width, height, channels, data };
}

/**
 * Pixels turned and mirrored as a camera's `orientation` (EXIF, 1 to 8) asks: telephones save what the sensor saw, and
 * write beside it how it was held.
 */
export function upright(pixels: Pixels, orientation: number): Pixels {
  const { width, height, channels, data } = pixels;
  if (!(orientation >= 2 && orientation <= 8)) return pixels;
  const lying = orientation >= 5;
  const [columns, rows] = lying ? [height, width] : [width, height];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBelow = [3, 4, 6, 7].includes(orientation);
  const out = new Float32Array(data.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const [across, down] = lying ? [row, column] : [column, row];
      const x = fromRight ? width - 1 - across : across;
      const y = fromBelow ? height - 1 - down : down;
      const from = (y * width + x) * channels;
      out.set(data.subarray(from, from + channels), (row * columns + column) * channels);
    }
  return { width: columns, height: rows, channels, data: out };
}
