/** PNG and JPEG files read as Pillow reads them, and in the sizes that Pillow makes. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, io, type NdArray } from "../../src";

interface Picture {
  shape: number[];
  /** shares of 65,535 in 16 bits, in base64 */
  values: string;
}

const golden = JSON.parse(readFileSync(resolve(__dirname, "golden/pictures.json"), "utf8")) as {
  files: Record<string, Picture & { file: string }>;
  fine: string;
} & Record<string, Picture>;
const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const fine = bytes(golden.fine);

function farthest(array: NdArray, { shape, values }: Picture): number {
  expect(array.shape).toEqual(shape);
  const wanted = new Uint16Array(bytes(values).buffer);
  expect(array.data.length).toBe(wanted.length);
  return array.data.reduce((most, value, i) => Math.max(most, Math.abs(value - wanted[i] / 65_535)), 0);
}

describe("readImage", () => {
  // Decoders of JPEG round their cosines differently: by up to three of 255 levels.
  it.each(Object.entries(golden.files))("reads %s", async (name, picture) => {
    const array = await io.readImage(bytes(picture.file));
    expect(farthest(array, picture)).toBeLessThan((name.startsWith("png") ? 0.51 : 3.1) / 255);
  });

  it.each([
    ["stretched to 5 × 7", { size: [5, 7], fit: "stretch" }],
    ["cut to 8 × 8", { size: 8 }],
    ["grown to 45 × 60", { size: [45, 60] }],
  ] as const)("gives a picture %s", async (name, options) => {
    expect(farthest(await io.readImage(fine, options), golden[name])).toBeLessThan(2e-5);
  });

  it("gives grey, colour and the range that is asked for", async () => {
    const plain = await io.readImage(fine);
    const grey = await io.readImage(fine, { channels: 1 });
    expect(grey.shape).toEqual([30, 40, 1]);
    const [red, green, blue] = plain.data.subarray(3 * 777);
    expect(grey.data[777]).toBeCloseTo(0.299 * red + 0.587 * green + 0.114 * blue, 6);
    const wide = await io.readImage(fine, { range: [-1, 1] });
    expect(wide.data[5000 % wide.data.length]).toBeCloseTo(2 * plain.data[5000 % wide.data.length] - 1, 6);
    const three = await io.readImage(bytes(golden.files["png, grey"].file), { channels: 3 });
    expect(three.shape).toEqual([12, 16, 3]);
    expect(three.data[0]).toBe(three.data[2]);
    const clear = bytes(golden.files["png, opacity"].file);
    expect((await io.readImage(clear, { background: 0 })).data[2]).toBe(0);
    expect((await io.readImage(clear)).data[2]).toBe(1);
  });

  it("is explained in one line", async () => {
    const layers = [tf.layers.flatten({ inputShape: [6, 8, 3] }), tf.layers.dense({ units: 2 })];
    const net = asModel(tf.sequential({ layers }));
    const map = await integratedGradients(net, await io.readImage(fine, { size: [6, 8] }), { target: 0 });
    expect(map.values.shape).toEqual([6, 8, 3]);
  });

  it("says what it does not read, and what it was asked for wrongly", async () => {
    const jpeg = bytes(golden.files["jpeg, colour"].file);
    for (const [source, options, says] of [
      [
        new TextEncoder().encode("GIF89a"),
        {},
        "expected a PNG or JPEG file, got bytes, which begins with 47 49",
      ],
      [new Uint8Array(), {}, "which begins with nothing"],
      [fine.subarray(0, 200), {}, "expected a whole PNG file, got a broken one: "],
      [jpeg.subarray(0, 300), {}, "expected a whole JPEG file, got a broken one: "],
      [jpeg.subarray(0, 3), {}, "expected a whole JPEG file, got a broken one: "],
      ["", {}, "expected a path, a URL or bytes, got an empty string"],
      [7, {}, "expected a path, a URL or bytes, got 7"],
      [fine, { size: 0 }, "expected size to be a whole number of at least 1, got 0"],
      [fine, { size: [4] }, "expected size to be one number or [height, width], got [4]"],
      [fine, { size: [4, 2.5] }, "expected the width of size to be a whole number"],
      [fine, { fit: "covers" }, 'nearest: "cover"'],
      [fine, { channels: 4 }, "expected channels to be 1 or 3, got 4"],
      [fine, { range: [1, 1] }, "expected range to be [black, white], two finite numbers, got [1, 1]"],
      [fine, { background: 2 }, "expected background to be from 0 to 1, got 2"],
      [fine, { sizes: 2 }, 'nearest: "size"'],
    ] as const)
      await expect(io.readImage(source as never, options as never), says).rejects.toThrow(says);
    await expect(io.readImage("nowhere.png")).rejects.toThrow("ENOENT");
  });
});
