/** Grad-CAM: where in a layer lie the features that speak for the target. */
import type { Method } from "../attribution";
import { type ClassActivationOptions, classActivation } from "../attribution/class-activation-map";
import { channelMeans, channelSum } from "../tensor";

/** Options of `gradCam`. */
export type GradCamOptions = ClassActivationOptions;

/**
 * Grad-CAM: where in a layer lie the features that speak for the target.
 *
 * L = Σ_c w_c A_c with w_c = mean over positions of ∂F/∂A_c; with `relu: true`, max(0, L).
 *
 * Unless `layer` is given, at the last value on the way to the explained output, before its head, that has more than one
 * position. The head is what follows the last products with weights, these included; of a value and its pool, which has
 * the same features at fewer positions, the value is taken. Shape: the layer's positions, one channel; unit: score per
 * position, up to a factor. Coarse by nature; it is drawn over the input. Channels are the last axis, or the one that
 * the layer's data format says; map and input are then turned to channels last.
 * @throws RangeError naming candidates when no layer of the model has positions and none was named.
 *
 * Selvaraju et al.: Grad-CAM (2017), arXiv 1610.02391.
 */
export const gradCam: Method<GradCamOptions> = classActivation(
  { name: "gradCam", paper: "Selvaraju et al. 2017, arXiv 1610.02391", axioms: ["linearity"] },
  ({ activations, gradients }) => channelSum(activations, channelMeans(gradients)),
);
