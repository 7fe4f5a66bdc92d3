/** Guided backpropagation: the gradient without what rectifiers would bring back of negative evidence. */
import { defineMethod, type Method } from "../attribution";
import { guided } from "../engine/rules";

/**
 * Guided backpropagation: the gradient, of which only what is positive passes each rectifier.
 *
 * R_in = [x > 0] · max(R_out, 0) at a rectifier, ∂y/∂x · R_out elsewhere
 *
 * Shape: that of the input or layer; unit: score per unit of input. Rectifiers are found as operations, not as layers: one
 * that is called twice, written by hand as max(x, 0) or clipped at a top counts as well. At activations that are none it is
 * the plain gradient, and a warning names them. Sharp pictures, but it hardly depends on the weights of upper layers: check
 * it against a net with random ones.
 *
 * Springenberg et al.: Striving for Simplicity (2014), arXiv 1412.6806; Adebayo et al.: Sanity Checks for Saliency Maps
 * (2018), arXiv 1810.03292.
 * @throws UnsupportedOperationError naming an operation of no known kind, and its layer.
 */
export const guidedBackprop: Method = defineMethod(
  {
    name: "guidedBackprop",
    paper: "Springenberg et al. 2014, arXiv 1412.6806",
    axioms: ["dummy", "symmetry"],
  },
  (p) => p.gradient({ rule: guided }),
);
