/** Saliency: the gradient of the score. */
import { defineMethod, type Method } from "../attribution";
import { absolute } from "../tensor";
import { optionTrueOrFalse } from "./option-rules";

/** Options of `saliency`. */
export interface SaliencyOptions {
  /** |∂F/∂x| instead of the signed gradient. Default false. */
  readonly absolute: boolean;
}

/**
 * The gradient of the score: which inputs, changed a little, would change it most.
 *
 * S(x) = ∂F/∂x; with `absolute: true`, |∂F/∂x| (Captum's default). Shape: that of the input or layer; unit: score
 * per unit of input. Local: it says nothing about how the score came about, and it is small where F is saturated.
 *
 * Simonyan, Vedaldi, Zisserman: Deep Inside Convolutional Networks (2013), arXiv 1312.6034.
 */
export const saliency: Method<SaliencyOptions> = defineMethod<SaliencyOptions>(
  {
    name: "saliency",
    paper: "Simonyan et al. 2013, arXiv 1312.6034",
    axioms: ["dummy", "implementation invariance", "linearity", "symmetry"],
    asksFirst: () => "gradient",
    quantity: ({ absolute }) => (absolute ? "|gradient| of" : "gradient of"),
    options: { absolute: optionTrueOrFalse("absolute", false) },
  },
  async (p) => (p.options.absolute ? absolute(await p.gradient()) : p.gradient()),
);
