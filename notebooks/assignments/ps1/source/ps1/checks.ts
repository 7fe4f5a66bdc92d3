/**
 * The checks of this problem set. They take `unknown`: an answer of the wrong type fails a check and says so, where
 * a comparison written in the cell would not compile.
 */

/** An answer is not what was asked for. */
export class CheckFailed extends Error {
  override readonly name: string = "CheckFailed";
}

/** Call an answer and wait for what it gives, also when it is async. */
export async function call(answer: unknown, ...args: unknown[]): Promise<unknown> {
  if (typeof answer !== "function") throw new CheckFailed(`expected a function, got ${shown(answer)}`);
  return await answer(...args);
}

/** The answer has these numbers, each within `tolerance`. Arrays, typed arrays and tensors all do. */
export function close(what: string, answer: unknown, expected: unknown, tolerance: number = 1e-4): void {
  const got = numbers(answer);
  const wanted = numbers(expected) as number[];
  if (!got) throw new CheckFailed(`${what}: expected ${count(wanted)}, got ${shown(answer)}`);
  if (got.length !== wanted.length) {
    throw new CheckFailed(`${what}: expected ${count(wanted)}, got ${count(got)}`);
  }
  // Written so that NaN fails.
  const at = got.findIndex((value, i) => !(Math.abs(value - (wanted[i] as number)) <= tolerance));
  if (at < 0) return;
  const place = got.length > 1 ? ` at position ${at}` : "";
  throw new CheckFailed(`${what}: expected ${wanted[at]}${place} (± ${tolerance}), got ${got[at]}`);
}

/** The answer is exactly this word, number or truth value. */
export function same(what: string, answer: unknown, expected: string | number | boolean): void {
  if (!Object.is(answer, expected)) {
    throw new CheckFailed(`${what}: expected ${shown(expected)}, got ${shown(answer)}`);
  }
}

/** The answer is a map made by gradlens, by this method and with these options. */
export function map(answer: unknown, method: string, options: Record<string, string | number>): void {
  const found = answer as { method?: unknown; options?: Record<string, unknown> } | null | undefined;
  if (typeof found !== "object" || typeof found?.options !== "object") {
    throw new CheckFailed(`expected a map, the result of await ${method}(…), got ${shown(answer)}`);
  }
  same("method", found.method, method);
  for (const [option, value] of Object.entries(options)) {
    // The record keeps a target as it is shown to readers: "3", not 3.
    same(option, String(found.options[option]), String(value));
  }
}

/** All numbers in a number, an array, a typed array, a tensor or `{ data }`; undefined when there is anything else. */
function numbers(value: unknown): number[] | undefined {
  if (typeof value === "number") return [value];
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) {
    const parts = value.map(numbers);
    return parts.every((part) => part !== undefined) ? (parts as number[][]).flat() : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const box = value as { dataSync?: unknown; data?: unknown };
  if (typeof box.dataSync === "function") return numbers(box.dataSync());
  return ArrayBuffer.isView(box.data) ? numbers(box.data) : undefined;
}

function count(values: readonly number[]): string {
  return values.length === 1 ? "one number" : `${values.length} numbers`;
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `the function ${value.name || "without a name"} (was it called?)`;
  if (value instanceof Promise) return "a promise (is an await missing?)";
  if (typeof value === "object" && value !== null) {
    return Array.isArray(value)
      ? `a list of ${value.length}`
      : `an object of ${value.constructor?.name ?? "no class"}`;
  }
  return String(value);
}
