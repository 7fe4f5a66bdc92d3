/** Input times gradient. */
import { defineMethod, type Method } from "../attribution";
import { times } from "../tensor";

/**
 * Input times gradient: x ⊙ ∂F/∂x. At a layer: activation times gradient.
 *
 * Shape: that of the input or layer; unit: score. It is the Taylor term of F around 0, and complete only where F is
 * linear between 0 and x.
 *
 * Shrikumar et al.: Not Just a Black Box (2016), arXiv 1605.01713.
 */
export const inputXGradient: Method = defineMethod(
  {
    name: "inputXGradient",
    paper: "Shrikumar et al. 2016, arXiv 1605.01713",
    axioms: ["dummy", "implementation invariance", "linearity"],
    multipliesByInput: true,
    asksFirst: () => "gradient",
    whenZero: "dead units, a saturated output, or an input of zero wherever there is a gradient",
  },
  async (p) => times(p.x, await p.gradient()),
);
