/** Blur integrated gradients: a path on which the input comes out of a blur. */
import { defineMethod, type Method } from "../attribution";
import { gaussianBlur } from "../attribution/gaussian-blur";
import { checkName, wrongType } from "../check";
import { RunningSum } from "../running";
import { type NdArray, type Parts, times } from "../tensor";
import { optionAmount, optionCount } from "./option-rules";

/** Options of `blurIg`. */
export interface BlurIgOptions {
  /** Width σ of the blur that the path begins with, in positions. Default 50. */
  readonly maxSigma: number;
  /** Steps of the path. Default 100. */
  readonly steps: number;
  /** Difference of σ by which the change of the input is measured at each step. Default 0.01. */
  readonly sigmaStep: number;
  /** Steps evenly in σ ("linear", default), or in σ² ("sqrt"), which has more of them where the picture becomes clear. */
  readonly spacing: "linear" | "sqrt";
}

/**
 * Blur integrated gradients: integrated gradients along the path on which the input comes out of a Gaussian blur, so that no baseline has to
 * be chosen and nothing appears that is not in the picture.
 *
 * BlurIG(x) = −∫₀^σ ∂F(L(x, s)) ⊙ ∂L(x, s)/∂s ds ≈ −Σ_k (σ_{k+1} − σ_k) ∂F(L(x, σ_k)) ⊙ (L(x, σ_k + h) − L(x, σ_k)) / h
 *
 * Shape: that of the input or layer; unit: score. L blurs along height and width (and depth), or along time where there is nothing else; beyond the
 * border lies 0. In the limit the map sums to F(x) − F(L(x, maxSigma)). Several inputs are blurred together; one without such axes
 * is an error that says to hold it (`fixed`).
 *
 * Xu, Venugopalan, Sundararajan: Attribution in Scale and Space (2020), arXiv 2004.03383.
 * @throws TypeError for an input without positions.
 */
export const blurIg: Method<BlurIgOptions> = defineMethod<BlurIgOptions>(
  {
    name: "blurIg",
    paper: "Xu et al. 2020, arXiv 2004.03383",
    axioms: ["linearity"],
    multipliesByInput: true,
    whenZero: "an input without edges, or dead units",
    passes: ({ steps }) => steps,
    options: {
      maxSigma: optionAmount("maxSigma", 50, 0, true),
      steps: optionCount("steps", 100, 2 ** 16),
      sigmaStep: optionAmount("sigmaStep", 0.01, 0, true),
      spacing: {
        default: "linear",
        check: (fn, given) => checkName(fn, "spacing", given, ["linear", "sqrt"] as const),
      },
    },
  },
  async (p) => {
    const { maxSigma, steps, sigmaStep, spacing } = p.options;
    const axes = p.x.map((_, place) => {
      const names = p.axesOf(place);
      const spatial = ["height", "width", "depth"];
      const kind = names.some((name) => spatial.includes(name)) ? spatial : ["time"];
      const found = names.flatMap((name, axis) => (kind.includes(name) ? [axis + 1] : []));
      if (found.length === 0)
        throw wrongType(
          "blurIg",
          "an input with axes height and width, or time (fact axes; option fixed holds others)",
          `[${names.join(", ")}]`,
        );
      return found;
    });
    const inputs = p.x.map(({ data }) => Float64Array.from(data));
    const blurred = (sigma: number): Float64Array[] =>
      inputs.map((values, place) => gaussianBlur(values, p.x[place].shape, axes[place], sigma));
    const sigmas = Array.from({ length: steps + 1 }, (_, k) =>
      spacing === "sqrt" ? Math.sqrt((k * maxSigma) / steps) : (k * maxSigma) / steps,
    );
    const sum = new RunningSum(p.examples);
    for (let k = 0; k < steps; k++) {
      const here = blurred(sigmas[k]);
      const further = blurred(sigmas[k] + sigmaStep);
      const arrays = (of: (place: number, i: number) => number): Parts =>
        p.x.map(({ data, shape }, place): NdArray => ({ data: data.map((_, i) => of(place, i)), shape }));
      const gradients = await p.gradient({ points: arrays((place, i) => here[place][i]) });
      const width = sigmas[k + 1] - sigmas[k];
      const change = arrays((place, i) => (-width * (further[place][i] - here[place][i])) / sigmaStep);
      sum.add(times(change, gradients));
    }
    return sum.values;
  },
);
