/** Internal influence: the mean gradient at a layer while the input comes from its baseline. */
import { defineMethod, type Method } from "../attribution";
import { type InputPathOptions, inputPathOptions } from "../attribution/input-path";
import { checkPathOptions } from "../attribution/path-integral";
import { quadrature } from "../quadrature";
import { RunningSum } from "../running";

/** Options of `internalInfluence`, beside `baseline`. */
export type InternalInfluenceOptions = InputPathOptions;

/**
 * Internal influence: the mean gradient at each unit of a layer while the input comes from its baseline.
 *
 * I_y = ∫₀¹ ∂F/∂y(x′ + α (x − x′)) dα ≈ Σ_k w_k ∂F/∂y(x′ + α_k (x − x′))
 *
 * Shape: that of the layer; unit: score per unit of y. The path is that of the inputs, whichever `layer` is explained; at the
 * input it is what integrated gradients multiply by x − x′. Not complete: nothing is multiplied.
 *
 * Leino, Sen, Datta, Fredrikson, Li: Influence-Directed Explanations for Deep Convolutional Networks (2018),
 * arXiv 1802.03788.
 */
export const internalInfluence: Method<InternalInfluenceOptions, "baseline"> =
  defineMethod<InternalInfluenceOptions>(
    {
      name: "internalInfluence",
      paper: "Leino et al. 2018, arXiv 1802.03788",
      axioms: ["dummy", "implementation invariance", "linearity", "symmetry"],
      needsBaseline: true,
      walksInputs: true,
      quantity: () => "mean gradient of",
      passes: ({ steps }) => 2 * steps,
      options: inputPathOptions,
      check: checkPathOptions,
    },
    async (p) => {
      const { nodes, weights } = quadrature(p.options.rule, p.options.steps);
      const sum = new RunningSum(p.examples);
      for (const { samples, rows } of p.copies(nodes.length)) {
        const at = await p.onInputPath(
          samples.map((k) => nodes[k]),
          rows,
        );
        sum.add(await at.gradient(), { rows, weight: samples.map((k) => weights[k]) });
      }
      return sum.values;
    },
  );
