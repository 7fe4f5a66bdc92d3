/** Infidelity: how far the map is from what perturbations do to the score. */
import { random } from "../random";
import { rowSize } from "../tensor";
import { defineMetric } from "./define-metric";
import { meanOf } from "./measuring/association";
import { mapFeatures } from "./measuring/map-features";
import { atLeast, whole, yesOrNo } from "./measuring/option-rules";
import { scoresAt } from "./measuring/removal";
import { type RemovalOptions, removalOptions } from "./measuring/removal-options";
import { subsetEffects } from "./measuring/subsets";
import type { Metric } from "./metric";

/** Options of `infidelity`. */
export interface InfidelityOptions extends RemovalOptions {
  /** Perturbations drawn. */
  readonly samples: number;
  /** Standard deviation of the noise that stands for I where the map is a gradient. */
  readonly stdev: number;
  /** Scale the map to what fits the score best before it is compared, as the paper and Captum's `normalize` do. */
  readonly normalize: boolean;
  /** Seed of the perturbations. */
  readonly seed: number;
}

/**
 * E[(Σ I ⊙ a − (F(x) − F(x − I)))²]. Unit: score². For a map that shares a score out, I is x − x′ on a random subset of half the
 * features, and Σ I ⊙ a is the map's sum over it; for a gradient, I is Gaussian noise.
 *
 * Yeh et al.: On the (In)fidelity and Sensitivity of Explanations (2019), arXiv 1901.09392.
 */
export const infidelity: Metric<InfidelityOptions> = defineMetric<InfidelityOptions>(
  {
    name: "infidelity",
    paper: "Yeh et al. 2019, arXiv 1901.09392",
    direction: "lower",
    range: [0, Number.POSITIVE_INFINITY],
    needs: ["model"],
    shows: "0: the map says what each perturbation does to the score, in the unit of the score.",
    cannotShow:
      "It judges by one kind of perturbation, and the optimum for that is a smoothed map, not the truth of the input alone.",
    options: {
      ...removalOptions("entry"),
      samples: whole("samples", 50, 2),
      stdev: atLeast("stdev", 0.03, 0, true),
      normalize: yesOrNo("normalize", false),
      seed: whole("seed", 0, Number.NEGATIVE_INFINITY),
    },
  },
  ({ ask, map, model, options }) =>
    ask(
      options.samples,
      async (p) => {
        const features = mapFeatures("infidelity", model, map, p, options.groups);
        const effects = map.quantity.startsWith("gradient")
          ? await noiseEffects()
          : await subsetEffects(
              p,
              features,
              new Array<number>(options.samples).fill(Math.ceil(features.count / 2)),
              options.seed,
            );
        return effects.map(({ sums, drops }) => {
          const products = meanOf(sums.map((sum, k) => sum * drops[k]));
          const squares = meanOf(sums.map((sum) => sum * sum));
          const scale = options.normalize && squares > 0 ? products / squares : 1;
          return meanOf(sums.map((sum, k) => (scale * sum - drops[k]) ** 2));
        });

        /** Noise at x, and what the gradient makes of it. */
        async function noiseEffects(): Promise<{ sums: Float64Array; drops: Float64Array }[]> {
          const noise = Array.from({ length: options.samples }, (_, k) => {
            const draw = random(options.seed, 0x1f1d, k);
            return p.x.map((x) =>
              Float32Array.from({ length: rowSize(x) }, () => options.stdev * draw.normal()),
            );
          });
          const before = await p.score();
          const answers = await scoresAt(p, options.samples, (copy, example) =>
            p.x.map((x, place) => {
              const width = rowSize(x);
              return noise[copy][place].map((n, i) => x.data[example * width + i] - n);
            }),
          );
          return answers.map((scores, example) => ({
            sums: Float64Array.from(noise, (copy) =>
              copy.reduce(
                (sum, part, place) =>
                  part.reduce((s, n, i) => s + n * features.values[example][features.of[place][i]], sum),
                0,
              ),
            ),
            drops: scores.map((score) => before[example] - score),
          }));
        }
      },
      options,
    ),
);
