/** Typed arrays in JSON: what travels between a kernel and a page of the explorer, or lies in its saved output. */
import { base64 } from "../../display/output/raster";

const KINDS = { Float32Array, Float64Array, Int32Array, Uint8Array } as const;

type Kind = keyof typeof KINDS;

function isKind(name: unknown): name is Kind {
  return typeof name === "string" && Object.hasOwn(KINDS, name);
}

/** The same value with each typed array as `{ $: kind, bytes }`, its bytes in base 64. */
export function packed(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return { $: value.constructor.name, bytes: base64(bytes) };
  }
  if (Array.isArray(value)) return value.map(packed);
  if (typeof value !== "object" || value === null) return value;
  // A signal or a listener stays on its own side.
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      each === undefined || typeof each === "function" || each instanceof AbortSignal
        ? []
        : [[name, packed(each)]],
    ),
  );
}

/** What was packed; a typed array that is not well formed is an error. */
export function unpacked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unpacked);
  if (typeof value !== "object" || value === null) return value;
  if ("$" in value && "bytes" in value && typeof value.bytes === "string" && isKind(value.$)) {
    const bytes = Uint8Array.from(atob(value.bytes), (character) => character.charCodeAt(0));
    const Typed = KINDS[value.$];
    return new Typed(bytes.buffer, 0, bytes.length / Typed.BYTES_PER_ELEMENT);
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unpacked(each)]));
}
