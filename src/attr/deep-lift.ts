/** DeepLIFT by its rescale rule: differences from a reference, backpropagated layer by layer. */
import { defineMethod, type Method } from "../attribution";
import { rescale } from "../engine/rules";
import { minus, times } from "../tensor";
import { optionTrueOrFalse } from "./option-rules";

/** Options of `deepLift`, beside `baseline`. */
export interface DeepLiftOptions {
  /** Multiply by x − x′. Default true; without it the map is the multipliers. */
  readonly multiplyByInputs: boolean;
}

/**
 * DeepLIFT: what each input's difference from the baseline adds to the difference of the score.
 *
 * C(x) = (x − x′) ⊙ m, where m is backpropagated by the rescale rule: Δy / Δx in place of ∂y/∂x at each activation.
 *
 * Shape: that of the input or layer; unit: score. Complete: the map sums to F(x) − F(x′). At a layer x′ is what the layer
 * computes at the baseline, and everything beside the layer stays at x. One pass, where integrated gradients take many;
 * the price: two networks that compute the same may have different maps. With `dataset(xs)` as baseline, the mean over its rows
 * (DeepLIFT SHAP).
 *
 * Shrikumar, Greenside, Kundaje: Learning Important Features Through Propagating Activation Differences (2017),
 * arXiv 1704.02685.
 * @throws UnsupportedOperationError naming an operation that the rule does not cover, and its layer.
 */
export const deepLift: Method<DeepLiftOptions, "complete"> = defineMethod<DeepLiftOptions>(
  {
    name: "deepLift",
    paper: "Shrikumar et al. 2017, arXiv 1704.02685",
    axioms: ["completeness", "sensitivity", "missingness", "dummy", "linearity", "symmetry"],
    needsBaseline: true,
    multipliesByInput: true,
    quantity: ({ multiplyByInputs }) => (multiplyByInputs ? "attribution to" : "multipliers of"),
    whenZero: "dead units, or no difference from the baseline wherever there is a multiplier",
    whenIncomplete: "the scores at x and x′ are large beside their difference, which rounding then blurs",
    options: { multiplyByInputs: optionTrueOrFalse("multiplyByInputs", true) },
  },
  async (p) => {
    const multipliers = await p.gradient({ rule: rescale, reference: p.baseline });
    return p.options.multiplyByInputs ? times(minus(p.x, p.baseline), multipliers) : multipliers;
  },
);
