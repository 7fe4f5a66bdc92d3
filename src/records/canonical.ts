/** Canonical form of plain data, and hashes of it: one text for one value, whoever wrote it. */

/**
 * The canonical text of plain JSON data: no spaces, the properties of objects sorted by their UTF-16 code units, numbers and texts as
 * JSON.stringify writes them (RFC 8785).
 */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    isPlainObject(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : entry,
  );
}

/** The canonical bytes: the canonical text in UTF-8. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/** SHA-256 of bytes, or of the canonical bytes of plain data, as 64 hexadecimal digits. */
export async function sha256(content: unknown): Promise<string> {
  const bytes = content instanceof Uint8Array ? content : canonicalBytes(content);
  const digest = await globalThis.crypto.subtle.digest("SHA-256", Uint8Array.from(bytes));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** True of `{…}`, not of arrays. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
