/** Argument checks. Every error text of the library has the form `fn(): expected X, got Y`. */

/** An operation that has no gradient (or no rule) where one is needed. */
export class UnsupportedOperationError extends Error {
  override readonly name = "UnsupportedOperationError";
}

/** `fn(): expected X, got Y` as a TypeError: the argument is of the wrong kind. */
export function wrongType(fn: string, expected: string, got: string): TypeError {
  return new TypeError(`${fn}(): expected ${expected}, got ${got}`);
}

/** `fn(): expected X, got Y` as a RangeError: the right kind, but a value that is not allowed. */
export function outOfRange(fn: string, expected: string, got: string): RangeError {
  return new RangeError(`${fn}(): expected ${expected}, got ${got}`);
}

/** `fn(): expected X, got Y` as a plain Error: the arguments are right, and what they lead to is not, as a file. */
export function failure(fn: string, expected: string, got: string, options?: ErrorOptions): Error {
  return new Error(`${fn}(): expected ${expected}, got ${got}`, options);
}

/** `subject: expected X, got Y` of an engine, a gradient or another part that no call names; `advice` says what to do. */
export function unexpected(subject: string, expected: string, got: string, advice?: string): Error {
  return new Error(
    `${subject}: expected ${expected}, got ${got}${advice === undefined ? "" : `; ${advice}`}`,
  );
}

/** A value as it is shown in an error: short, and never the whole of a large array. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return value.name ? `function ${value.name}` : "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (value === null || typeof value !== "object") return String(value);
  const shape = (value as { shape?: unknown }).shape;
  if (Array.isArray(shape)) return `an array of shape [${shape.join(", ")}]`;
  if (Array.isArray(value)) {
    const flat = value.every((item) => typeof item !== "object" || item === null);
    return flat && value.length <= 8
      ? `[${value.map(shown).join(", ")}]`
      : `an array of length ${value.length}`;
  }
  const className = value.constructor?.name;
  return className && className !== "Object"
    ? `a ${className}`
    : `{${Object.keys(value).slice(0, 6).join(", ")}}`;
}

/** A shape in an error, with the first axis by its name where it has an entry per example. */
export function shownShape(shape: readonly number[], rows: number): string {
  return `shape [${shape.map((extent, axis) => (axis === 0 && extent === rows ? "batch" : extent)).join(", ")}]`;
}

/** The candidates nearest to `name`, nearest first: fewest edits, a shared beginning or a part of the name. */
export function nearest(name: string, candidates: readonly string[], limit = 3): string[] {
  const wanted = name.toLowerCase();
  return candidates
    .map((candidate) => {
      const other = candidate.toLowerCase();
      const contained = wanted.length > 2 && (other.includes(wanted) || wanted.includes(other));
      return { candidate, distance: editDistance(wanted, other) - (contained ? 3 : 0) };
    })
    .filter(
      ({ candidate, distance }) => distance <= Math.max(2, Math.min(wanted.length, candidate.length) / 2),
    )
    .sort((a, b) => a.distance - b.distance)
    .slice(0, limit)
    .map(({ candidate }) => candidate);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, substitution));
    }
    row = next;
  }
  return row[b.length];
}

/** `, got "x"; nearest: "y"`: the end of an error about a name from a finite list. */
export function unknownName(fn: string, what: string, name: unknown, known: readonly string[]): RangeError {
  const near = typeof name === "string" ? nearest(name, known) : [];
  const list = near.length > 0 ? near : known.slice(0, 12);
  const more = near.length === 0 && known.length > 12 ? ", …" : "";
  const hint = near.length > 0 ? "nearest" : "known";
  return outOfRange(
    fn,
    `${what}`,
    `${shown(name)} (${hint}: ${list.map((n) => JSON.stringify(n)).join(", ")}${more})`,
  );
}

/** Refuses option names that do not exist, naming the nearest that does. */
export function checkOptions(fn: string, options: unknown, allowed: readonly string[]): void {
  if (options === undefined) return;
  if (options === null || typeof options !== "object" || Array.isArray(options)) {
    throw wrongType(fn, "one options object", shown(options));
  }
  for (const name of Object.keys(options)) {
    if (!allowed.includes(name)) throw unknownName(fn, "a known option", name, allowed);
  }
}

/** A whole number from `min` to `max`, both of which may be left out. */
export function checkInteger(
  fn: string,
  name: string,
  value: unknown,
  min: number = Number.NEGATIVE_INFINITY,
  max: number = Number.POSITIVE_INFINITY,
): number {
  const bounds = Number.isFinite(max)
    ? ` from ${min} to ${max}`
    : Number.isFinite(min)
      ? ` of at least ${min}`
      : "";
  const expected = `${name} to be a whole number${bounds}`;
  if (typeof value !== "number") throw wrongType(fn, expected, shown(value));
  // Beyond the safe ones neighbours are the same number.
  if (!Number.isSafeInteger(value) || value < min || value > max)
    throw outOfRange(fn, expected, shown(value));
  return value;
}

/** A finite number of at least `min` (or above it, when `open`). */
export function checkNumber(fn: string, name: string, value: unknown, min: number, open = false): number {
  const expected = `${name} to be a finite number ${open ? "above" : "of at least"} ${min}`;
  if (typeof value !== "number") throw wrongType(fn, expected, shown(value));
  if (!Number.isFinite(value) || value < min || (open && value === min))
    throw outOfRange(fn, expected, shown(value));
  return value;
}

/** One of a list of names. */
export function checkName<Name extends string>(
  fn: string,
  what: string,
  value: unknown,
  known: readonly Name[],
): Name {
  if (typeof value === "string" && (known as readonly string[]).includes(value)) return value as Name;
  throw unknownName(fn, `${what} to be a known name`, value, known);
}

/** true or false. */
export function checkBoolean(fn: string, name: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(fn, `${name} to be true or false`, shown(value));
  return value;
}

/** Throws the signal's reason when it was aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new DOMException("aborted", "AbortError");
}
