/** Sequential integrated gradients: each token on a path of its own, beside the others as they are. */
import { defineMethod, type Method } from "../attribution";
import { checkFeatures, type FeatureOptions, featureOptions, featuresOf } from "../attribution/features";
import { quadrature } from "../quadrature";
import { minus, type NdArray, rowSize, takeRows, times } from "../tensor";
import { optionCount } from "./option-rules";

/** Options of `sequentialIntegratedGradients`, beside `baseline`. */
export interface SequentialIntegratedGradientsOptions extends FeatureOptions {
  /** Nodes on the path of each feature. Default 50. */
  readonly steps: number;
}

/**
 * Sequential integrated gradients: integrated gradients of each token alone, while all others stay as they are, so that the sentence keeps
 * its meaning on the way.
 *
 * SIG_i(x) = (x_i − x′_i) ∫₀¹ ∂F/∂x_i(x with x_i at x′_i + α (x_i − x′_i)) dα
 *
 * Shape: that of the input or layer; unit: score. A path per feature: a token, a position of an image or sequence ("position", the default), or
 * what `groups` makes. Each feature's part sums to F(x) − F(x without it), as feature ablation says; the parts of all do not sum to
 * F(x) − F(x′). With `baseline: "pad"` it is the padding token that comes in, as a mask token in the paper.
 *
 * Enguehard: Sequential Integrated Gradients (2023), arXiv 2305.15853.
 */
export const sequentialIntegratedGradients: Method<SequentialIntegratedGradientsOptions, "baseline"> =
  defineMethod<SequentialIntegratedGradientsOptions>(
    {
      name: "sequentialIntegratedGradients",
      paper: "Enguehard 2023, arXiv 2305.15853",
      axioms: ["sensitivity", "missingness", "dummy", "implementation invariance", "linearity", "symmetry"],
      needsBaseline: true,
      multipliesByInput: true,
      whenZero: "no feature changes the score by itself",
      passes: ({ steps }, entries) => steps * entries,
      options: {
        groups: { ...featureOptions.groups, default: "position" },
        steps: optionCount("steps", 50, 4096),
      },
      checkShapes: (fn, { groups }, shapes) => checkFeatures(fn, groups, shapes),
    },
    async (p) => {
      const { groups, steps } = p.options;
      const { count, of } = featuresOf(p, "sequentialIntegratedGradients", groups);
      const { nodes, weights } = quadrature("gauss-legendre", steps);
      const difference = minus(p.x, p.baseline);
      const values = p.x.map(({ data, shape }): NdArray => ({ data: new Float32Array(data.length), shape }));
      for (const { samples, rows } of p.copies(count * steps)) {
        const feature = samples.map((sample) => Math.floor(sample / steps));
        const points = p.x.map((x, place): NdArray => {
          const [here, away] = [takeRows(x, rows), takeRows(difference[place], rows)];
          const width = rowSize(x);
          return {
            ...here,
            data: here.data.map((value, i) => {
              const copy = Math.floor(i / width);
              return of[place][i % width] === feature[copy]
                ? value - (1 - nodes[samples[copy] % steps]) * away.data[i]
                : value;
            }),
          };
        });
        const gradients = await p.gradient({ points, rows });
        gradients.forEach(({ data }, place) => {
          const width = rowSize(p.x[place]);
          for (let i = 0; i < data.length; i++) {
            const copy = Math.floor(i / width);
            if (of[place][i % width] !== feature[copy]) continue;
            values[place].data[rows[copy] * width + (i % width)] += weights[samples[copy] % steps] * data[i];
          }
        });
      }
      return times(difference, values);
    },
  );
