/** The gradient with rectifiers made smooth: kinks no longer decide alone. */
import { defineMethod, type Method } from "../attribution";
import { softplusSmoothed } from "../engine/rules";
import { optionAmount } from "./option-rules";

/** Options of `softplusGradient`. */
export interface SoftplusGradientOptions {
  /** Sharpness β: the larger, the nearer to the gradient. Default 10. */
  readonly beta: number;
}

/**
 * The gradient as it would be with softplus in place of each ReLU on the way back: a map that a small change of the input does not turn
 * over, since no unit near zero is wholly on or off.
 *
 * R_in = σ(β x) R_out at a rectifier max(x, 0), ∂y/∂x · R_out elsewhere
 *
 * Shape: that of the input or layer; unit: score per unit of input. Forward the net stays as it is. One pass, where SmoothGrad, which it
 * comes near to, takes many. At other activations it is the plain gradient, and a warning names them.
 *
 * Dombrowski et al.: Explanations Can Be Manipulated and Geometry Is to Blame (2019), arXiv 1906.07983.
 * @throws UnsupportedOperationError naming an operation of no known kind, and its layer.
 */
export const softplusGradient: Method<SoftplusGradientOptions> = defineMethod<SoftplusGradientOptions>(
  {
    name: "softplusGradient",
    paper: "Dombrowski et al. 2019, arXiv 1906.07983",
    axioms: ["dummy", "linearity", "symmetry"],
    quantity: () => "smoothed gradient of",
    options: { beta: optionAmount("beta", 10, 0, true) },
  },
  (p) => p.gradient({ rule: softplusSmoothed(p.options.beta) }),
);
