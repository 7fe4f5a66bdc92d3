/** Arrays in files: NPY and IDX read, maps and arrays written as NPY and CSV. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asModel, integratedGradients, io, type NdArray } from "../../src";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-arrays-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, bytes?: Uint8Array | Buffer): string => {
  const path = join(folder, name);
  if (bytes) writeFileSync(path, bytes);
  return path;
};

/** What `numpy.save` of 2.1 writes of an array: its header is padded to 128 bytes. */
function npy(descr: string, shape: string, data: Buffer, order = "False"): Buffer {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }`;
  const padded = `${header.padEnd(117)}\n`;
  return Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from("NUMPY"),
    Buffer.from([1, 0, 118, 0]),
    Buffer.from(padded),
    data,
  ]);
}

const numbers = (array: ArrayLike<number> & ArrayBufferView): Buffer =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

describe("readArray", () => {
  it.each<[string, Buffer, number[], number[]]>([
    [
      "32-bit floats",
      npy("<f4", "2, 3", numbers(Float32Array.of(1, 2, 3, 4, 5.5, -6))),
      [2, 3],
      [1, 2, 3, 4, 5.5, -6],
    ],
    ["64-bit floats", npy("<f8", "2,", numbers(Float64Array.of(0.5, -1e-3))), [2], [0.5, Math.fround(-1e-3)]],
    ["bytes", npy("|u1", "3, 1", Buffer.from([0, 7, 255])), [3, 1], [0, 7, 255]],
    ["truth values", npy("|b1", "2,", Buffer.from([1, 0])), [2], [1, 0]],
    ["64-bit integers", npy("<i8", "1,", numbers(BigInt64Array.of(-5n) as never)), [1], [-5]],
    ["big-endian integers", npy(">i2", "2,", Buffer.from([1, 0, 255, 254])), [2], [256, -2]],
    ["a number alone", npy("<f4", "", numbers(Float32Array.of(3))), [], [3]],
    ["IDX of bytes", Buffer.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 255]), [2, 2], [1, 2, 3, 255]],
    ["IDX of floats", Buffer.from([0, 0, 13, 1, 0, 0, 0, 1, 63, 128, 0, 0]), [1], [1]],
  ])("reads %s", async (name, bytes, shape, values) => {
    const array = await io.readArray(file(name, bytes));
    expect(array.shape).toEqual(shape);
    expect(Array.from(array.data)).toEqual(values);
  });

  it("says what it does not read, and what was cut off", async () => {
    const four = numbers(Float32Array.of(1, 2));
    for (const [bytes, says] of [
      [npy("<f4", "2,", four, "True"), "readArray(): expected an NPY file in C order"],
      [npy("<f4", "3,", four), "readArray(): expected 12 bytes of numbers, got 8: the file was cut off"],
      [npy("<c8", "1,", four), "readArray(): expected an NPY file of plain numbers, got {'descr': '<c8'"],
      [Buffer.from([0, 0, 8, 1, 0, 0, 0, 9, 1]), "readArray(): expected 9 bytes of numbers, got 1"],
      [Buffer.from("hello"), "readArray(): expected an NPY or IDX file, got "],
      [Buffer.alloc(0), "which begins with nothing"],
    ] as const)
      await expect(io.readArray(file("bad", bytes))).rejects.toThrow(says);
    await expect(io.readArray(join(folder, "nowhere.npy"))).rejects.toThrow("ENOENT");
  });
});

describe("saveArray", () => {
  const square = asModel((x) => x.square().sum(1, true), { features: ["age, in years", "=cmd()"] });
  const options = { target: 0, engine: "eager" } as const;

  it("writes what it reads back, aligned as NumPy wants it", async () => {
    for (const array of [
      { data: Float32Array.of(1, -2.5, Number.NaN), shape: [3] },
      { data: Float32Array.from({ length: 24 }, (_, i) => i / 7), shape: [2, 3, 4] },
    ] satisfies NdArray[]) {
      const path = file("again.npy");
      await io.saveArray(array, path);
      expect(await io.readArray(path)).toEqual(array);
      const bytes = readFileSync(path);
      expect((10 + bytes.readUInt16LE(8)) % 64).toBe(0);
      expect(bytes[10 + bytes.readUInt16LE(8) - 1]).toBe(0x0a);
    }
  });

  it("writes a map of features as a table, its names quoted, and none taken for a formula", async () => {
    const map = await integratedGradients(
      square,
      [
        [1, 2],
        [3, 4],
      ],
      options,
    );
    const path = file("map.csv");
    await io.saveArray(map, path);
    const [head, ...rows] = readFileSync(path, "utf8").trimEnd().split("\n");
    expect(head).toBe(`"age, in years",'=cmd()`);
    expect(rows.map((row) => row.split(",").map(Number))).toEqual([
      [expect.closeTo(1, 5), expect.closeTo(4, 5)],
      [expect.closeTo(9, 5), expect.closeTo(16, 5)],
    ]);
    await io.saveArray(map, file("map.npy"));
    expect(await io.readArray(file("map.npy"))).toEqual(map.values);
  });

  it("writes other maps a row per value, with its place", async () => {
    const net = asModel((x) => x.square().sum([1, 2, 3]).expandDims(1), {
      axes: ["height", "width", "channel"],
    });
    const map = await integratedGradients(net, [[[[1], [2]]]], options);
    await io.saveArray(map, file("picture.csv"));
    const [head, ...rows] = readFileSync(file("picture.csv"), "utf8").trimEnd().split("\n");
    expect(head).toBe("example,height,width,channel,attribution");
    expect(rows.map((row) => row.split(",").slice(0, 4))).toEqual([
      ["0", "0", "0", "0"],
      ["0", "0", "1", "0"],
    ]);
    expect(Number(rows[1]!.split(",")[4])).toBeCloseTo(4, 5);
  });

  it("refuses another ending, an unknown option and a part that is not there, before anything is written", async () => {
    const map = await integratedGradients(square, [[1, 2]], options);
    await expect(io.saveArray(map, file("map.xls"))).rejects.toThrow(
      "saveArray(): expected a path ending in .npy or .csv",
    );
    await expect(io.saveArray(map, file("map.npy"), { part: "y" })).rejects.toThrow(
      /option part to name one of "/,
    );
    await expect(io.saveArray(map, file("map.npy"), { parts: 1 } as never)).rejects.toThrow(
      /nearest: "part"/,
    );
  });
});
