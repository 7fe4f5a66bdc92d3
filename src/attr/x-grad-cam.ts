/** XGrad-CAM: Grad-CAM whose weights sum to the score's first-order change. */
import type { Method } from "../attribution";
import { type ClassActivationOptions, classActivation } from "../attribution/class-activation-map";
import { channelMeans, channelSum, mapped, rowSize, times } from "../tensor";

/** Keeps the quotient finite; as in pytorch-grad-cam. */
const EPSILON = 1e-7;

/**
 * XGrad-CAM: weights that come nearest to conservation and sensitivity at once.
 *
 * L = Σ_c w_c A_c with w_c = Σ_i g_ci A_ci / Σ_i A_ci, g = ∂F/∂A
 *
 * Layer, shape and options as those of `gradCam`; unit: score. Of activations that are not negative, as behind a ReLU, it sums
 * to Σ g ⊙ A; of others a channel's sum may be near zero, and its weight without meaning.
 *
 * Fu et al.: Axiom-based Grad-CAM (2020), arXiv 2008.02312.
 */
export const xGradCam: Method<ClassActivationOptions> = classActivation(
  { name: "xGradCam", paper: "Fu et al. 2020, arXiv 2008.02312", axioms: ["linearity"] },
  ({ activations, gradients }) => {
    const positions = rowSize(activations) / activations.shape[activations.shape.length - 1];
    const sums = times(channelMeans(activations), positions).data;
    const weights = mapped(
      times(channelMeans(times(activations, gradients)), positions),
      (product, i) => product / (sums[i] + EPSILON),
    );
    return channelSum(activations, weights);
  },
);
