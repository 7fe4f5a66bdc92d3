/** Region perturbation: what the score loses on the mean as regions are perturbed in the order of the map. */
import { random } from "../random";
import { defineMetric } from "./define-metric";
import { meanOf } from "./measuring/association";
import { oneOf, whole } from "./measuring/option-rules";
import { type PatchOptions, patchOptions } from "./measuring/patch-options";
import { patchFeatures } from "./measuring/patches";
import { largestFirst } from "./measuring/removal";
import { measuredRemoval } from "./measuring/removal-curve";
import type { Metric } from "./metric";

/** Options of `regionPerturbation`. */
export interface RegionPerturbationOptions extends PatchOptions {
  /** Regions perturbed at most. */
  readonly regions: number;
  /** "morf": the most relevant first; "lerf": the least relevant first; "random", of the seed. */
  readonly order: "morf" | "lerf" | "random";
  /** Seed of the random order. */
  readonly seed: number;
}

/**
 * AOPC, the area over the perturbation curve: the mean over k = 0 … L of F(x) − F(x with the first k regions perturbed), by the
 * map's sum over each region. Unit: score. The curve is F.
 *
 * Samek et al.: Evaluating the visualization of what a Deep Neural Network has learned (2015), arXiv 1509.06321.
 */
export const regionPerturbation: Metric<RegionPerturbationOptions> = defineMetric<RegionPerturbationOptions>(
  {
    name: "regionPerturbation",
    label: "AOPC",
    paper: "Samek et al. 2015, arXiv 1509.06321",
    direction: "higher",
    range: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows: "How much of the score is lost on the mean when regions go in the order of the map.",
    cannotShow: "The order inside a region does not count, nor what the model makes of inputs with holes.",
    options: {
      ...patchOptions,
      regions: whole("regions", 100),
      order: oneOf("order", "morf", ["morf", "lerf", "random"]),
      seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
    },
  },
  (measured) => {
    const { options } = measured;
    return measuredRemoval(
      "regionPerturbation",
      { ...measured, options: { ...options, groups: "entry", featuresInStep: 1 } },
      {
        features: (p) => patchFeatures(p, options.patchSize),
        order: ({ values, count }) => {
          if (options.order === "morf") return largestFirst(values);
          if (options.order === "lerf")
            return largestFirst(values.map((mine) => mine.map((value) => -value)));
          const draw = random(options.seed, 0xa09c);
          const keys = Float64Array.from({ length: count }, () => draw.uniform());
          return largestFirst(values.map(() => keys));
        },
        value: (_, scores) => {
          const first = scores.subarray(0, options.regions + 1);
          return scores[0] - meanOf(first);
        },
      },
    );
  },
);
