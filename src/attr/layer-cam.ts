/** Layer-CAM: each position's activations by what is positive of their own gradients. */
import type { Method } from "../attribution";
import {
  type ClassActivationOptions,
  channelTotals,
  classActivation,
} from "../attribution/class-activation-map";
import { positive, times } from "../tensor";

/**
 * Layer-CAM: sharp also at early layers, since each position has weights of its own.
 *
 * L = Σ_c max(0, g_c) ⊙ A_c with g = ∂F/∂A
 *
 * Layer, shape and options as those of `gradCam`; unit: score.
 *
 * Jiang et al.: LayerCAM: Exploring Hierarchical Class Activation Maps for Localization (2021), IEEE TIP 30,
 * doi 10.1109/TIP.2021.3089943.
 */
export const layerCam: Method<ClassActivationOptions> = classActivation(
  {
    name: "layerCam",
    paper: "Jiang et al. 2021, doi 10.1109/TIP.2021.3089943",
    whenZero: "no gradient of the layer is positive",
  },
  ({ activations, gradients }) => channelTotals(times(activations, positive(gradients))),
);
