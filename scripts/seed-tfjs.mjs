// Seeds of everything that TensorFlow.js draws while it trains.

// TensorFlow.js draws initial weights, dropout masks and the order of examples from Math.random; replacing it
// is the only way to seed all three.
export function seedEverything(seed) {
  let state = seed;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
