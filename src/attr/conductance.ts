/** Conductance: what flows through a layer, or through neurons of it, as the input comes from its baseline. */
import { ALL_AXIOMS, defineMethod, type Method, type OptionRule } from "../attribution";
import { type InputPathOptions, inputPathOptions, inputPathSum } from "../attribution/input-path";
import { checkPathOptions } from "../attribution/path-integral";
import type { WeighedNeurons } from "../attribution/problem-state";
import { checkName, shown, wrongType } from "../check";
import type { NeuronTarget } from "../model/neuron";
import { times } from "../tensor";

/** Options of `conductance`, beside `baseline`. */
export interface ConductanceOptions extends InputPathOptions {
  /** Neurons, as `neuron("hidden", 3)`: only what flows through them counts. Not set by default: everything does. */
  readonly through: NeuronTarget | undefined;
  /**
   * Gradients and the rises of y that belong together: "cells" (default), each node with the rise over its own cell; or
   * "captum", each of one node more with the rise to the next, which leaves both ends of the path out.
   */
  readonly differences: "cells" | "captum";
}

const through: OptionRule<NeuronTarget | undefined> = {
  default: undefined,
  check(fn, given) {
    if (isNeurons(given)) return given;
    throw wrongType(fn, "through to be neurons, as made by neuron(layer, index)", shown(given));
  },
};

function isNeurons(given: unknown): given is NeuronTarget {
  return typeof given === "object" && given !== null && "kind" in given && given.kind === "neuron";
}

/**
 * Conductance: the share of F(x) − F(x′) that flows through each unit of a layer while the input comes from its baseline.
 *
 * Cond_y = ∫₀¹ ∂F/∂y · dy(x′ + α (x − x′))/dα dα ≈ Σ_k ∂F/∂y(α_k) ⊙ (y(c_k) − y(c_{k−1})), c_k = w_1 + … + w_k
 *
 * Shape: that of the layer; unit: score. The path is that of the inputs, whichever `layer` is explained: at the input itself
 * this is integrated gradients, whose path at a layer runs in the layer's space. Complete where every way to the score leads
 * through the layer. With `through`, the map of a layer in front, or of the input: what of it reaches the score by way of
 * these neurons, Σ_n ∂F/∂n · ∂n/∂x, which is no longer complete.
 * @throws RangeError for neurons that the layer does not have.
 *
 * Dhamdhere, Sundararajan, Yan: How Important Is a Neuron? (2018), arXiv 1805.12233; Shrikumar, Su, Kundaje: Computationally
 * Efficient Measures of Internal Neuron Importance (2018), arXiv 1807.09946.
 */
export const conductance: Method<ConductanceOptions, "complete"> = defineMethod<ConductanceOptions>(
  {
    name: "conductance",
    paper: "Dhamdhere et al. 2018, arXiv 1805.12233",
    axioms: ALL_AXIOMS,
    needsBaseline: true,
    walksInputs: true,
    multipliesByInput: true,
    isComplete: (own) => own.through === undefined,
    whenZero: "dead units, or values that stay the same along the path",
    whenIncomplete: "raise steps; or ways around the layer lead to the score as well",
    passes: ({ steps }) => 3 * steps,
    options: {
      ...inputPathOptions,
      through,
      differences: {
        default: "cells",
        check: (fn, given) => checkName(fn, "differences", given, ["cells", "captum"]),
      },
    },
    check: checkPathOptions,
  },
  async (p) => {
    const { through: target, differences } = p.options;
    const neurons = target && (await p.namedNeurons("conductance", target));
    return inputPathSum(p, differences, async (at, rise) => times(rise, await gradientAt(at, neurons)));
  },
);

function gradientAt(
  at: Pick<Parameters<typeof inputPathSum>[0], "gradient" | "gradientThrough">,
  neurons: WeighedNeurons | undefined,
): ReturnType<typeof at.gradient> {
  return neurons ? at.gradientThrough(neurons) : at.gradient();
}
