/** A short hash that tells whether two arrays of bytes are the same; not for security. */

/** Bytes from which an array is hashed by words of four: the weights of a large net are millions. */
const LARGE = 2 ** 16;

/** Hashes bytes into 16 hexadecimal digits (two 32-bit FNV-1a streams with different offsets). */
export function fingerprint(parts: Iterable<ArrayBufferView | string>): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (const part of parts) {
    const bytes =
      typeof part === "string"
        ? new TextEncoder().encode(part)
        : new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
    const byWords = bytes.length >= LARGE && bytes.length % 4 === 0 && bytes.byteOffset % 4 === 0;
    const words = byWords ? new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4) : bytes;
    // By index: an iterator takes ten times as long, a fifth of a second for eleven million weights.
    for (let i = 0; i < words.length; i++) {
      a = Math.imul(a ^ words[i], 0x01000193);
      b = Math.imul(b ^ words[i], 0x85ebca6b) ^ (b >>> 15);
    }
  }
  const hex = (h: number): string => (h >>> 0).toString(16).padStart(8, "0");
  return hex(a) + hex(b);
}
