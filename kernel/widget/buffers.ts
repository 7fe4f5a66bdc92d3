/** Binary values travel beside the JSON of a comm message: https://ipywidgets.readthedocs.io/en/stable/examples/Widget%20Low%20Level.html */
import type { BinaryData } from "../comms/comm";
import type { Content } from "../protocol/message";

export type Path = (string | number)[];

export interface Packed {
  state: Content;
  buffer_paths: Path[];
  buffers: BinaryData[];
}

function isBinary(value: unknown): value is BinaryData {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value);
}

/** Takes the binary values out of the state; inside lists a null keeps their place. */
export function pack(state: Content): Packed {
  const buffer_paths: Path[] = [];
  const buffers: BinaryData[] = [];
  const take = (value: unknown, path: Path): unknown => {
    if (isBinary(value)) {
      buffer_paths.push(path);
      buffers.push(value);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((item, index) => take(item, [...path, index]) ?? null);
    if (typeof value !== "object" || value === null) return value;
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== null && prototype !== Object.prototype) return value;
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, item]) => [name, take(item, [...path, name])])
        .filter(([, item]) => item !== undefined),
    );
  };
  return { state: take(state, []) as Content, buffer_paths, buffers };
}

/** Puts the buffers back where they belong, as DataView, which is what front-ends see as well. */
export function unpack(state: Content, paths: readonly Path[], buffers: readonly Uint8Array[]): Content {
  const whole = structuredClone(state);
  for (const [index, path] of paths.entries()) {
    const bytes = buffers[index];
    if (!bytes || path.length === 0 || path.includes("__proto__")) continue;
    let holder = whole as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) {
      holder[step] ??= {};
      holder = holder[step] as Record<string | number, unknown>;
    }
    holder[path.at(-1)!] = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  return whole;
}
