/** Grad-CAM: where in a layer lie the features that speak for the target. */
import { defineMethod, type Method } from "../attribution";
import { beneathLayer, lastValueWithPositions, layerChannels } from "../attribution/class-activation";
import { axisLast, channelMeans, channelSum, positive } from "../tensor";
import { optionTrueOrFalse } from "./option-rules";

/** Options of `gradCam`. */
export interface GradCamOptions {
  /** Keep only what speaks for the target, as the paper's picture does. Default false: signed, as in Captum. */
  readonly relu: boolean;
}

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
 * @throws RangeError naming candidates when no layer on the way has more than one position and none was named.
 *
 * Selvaraju et al.: Grad-CAM (2017), arXiv 1610.02391.
 */
export const gradCam: Method<GradCamOptions> = defineMethod<GradCamOptions>(
  {
    name: "gradCam",
    paper: "Selvaraju et al. 2017, arXiv 1610.02391",
    axioms: ["linearity"],
    defaultLayer: lastValueWithPositions,
    quantity: () => "class activation for",
    whenZero: "no feature of the layer speaks for the target, or its gradient is zero",
    options: { relu: optionTrueOrFalse("relu", false) },
  },
  async (p) => {
    const channels = layerChannels(p);
    const activations = p.x.map((x, i) => axisLast(x, channels[i]));
    const gradients = (await p.gradient()).map((g, i) => axisLast(g, channels[i]));
    const maps = activations.map((a, i) => channelSum(a, channelMeans(gradients[i])));
    return { values: p.options.relu ? positive(maps) : maps, ...beneathLayer(p, maps) };
  },
);
