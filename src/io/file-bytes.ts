/** The bytes that a reader is given, or those of the file that it is told of. */

import { shown, wrongType } from "../check";
import { nodeModule } from "../platform/node-modules";

/** A path, a `file://` URL, or the bytes themselves: what a page has fetched. */
export type FileSource = string | URL | Uint8Array | ArrayBuffer;

/** The bytes of a source. Throws in the name of `fn` for what is none; Error when there is no such file. */
export async function bytesOf(fn: string, source: FileSource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (!(source instanceof URL) && (typeof source !== "string" || source === ""))
    throw wrongType(fn, "a path, a URL or bytes", source === "" ? "an empty string" : shown(source));
  const path = typeof source === "string" && source.startsWith("file://") ? new URL(source) : source;
  return nodeModule(fn, "node:fs/promises").readFile(path);
}

/** A source as errors name it. */
export function sourceName(source: FileSource): string {
  return typeof source === "string" || source instanceof URL ? shown(String(source)) : "bytes";
}

/** How a file begins, in hexadecimal: what an error says of a file that is no such file. */
export function beginning(bytes: Uint8Array): string {
  return bytes.length === 0
    ? "nothing"
    : Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
