/** Links: a state as the fragment of an address, and back; what is not valid there is left out. */
import { checkedState, FIELDS, START, type State } from "./state";

/** Fields that hold cells, which are written as their 32-bit floats. */
const CELLS: ReadonlySet<string> = new Set(["pixels", "baselinePixels"]);

/** The fragment of a state, without "#": each field that is not as at the start. */
export function toFragment(state: State): string {
  const fields = FIELDS.filter((name) => !same(state[name], START[name]));
  return new URLSearchParams(
    fields.map((name): [string, string] => {
      const value = state[name];
      return [name, typeof value === "object" ? packed(value) : String(value)];
    }),
  ).toString();
}

/** The state of a fragment; the start's where a field is missing or not valid. */
export function fromFragment(fragment: string): State {
  const given: Record<string, unknown> = {};
  for (const [name, text] of new URLSearchParams(fragment.replace(/^#/, ""))) {
    if (CELLS.has(name)) given[name] = unpacked(text);
    else given[name] = /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text) : text;
  }
  return checkedState(given);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function packed(values: readonly number[]): string {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function unpacked(text: string): number[] | undefined {
  if (!/^[\w-]*$/.test(text)) return undefined;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    if (binary.length % 4 !== 0) return undefined;
    return [...new Float32Array(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)).buffer)];
  } catch {
    return undefined;
  }
}
