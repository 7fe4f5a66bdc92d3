/** A short hash that tells whether two arrays of bytes are the same; not for security. */

/** Hashes bytes into 16 hexadecimal digits (two 32-bit FNV-1a streams with different offsets). */
export function fingerprint(parts: Iterable<ArrayBufferView | string>): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const part of parts) {
    const bytes =
      typeof part === "string"
        ? new TextEncoder().encode(part)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    for (const byte of bytes) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x85ebca6b) ^ (b >>> 15);
    }
  }
  const hex = (h: number): string => (h >>> 0).toString(16).padStart(8, "0");
  return hex(a) + hex(b);
}
