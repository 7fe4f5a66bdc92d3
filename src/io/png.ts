/** PNG: pictures without loss, of any depth, with or without a palette. */

import type { DecodedPng } from "fast-png";
import { failure } from "../check";
import type { Pixels } from "./pixels";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** True of bytes that begin as a PNG file does. */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => bytes[i] === byte);
}

/** The pixels of a PNG file. Throws in the name of `fn` for one that is broken or cut off. */
export function readPng(fn: string, bytes: Uint8Array): Pixels {
  const { decode, convertIndexedToRgb }: typeof import("fast-png") = require("fast-png");
  try {
    const png = decode(bytes);
    const { width, height, palette } = png;
    if (palette)
      return { width, height, channels: palette[0].length, data: light(convertIndexedToRgb(png), 8) };
    const data = light(png.depth < 8 ? unpacked(png) : png.data, png.depth);
    return seenThrough({ width, height, channels: png.channels, data }, png);
  } catch (cause) {
    throw failure(fn, "a whole PNG file", `a broken one: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** Values of `depth` bits as light from 0 to 1. */
function light(data: ArrayLike<number>, depth: number): Float32Array {
  const full = 2 ** depth - 1;
  return Float32Array.from(data, (value) => value / full);
}

/** Greys of fewer than eight bits, of which a byte holds several; each row begins with a byte of its own. */
function unpacked({ width, height, depth, data }: DecodedPng): Uint8Array {
  const stride = Math.ceil((width * depth) / 8);
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const bit = (i % width) * depth;
    const byte = data[Math.floor(i / width) * stride + Math.floor(bit / 8)];
    return (byte >> (8 - depth - (bit % 8))) & (2 ** depth - 1);
  });
}

/** Pixels of the one colour that a file calls transparent, with their opacity. */
function seenThrough(pixels: Pixels, { transparency, depth }: DecodedPng): Pixels {
  if (transparency === undefined || transparency.length !== pixels.channels) return pixels;
  const { width, height, channels, data } = pixels;
  const clear = light(transparency, depth);
  const out = new Float32Array(width * height * (channels + 1));
  for (let pixel = 0; pixel < width * height; pixel++) {
    const colour = data.subarray(pixel * channels, (pixel + 1) * channels);
    out.set(colour, pixel * (channels + 1));
    out[pixel * (channels + 1) + channels] = colour.every((value, i) => value === clear[i]) ? 0 : 1;
  }
  return { width, height, channels: channels + 1, data: out };
}
