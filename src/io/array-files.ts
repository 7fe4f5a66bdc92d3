/** Arrays read from files, and maps and arrays written to files. */

import { checkOptions, outOfRange, shown, wrongType } from "../check";
import { nodeModule } from "../platform/node-modules";
import { type NdArray, sizeOf } from "../tensor";
import { beginning, bytesOf, type FileSource, sourceName } from "./file-bytes";
import { isIdx, readIdx } from "./idx";
import { isNpy, readNpy, writeNpy } from "./npy";

/** What a map is read by when it is written: its parts with their values and names. */
export interface SavedMap {
  readonly parts: readonly {
    readonly name: string;
    readonly values: NdArray;
    readonly axes: readonly string[];
    readonly labels?: readonly string[];
  }[];
  /** true where the first axis of the values is that of the examples */
  readonly batched: boolean;
}

/**
 * Read an array: NPY of NumPy, or IDX as MNIST comes in; what it is tells its content.
 *
 * The source is a path, a `file://` URL, or bytes. Numbers become 32-bit floats in the shape of the file; 64-bit integers beyond 2^24 are rounded.
 *
 * @throws Error when there is no such file; TypeError when it is no such array, is in Fortran order, or was cut off.
 */
export async function readArray(source: FileSource): Promise<NdArray> {
  const fn = "readArray";
  const bytes = await bytesOf(fn, source);
  if (isNpy(bytes)) return readNpy(fn, bytes);
  if (isIdx(bytes)) return readIdx(fn, bytes);
  throw wrongType(
    fn,
    "an NPY or IDX file",
    `${sourceName(source)}, which begins with ${beginning(bytes)}; readImage reads PNG and JPEG, readAudio WAV, readTable CSV`,
  );
}

/**
 * Write a map or an array: `.npy` for NumPy, or `.csv` with a row per value under the names of its axes.
 *
 * Of a map the values of its only part, or of the part that is named; a table of features has a row per example and a
 * column per feature instead.
 *
 * @throws TypeError for another ending, or a map of several parts none of which is named.
 */
export async function saveArray(
  array: NdArray | SavedMap,
  path: string | URL,
  options: { readonly part?: string } = {},
): Promise<void> {
  const fn = "saveArray";
  checkOptions(fn, options, ["part"]);
  const part = partOf(fn, array, options.part);
  const ending = /\.([^./\\]+)$/.exec(String(path))?.[1]?.toLowerCase();
  if (ending !== "npy" && ending !== "csv")
    throw wrongType(fn, "a path ending in .npy or .csv", `"${shown(String(path))}"`);
  const content = ending === "npy" ? writeNpy(part.values) : csvOf(part);
  await nodeModule(fn, "node:fs/promises").writeFile(path, content);
}

/** Values with the names of all their axes. */
interface NamedValues {
  readonly values: NdArray;
  readonly axes: readonly string[];
  readonly labels?: readonly string[];
}

function partOf(fn: string, given: NdArray | SavedMap, name: string | undefined): NamedValues {
  if ("data" in given) {
    if (name !== undefined) throw wrongType(fn, "a map when a part is named", "an array");
    return { values: given, axes: given.shape.map((_, axis) => `axis ${axis}`) };
  }
  const { parts, batched } = given;
  const found = name === undefined ? parts : parts.filter((part) => part.name === name);
  if (found.length !== 1)
    throw outOfRange(
      fn,
      `option part to name one of ${parts.map((part) => `"${shown(part.name)}"`).join(", ")}`,
      name === undefined ? `${parts.length} parts` : `"${shown(name)}"`,
    );
  const { values, axes, labels } = found[0];
  return { values, axes: batched ? ["example", ...axes] : axes, ...(labels && { labels }) };
}

/** A table with names on top: of features a column each, of anything else a row per value with its place. */
function csvOf({ values, axes, labels }: NamedValues): string {
  const { data, shape } = values;
  const columns = shape[shape.length - 1] ?? 1;
  if (axes[axes.length - 1] === "feature" && shape.length <= 2) {
    const names =
      labels?.length === columns ? labels : Array.from({ length: columns }, (_, i) => `feature ${i}`);
    const rows = Array.from({ length: data.length / columns }, (_, row) =>
      Array.from(data.subarray(row * columns, (row + 1) * columns)).join(","),
    );
    return `${[names.map(cell).join(","), ...rows].join("\n")}\n`;
  }
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const rows = Array.from(data, (value, i) =>
    [...shape.map((extent, axis) => Math.floor(i / strides[axis]) % extent), value].join(","),
  );
  return `${[[...axes, "attribution"].map(cell).join(","), ...rows].join("\n")}\n`;
}

/** A text as a cell of a CSV file (RFC 4180); what a spreadsheet would take for a formula is none. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
