/** NPZ: several named arrays in one file, as numpy.savez writes them. */
import { outOfRange, shown, wrongType } from "../check";
import { nodeModule } from "../platform/node-modules";
import type { NdArray } from "../tensor";
import { bytesOf, type FileSource, sourceName } from "./file-bytes";
import { isNpy, readNpy, writeNpy } from "./npy";

/** Arrays by name. */
export type NamedArrays = Readonly<Record<string, NdArray>>;

/**
 * Read the arrays of an NPZ file, compressed or not. Numbers become 32-bit floats; texts and objects are left out.
 *
 * @throws TypeError when it is no whole NPZ file.
 */
export async function readArrays(source: FileSource): Promise<NamedArrays> {
  const fn = "readArrays";
  const bytes = await bytesOf(fn, source);
  const files = await unzipped(bytes);
  if (files === undefined) throw wrongType(fn, "an NPZ file, whole", sourceName(source));
  const arrays = Object.entries(files).flatMap(([name, content]): [string, NdArray][] => {
    if (!isNpy(content))
      throw wrongType(fn, "an NPZ file of NPY arrays", `${sourceName(source)} with ${shown(name)}`);
    return holdsNumbers(content) ? [[name.replace(/\.npy$/, ""), readNpy(fn, content)]] : [];
  });
  return Object.fromEntries(arrays);
}

/** Write arrays by name as one NPZ file, for numpy.load. */
export async function saveArrays(arrays: NamedArrays, path: string | URL): Promise<void> {
  const fn = "saveArrays";
  const names = Object.keys(arrays);
  if (names.length === 0) throw outOfRange(fn, "at least one array", "none");
  const odd = names.find((name) => !/^\w+$/.test(name));
  if (odd !== undefined) throw outOfRange(fn, "names of letters and digits", shown(odd));
  const { zipSync } = await import("fflate");
  const files = Object.fromEntries(names.map((name) => [`${name}.npy`, writeNpy(arrays[name])]));
  await nodeModule(fn, "node:fs/promises").writeFile(
    path,
    zipSync(files, { mtime: "1980-01-01T12:00:00", level: 0 }),
  );
}

async function unzipped(bytes: Uint8Array): Promise<Record<string, Uint8Array> | undefined> {
  const { unzipSync } = await import("fflate");
  try {
    return unzipSync(bytes);
  } catch {
    return undefined;
  }
}

/** False of texts and objects, by the letter of NumPy's type. */
function holdsNumbers(content: Uint8Array): boolean {
  const header = new TextDecoder("latin1").decode(content.subarray(0, 256));
  return !/'descr':\s*'[<>|=]?[USO]/.test(header);
}
