/** Grad-CAM++: Grad-CAM whose channels are weighed position by position. */
import type { Method } from "../attribution";
import { type ClassActivationOptions, classActivation } from "../attribution/class-activation-map";
import { channelMeans, channelSum, mapped, rowSize, times } from "../tensor";

/** Keeps the quotient finite; as in pytorch-grad-cam. */
const EPSILON = 1e-6;

/**
 * Grad-CAM++: positions of a channel whose gradient is positive weigh it, each by its own coefficient, so that several
 * objects of a class are found as one is.
 *
 * L = Σ_c w_c A_c with w_c = Σ_i α_ci max(0, g_ci) and α_ci = g_ci² / (2 g_ci² + g_ci³ Σ_j A_cj), g = ∂F/∂A
 *
 * Layer, shape and options as those of `gradCam`; unit: that of the activations, up to a factor. Nothing where no gradient
 * is positive.
 *
 * Chattopadhyay et al.: Grad-CAM++ (2018), arXiv 1710.11063.
 */
export const gradCamPlusPlus: Method<ClassActivationOptions> = classActivation(
  {
    name: "gradCamPlusPlus",
    paper: "Chattopadhyay et al. 2018, arXiv 1710.11063",
    whenZero: "no gradient of the layer is positive",
  },
  ({ activations, gradients }) => {
    const channels = activations.shape[activations.shape.length - 1];
    const width = rowSize(activations);
    const positions = width / channels;
    const means = channelMeans(activations).data;
    const weighed = mapped(gradients, (g, i) => {
      const sum = positions * means[Math.floor(i / width) * channels + (i % channels)];
      return g > 0 ? (g ** 2 / (2 * g ** 2 + g ** 3 * sum + EPSILON)) * g : 0;
    });
    return channelSum(activations, times(channelMeans(weighed), positions));
  },
);
