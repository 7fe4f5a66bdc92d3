/** HiRes-CAM: each position's activations by their own gradients. */
import type { Method } from "../attribution";
import {
  type ClassActivationOptions,
  channelTotals,
  classActivation,
} from "../attribution/class-activation-map";
import { times } from "../tensor";

/**
 * HiRes-CAM: what each position contributes to the score, to first order.
 *
 * L = Σ_c g_c ⊙ A_c with g = ∂F/∂A
 *
 * Layer, shape and options as those of `gradCam`; unit: score. Where what follows the layer is linear, the map and the
 * biases sum to the score: unlike Grad-CAM it shows no position that the model does not use.
 *
 * Draelos, Carin: Use HiResCAM instead of Grad-CAM for faithful explanations (2020), arXiv 2011.08891.
 */
export const hiResCam: Method<ClassActivationOptions> = classActivation(
  { name: "hiResCam", paper: "Draelos, Carin 2020, arXiv 2011.08891", axioms: ["linearity"] },
  ({ activations, gradients }) => channelTotals(times(activations, gradients)),
);
