/** Feature ablation: what the score loses when a feature takes its baseline value. */
import { defineMethod, type Method } from "../attribution";
import { coalitionScores } from "../attribution/coalitions";
import {
  checkFeatures,
  type FeatureOptions,
  featureOptions,
  featuresOf,
  onEntries,
  type Spread,
  spreadRule,
} from "../attribution/features";
import { ndarray } from "../tensor";

/** Options of `featureAblation`, beside `baseline`. */
export interface FeatureAblationOptions extends FeatureOptions {
  /** On each entry of a feature: the whole of its effect ("repeat", default), or an equal part ("share"). */
  readonly spread: Spread;
}

/**
 * Feature ablation: what the score loses when one feature takes its baseline value and all others stay.
 *
 * A_g(x) = F(x) − F(x with the entries of g at x′)
 *
 * Shape: that of the input or layer; unit: score. It asks for scores alone. Not complete: what two features do together
 * counts for both, and what each does as well as the other for neither. With `dataset(xs)` as baseline, the mean over its rows:
 * feature permutation, in which a feature takes the values that it has in other examples.
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2013), arXiv 1311.2901.
 */
export const featureAblation: Method<FeatureAblationOptions, "baseline"> =
  defineMethod<FeatureAblationOptions>(
    {
      name: "featureAblation",
      paper: "Zeiler, Fergus 2013, arXiv 1311.2901",
      axioms: ["missingness", "sensitivity", "dummy", "implementation invariance", "linearity", "symmetry"],
      needsBaseline: true,
      gradient: false,
      reduce: () => "sum",
      quantity: () => "effect of removal on",
      whenZero: "no feature changes the score by itself",
      passes: (_, entries) => entries + 1,
      options: {
        ...featureOptions,
        spread: spreadRule,
      },
      checkShapes: (fn, { groups }, shapes) => checkFeatures(fn, groups, shapes),
    },
    async (p) => {
      const { groups, spread } = p.options;
      const features = featuresOf(p, "featureAblation", groups);
      const whole = await p.score();
      const without = await coalitionScores(p, features, features.count, (k) => (feature) => feature !== k);
      const { count } = features;
      const lost = Float64Array.from({ length: p.examples * count }, (_, i) => {
        const [row, feature] = [Math.floor(i / count), i % count];
        return whole[row] - without[feature * p.examples + row];
      });
      return onEntries(p, features, ndarray(lost, [p.examples, count]), spread);
    },
  );
