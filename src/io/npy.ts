/** NPY: arrays as NumPy saves them. */

import { wrongType } from "../check";
import { type NdArray, sizeOf } from "../tensor";

const MAGIC = [0x93, ...Array.from("NUMPY", (letter) => letter.charCodeAt(0))];
/** NumPy aligns the data behind the header to this many bytes. */
const ALIGNMENT = 64;

/** Readers of numbers by NumPy's names of their types, without the byte order. */
const NUMBERS: Readonly<
  Record<string, [bytes: number, read: (view: DataView, at: number, little: boolean) => number]>
> = {
  f8: [8, (view, at, little) => view.getFloat64(at, little)],
  f4: [4, (view, at, little) => view.getFloat32(at, little)],
  i8: [8, (view, at, little) => Number(view.getBigInt64(at, little))],
  u8: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  i4: [4, (view, at, little) => view.getInt32(at, little)],
  u4: [4, (view, at, little) => view.getUint32(at, little)],
  i2: [2, (view, at, little) => view.getInt16(at, little)],
  u2: [2, (view, at, little) => view.getUint16(at, little)],
  i1: [1, (view, at) => view.getInt8(at)],
  u1: [1, (view, at) => view.getUint8(at)],
  b1: [1, (view, at) => view.getUint8(at)],
};

/** True of bytes that begin as an NPY file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** The array of an NPY file, its numbers as 32-bit floats. Throws in the name of `fn` for what it does not hold. */
export function readNpy(fn: string, bytes: Uint8Array): NdArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const long = bytes[6] >= 2;
  const begin = long ? 12 : 10;
  const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = new TextDecoder("latin1").decode(bytes.subarray(begin, begin + length));
  const type = /'descr':\s*'([<>|=])([a-z]\d)'/.exec(header);
  const extents = /'shape':\s*\(([^)]*)\)/.exec(header);
  const kind = type && NUMBERS[type[2]];
  if (!kind || !extents) throw wrongType(fn, "an NPY file of plain numbers", header.trim().slice(0, 80));
  if (/'fortran_order':\s*True/.test(header))
    throw wrongType(fn, "an NPY file in C order (numpy.ascontiguousarray)", "one in Fortran order");
  const shape = extents[1].split(",").flatMap((text) => (text.trim() === "" ? [] : [Number(text)]));
  const [size, read] = kind;
  const count = sizeOf(shape);
  const start = begin + length;
  if (bytes.length < start + count * size)
    throw wrongType(fn, `${count * size} bytes of numbers`, `${bytes.length - start}: the file was cut off`);
  const little = type[1] !== ">";
  return {
    data: Float32Array.from({ length: count }, (_, i) => read(view, start + i * size, little)),
    shape,
  };
}

/** An array as an NPY file of 32-bit floats. */
export function writeNpy({ data, shape }: NdArray): Uint8Array {
  const extents = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${extents}), }`;
  const length = ALIGNMENT * Math.ceil((10 + header.length + 1) / ALIGNMENT) - 10;
  const bytes = new Uint8Array(10 + length + 4 * data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([...MAGIC, 1, 0]);
  view.setUint16(8, length, true);
  bytes.set(new TextEncoder().encode(`${header.padEnd(length - 1)}\n`), 10);
  data.forEach((value, i) => {
    view.setFloat32(10 + length + 4 * i, value, true);
  });
  return bytes;
}
