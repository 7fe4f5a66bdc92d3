/** Gaussian noise on copies of examples: the same for every example of a sample, whatever the batch and its order. */
import { random } from "../random";
import { filled, type NdArray, type Parts, rowSize } from "../tensor";

/** Copies of examples: the sample that each belongs to, and its example. */
export interface Copies {
  readonly samples: readonly number[];
  readonly rows: readonly number[];
}

/**
 * x + σ ε for copies of x, ε ~ N(0, 1). The noise depends on the seed, the sample and the array alone.
 *
 * @param stdevs σ of each array and example.
 */
export function withNoise(
  x: Parts,
  stdevs: readonly (readonly number[])[],
  { samples, rows }: Copies,
  seed: number,
): NdArray[] {
  return x.map((array, part) => {
    const width = rowSize(array);
    const noisy = filled([rows.length, ...array.shape.slice(1)], 0);
    let drawn = -1;
    let noise = new Float64Array(width);
    rows.forEach((row, copy) => {
      if (samples[copy] !== drawn) {
        drawn = samples[copy];
        const stream = random(seed, drawn, part);
        noise = Float64Array.from({ length: width }, () => stream.normal());
      }
      const stdev = stdevs[part][row];
      for (let i = 0; i < width; i++)
        noisy.data[copy * width + i] = array.data[row * width + i] + stdev * noise[i];
    });
    return noisy;
  });
}

/** σ of each array and example: `stdev`, or `noiseLevel` as a share of the example's range. */
export function noiseStdevs(
  ranges: readonly (readonly { readonly min: number; readonly max: number }[])[],
  { noiseLevel, stdev }: { readonly noiseLevel: number; readonly stdev: number | undefined },
): number[][] {
  return ranges.map((rows) => rows.map(({ min, max }) => stdev ?? noiseLevel * (max - min)));
}
