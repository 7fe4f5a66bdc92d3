/** JPEG: photographs, turned upright as the camera says that it was held. */

import { failure } from "../check";
import { type Pixels, upright } from "./pixels";

/** Photographs of more pixels would need more memory than a process has. */
const MOST_MEGAPIXELS = 200;
/** Megabytes that decoding may take. */
const MOST_MEGABYTES = 4096;

/** True of bytes that begin as a JPEG file does. */
export function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
}

/** The pixels of a JPEG file: grey or colour. Throws in the name of `fn` for one that is broken or cut off. */
export function readJpeg(fn: string, bytes: Uint8Array): Pixels {
  const { decode }: typeof import("jpeg-js") = require("jpeg-js");
  try {
    const { width, height, data } = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: MOST_MEGAPIXELS,
      maxMemoryUsageInMB: MOST_MEGABYTES,
    });
    const colour = { width, height, channels: 3, data: Float32Array.from(data, (value) => value / 255) };
    return upright(isGrey(bytes) ? firstOfThree(colour) : colour, orientationOf(bytes));
  } catch (cause) {
    throw failure(
      fn,
      "a whole JPEG file",
      `a broken one: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}

function firstOfThree({ width, height, data }: Pixels): Pixels {
  return {
    width,
    height,
    channels: 1,
    data: Float32Array.from({ length: width * height }, (_, i) => data[3 * i]),
  };
}

/** The segments of a JPEG file up to its picture: their markers, and their bytes. */
function* segmentsOf(bytes: Uint8Array): Generator<[marker: number, content: Uint8Array]> {
  let at = 2;
  while (at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda) {
    const length = bytes[at + 2] * 256 + bytes[at + 3];
    yield [bytes[at + 1], bytes.subarray(at + 4, at + 2 + length)];
    at += 2 + length;
  }
}

/** True where the head of the frame names one component. */
function isGrey(bytes: Uint8Array): boolean {
  for (const [marker, content] of segmentsOf(bytes))
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return content[5] === 1;
  return false;
}

/** The tag of EXIF's orientation. */
const ORIENTATION = 0x0112;

/** How the camera was held, by EXIF: 1 (upright) to 8; 1 where nothing is said. */
function orientationOf(bytes: Uint8Array): number {
  for (const [marker, content] of segmentsOf(bytes)) {
    if (marker !== 0xe1 || new TextDecoder("latin1").decode(content.subarray(0, 4)) !== "Exif") continue;
    const exif = new DataView(content.buffer, content.byteOffset + 6, content.byteLength - 6);
    if (exif.byteLength < 8) return 1;
    const little = exif.getUint16(0) === 0x4949;
    const directory = exif.getUint32(4, little);
    if (directory + 2 > exif.byteLength) return 1;
    const entries = exif.getUint16(directory, little);
    for (let i = 0; i < entries; i++) {
      const entry = directory + 2 + 12 * i;
      if (entry + 12 > exif.byteLength) break;
      if (exif.getUint16(entry, little) === ORIENTATION) return exif.getUint16(entry + 8, little);
    }
  }
  return 1;
}
