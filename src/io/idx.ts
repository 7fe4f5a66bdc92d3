/** IDX: the files of MNIST and its relatives. */

import { wrongType } from "../check";
import { type NdArray, sizeOf } from "../tensor";

/** Readers of numbers by the third byte of a file; all are big-endian. */
const NUMBERS: Readonly<Record<number, [bytes: number, read: (view: DataView, at: number) => number]>> = {
  8: [1, (view, at) => view.getUint8(at)],
  9: [1, (view, at) => view.getInt8(at)],
  11: [2, (view, at) => view.getInt16(at)],
  12: [4, (view, at) => view.getInt32(at)],
  13: [4, (view, at) => view.getFloat32(at)],
  14: [8, (view, at) => view.getFloat64(at)],
};

/** True of bytes that begin as an IDX file does. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0 && bytes[2] in NUMBERS && bytes[3] > 0;
}

/** The array of an IDX file, its numbers as they are in 32-bit floats. Throws in the name of `fn` for a file cut off. */
export function readIdx(fn: string, bytes: Uint8Array): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [size, read] = NUMBERS[bytes[2]];
  const start = 4 + 4 * bytes[3];
  if (bytes.length < start) throw wrongType(fn, `${start} bytes of a header`, `${bytes.length}`);
  const shape = Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = sizeOf(shape);
  if (bytes.length < start + count * size)
    throw wrongType(fn, `${count * size} bytes of numbers`, `${bytes.length - start}: the file was cut off`);
  return { data: Float32Array.from({ length: count }, (_, i) => read(view, start + i * size)), shape };
}
