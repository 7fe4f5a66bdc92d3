/** Guided backpropagation as a backward rule. */
import { plainGradient, type Row, type Rule } from "./step";

/** Kernels that pass what is positive and stop what is not. */
const RECTIFIERS: ReadonlySet<string> = new Set(["Relu", "Relu6"]);
/** Kernels, next to a rectifier, that cut it at its top. */
const CUTS: ReadonlySet<string> = new Set(["ClipByValue", "Maximum", "Minimum"]);

const rectified: Row = (step) => {
  if (CUTS.has(step.kernel)) return plainGradient(step);
  return RECTIFIERS.has(step.kernel) ? step.back(step.incoming.relu()) : undefined;
};

/**
 * Guided backpropagation: at a rectifier y = max(x, 0) the cotangent R becomes max(R, 0) · [x > 0]; elsewhere the
 * plain gradient. Other activations are not covered.
 *
 * Springenberg, Dosovitskiy, Brox, Riedmiller: Striving for Simplicity, 2015.
 */
export const guided: Rule = {
  name: "guided",
  starts: "gradient",
  reference: false,
  rows: {
    linear: plainGradient,
    sum: plainGradient,
    product: plainGradient,
    pool: plainGradient,
    normalise: plainGradient,
    softmax: plainGradient,
    gate: plainGradient,
    activation: rectified,
  },
};
