/** Relevance rules of attention: softmax, products of two explained values, norms by the example's own statistics. */
import type { Row, Rule } from "../step";

/**
 * AttnLRP. A product shares half of its relevance with each factor, by value. Softmax is expanded at its input:
 * R_i = x_i (R_i − s_i Σ_j R_j). A norm hands all to what is normalised and none to the statistics, which count as constants.
 *
 * Achtibat et al.: AttnLRP (2024), arXiv 2402.05602.
 * @param byValue shares by what each input contributes to the output, of all of which a product has twice.
 */
export function attentionRows(byValue: Row): Pick<Rule["rows"], "product" | "softmax" | "normalise"> {
  return {
    product: (step) => byValue({ ...step, incoming: step.incoming.mul(0.5) }),
    softmax: ({ kernel, inputs: [x], output, incoming }) =>
      kernel === "Softmax" ? [x.mul(incoming.sub(output.mul(incoming.sum(-1, true))))] : undefined,
    normalise: ({ kernel, inputs, output, incoming }) =>
      NORMALISED.has(kernel) && inputs[0].shape.join() === output.shape.join()
        ? inputs.map((_, i) => (i === 0 ? incoming : undefined))
        : undefined,
  };
}

/** Kernels whose first input is divided by, or measured against, statistics. */
const NORMALISED: ReadonlySet<string> = new Set(["DivNoNan", "FusedBatchNorm", "LRN", "RealDiv"]);
