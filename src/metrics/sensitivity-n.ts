/** Sensitivity-n: faithfulness correlation for subsets of every size. */
import { defineMetric } from "./define-metric";
import { correlation, meanOfTold } from "./measuring/association";
import { mapFeatures } from "./measuring/map-features";
import { atLeast, whole } from "./measuring/option-rules";
import { type RemovalOptions, removalOptions } from "./measuring/removal-options";
import { subsetEffects } from "./measuring/subsets";
import type { Metric } from "./metric";

/** Options of `sensitivityN`. */
export interface SensitivityNOptions extends RemovalOptions {
  /** Subsets drawn of each size. */
  readonly samples: number;
  /** Sizes, spread evenly on a logarithmic scale from one feature on. */
  readonly sizes: number;
  /** The largest size, as a share of all features. */
  readonly largest: number;
  /** Seed of the subsets. */
  readonly seed: number;
}

/**
 * Pearson's r between Σ_S a and F(x) − F(x without S) over random subsets S of n features, the mean over sizes n; the curve is r
 * at each n. Undefined where there is no r at any size.
 *
 * Ancona et al.: Towards better understanding of gradient-based attribution methods (2018), arXiv 1711.06104.
 */
export const sensitivityN: Metric<SensitivityNOptions> = defineMetric<SensitivityNOptions>(
  {
    name: "sensitivityN",
    paper: "Ancona et al. 2018, arXiv 1711.06104",
    direction: "higher",
    range: [-1, 1],
    needs: ["model"],
    shows: "1: sets of every size count in the map in proportion to what the score loses without them.",
    cannotShow: "A correlation forgets both scale and offset of the map; large sets are far from the input.",
    options: {
      ...removalOptions("entry"),
      samples: whole("samples", 50, 2),
      sizes: whole("sizes", 8),
      largest: atLeast("largest", 0.8, 0, true),
      seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
    },
  },
  ({ ask, map, model, options }) =>
    ask(
      options.samples * options.sizes,
      async (p) => {
        const features = mapFeatures("sensitivityN", model, map, p, options.groups);
        const most = Math.max(1, Math.min(features.count, Math.floor(options.largest * features.count)));
        const wanted = Array.from({ length: options.sizes }, (_, k) =>
          Math.round(most ** (options.sizes === 1 ? 1 : k / (options.sizes - 1))),
        );
        const at = [...new Set(wanted)];
        const sizes = at.flatMap((size) => new Array<number>(options.samples).fill(size));
        const effects = await subsetEffects(p, features, sizes, options.seed);
        const curves = effects.map(({ sums, drops }) =>
          at.map((_, k) => {
            const [from, to] = [k * options.samples, (k + 1) * options.samples];
            return correlation(sums.subarray(from, to), drops.subarray(from, to));
          }),
        );
        return {
          values: curves.map(meanOfTold),
          curve: { at, values: curves.map((curve) => curve.map((r) => r ?? Number.NaN)) },
        };
      },
      options,
    ),
);
