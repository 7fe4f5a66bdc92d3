/** Deconvolution: the way back of a deconvolutional net. */
import { defineMethod, type Method } from "../attribution";
import { deconvolved } from "../engine/rules";

/**
 * Deconvolution: the gradient, with rectifiers applied on the way back instead of their derivative.
 *
 * R_in = max(R_out, 0) at a rectifier, ∂y/∂x · R_out elsewhere
 *
 * Shape: that of the input or layer; unit: score per unit of input. Maximum pools lead back to the cell that was largest (the
 * paper's switches). Which units were active does not matter, so that two examples differ by their pools alone. Rectifiers
 * are found as those of `guidedBackprop` are; other activations have their plain gradient, and a warning names them.
 *
 * Zeiler, Fergus: Visualizing and Understanding Convolutional Networks (2013), arXiv 1311.2901.
 * @throws UnsupportedOperationError naming an operation of no known kind, and its layer.
 */
export const deconvolution: Method = defineMethod(
  {
    name: "deconvolution",
    paper: "Zeiler, Fergus 2013, arXiv 1311.2901",
    axioms: ["dummy", "symmetry"],
    whenZero: "nothing positive reaches the input",
  },
  (p) => p.gradient({ rule: deconvolved }),
);
