/** Gains of features that arrive one after the other: a sample of Shapley and Owen values. */
import { type NdArray, ndarray } from "../tensor";
import { coalitionScores } from "./coalitions";
import type { Features } from "./features";
import type { Problem } from "./problem";
import { type SampledMeans, type SamplingOptions, sampledMeans } from "./sampling";

/** Scores of one question, about. */
const SCORES_AT_ONCE = 256;

/**
 * What the score gains when each feature arrives, in the mean over orders: [examples, features].
 * @param orderOf the order of a sample; its number is all that it may depend on.
 */
export async function meanGains(
  p: Problem<SamplingOptions>,
  features: Features,
  orderOf: (sample: number) => readonly number[],
): Promise<SampledMeans> {
  const { count: n } = features;
  const [all, none] = [await p.score(), await p.score({ points: p.baseline })];
  const gains = async (samples: readonly number[], examples: readonly number[]): Promise<NdArray[]> => {
    const orders = samples.map(orderOf);
    // Between nobody and everybody: the first k + 1 of each order are there.
    const arrivals = orders.map(placesIn);
    const scores = await coalitionScores(
      p,
      features,
      samples.length * (n - 1),
      (k) => (feature) => arrivals[Math.floor(k / (n - 1))][feature] <= k % (n - 1),
      { examples },
    );
    const each = examples.length;
    const gained = new Float64Array(samples.length * each * n);
    for (const [s, order] of orders.entries())
      for (const [e, row] of examples.entries()) {
        let before = none[row];
        for (const [k, feature] of order.entries()) {
          const after = k === n - 1 ? all[row] : scores[(s * (n - 1) + k) * each + e];
          gained[(s * each + e) * n + feature] = after - before;
          before = after;
        }
      }
    return [ndarray(gained, [samples.length * each, n])];
  };
  return sampledMeans(p, gains, Math.max(1, Math.floor(SCORES_AT_ONCE / n)));
}

/** The place of each number in an order. */
function placesIn(order: readonly number[]): Int32Array {
  const places = new Int32Array(order.length);
  order.forEach((number, place) => {
    places[number] = place;
  });
  return places;
}
