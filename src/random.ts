/** Seeded random numbers; no global state. Generator: xoroshiro128+ (pure-rand). */

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { checkInteger } from "./check";

/** A stream of random numbers that depends on its seeds alone. */
export interface Random {
  /** Uniform on [0, 1). */
  uniform(): number;
  /** Standard normal, by Box–Muller. */
  normal(): number;
  /** Uniform integer on 0 … n − 1. */
  integer(n: number): number;
}

/** Mixes several integers into one 32-bit seed (the finaliser of MurmurHash3). */
function mix(seeds: readonly number[]): number {
  let h = 0x9e3779b9;
  for (const seed of seeds) {
    const high = Math.trunc(seed / 2 ** 32);
    for (const word of high === 0 ? [seed] : [seed, high]) {
      h ^= Math.imul(word | 0, 0xcc9e2d51);
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      h ^= h >>> 16;
    }
  }
  return h | 0;
}

/** The stream named by one or more integers: `random(seed, sample)` needs no other stream's history. */
export function random(...seeds: number[]): Random {
  for (const seed of seeds) checkInteger("random", "seeds", seed);
  const generator = xoroshiro128plus(mix(seeds));
  let spare: number | undefined;
  const uniform = (): number => uniformFloat64(generator);
  return {
    uniform,
    normal() {
      if (spare !== undefined) {
        const value = spare;
        spare = undefined;
        return value;
      }
      // 1 − u lies in (0, 1], so the logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      const angle = 2 * Math.PI * uniform();
      spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    },
    integer: (n) => Math.floor(uniform() * n),
  };
}
