/** Stretches of a long sequence: their means, and the smallest and the largest value of each. */

import type { Envelope } from "./figure-description";

/** The mean of each stretch of so many values; the last stretch may be shorter. */
export function meansOf(values: readonly number[], stretch: number): number[] {
  return overStretches(values, stretch, (from, to) => {
    let sum = 0;
    for (let i = from; i < to; i++) sum += values[i];
    return sum / (to - from);
  });
}

/** The smallest and the largest value of each stretch; not a number where one of its values is not finite. */
export function envelopeOf(values: readonly number[], stretch: number): Envelope {
  const end = (nearer: (a: number, b: number) => number): number[] =>
    overStretches(values, stretch, (from, to) => {
      let most = values[from];
      for (let i = from; i < to; i++)
        most = Number.isFinite(values[i]) ? nearer(most, values[i]) : Number.NaN;
      return most;
    });
  return { low: end(Math.min), high: end(Math.max) };
}

/** The value of largest magnitude in each stretch: what its colour shows. */
export function extremes({ low, high }: Envelope): number[] {
  return low.map((value, i) => (-value > high[i] ? value : high[i]));
}

function overStretches(
  values: readonly number[],
  stretch: number,
  of: (from: number, to: number) => number,
): number[] {
  return Array.from({ length: Math.ceil(values.length / stretch) }, (_, k) =>
    of(k * stretch, Math.min(values.length, (k + 1) * stretch)),
  );
}
