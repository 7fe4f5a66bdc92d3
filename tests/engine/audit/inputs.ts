/** FNV-1a. */
function hash32(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** The same numbers as inputs.py makes: a linear congruential generator, rounded to float32. */
export function fill(seed: string, shape: readonly number[], low = -1, high = 1): Float32Array {
  let state = hash32(seed);
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + (high - low) * (state / 4294967296);
  });
}
