/** Random subsets of features, hidden together: what the map says of them, and what the score loses. */
import type { Problem } from "../../attribution/problem";
import { random } from "../../random";
import type { MapFeatures } from "./map-features";
import { scoresWithout } from "./removal";

/** Sums of the map over subsets and drops of the score without them, per example. */
export interface SubsetEffects {
  readonly sums: Float64Array;
  readonly drops: Float64Array;
}

/**
 * Effects of random subsets: the same for all examples, so that neither their number nor their order matters.
 * @param sizes features of each subset.
 */
export async function subsetEffects(
  p: Problem<object>,
  features: MapFeatures,
  sizes: readonly number[],
  seed: number,
): Promise<SubsetEffects[]> {
  const masks = sizes.map((size, k) => {
    const draw = random(seed, 0x5b5e7, k);
    const order = Uint32Array.from({ length: features.count }, (_, i) => i);
    const mask = new Uint8Array(features.count);
    for (let i = 0; i < size; i++) {
      const j = i + draw.integer(features.count - i);
      [order[i], order[j]] = [order[j], order[i]];
      mask[order[i]] = 1;
    }
    return mask;
  });
  const whole = await p.score();
  const without = await scoresWithout(p, features, sizes.length, (copy) => masks[copy]);
  return features.values.map((values, example) => ({
    sums: Float64Array.from(masks, (mask) => mask.reduce((sum, hidden, i) => sum + hidden * values[i], 0)),
    drops: without[example].map((score) => whole[example] - score),
  }));
}
