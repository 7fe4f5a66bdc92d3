/** Guided Grad-CAM: guided backpropagation where Grad-CAM finds what speaks for the target. */
import { defineMethod, type Method } from "../attribution";
import { lastValueWithPositions } from "../attribution/class-activation";
import { upsampled, upsampledNearest } from "../attribution/upsample";
import { checkName, outOfRange } from "../check";
import { guided } from "../engine/rules";
import { type LayerName, layerNamed } from "../model/place";
import { axisLast, channelMeans, channelSum, mapped, type NdArray, positive } from "../tensor";

/** Options of `guidedGradCam`. */
export interface GuidedGradCamOptions {
  /** Layer of the Grad-CAM. Default: as `gradCam` chooses. */
  readonly camLayer: LayerName | undefined;
  /** Grad-CAM between the layer's positions: "linear" (default), or "nearest" as in Captum. */
  readonly interpolation: "linear" | "nearest";
}

/**
 * Guided Grad-CAM: guided backpropagation, times Grad-CAM's positive part at the input's positions.
 *
 * A(x) = guidedBackprop(x) ⊙ up(max(0, Σ_c w_c A_c)), w_c = mean over positions of ∂F/∂A_c
 *
 * Shape: that of the input or layer; unit: score² per unit of input, up to a factor. Fine as the one and about the class as the
 * other; what guided backpropagation is blind to, this is as well.
 *
 * Selvaraju et al.: Grad-CAM (2017), arXiv 1610.02391.
 * @throws RangeError where the layer has other axes of positions than what is explained.
 */
export const guidedGradCam: Method<GuidedGradCamOptions> = defineMethod<GuidedGradCamOptions>(
  {
    name: "guidedGradCam",
    paper: "Selvaraju et al. 2017, arXiv 1610.02391",
    axioms: [],
    whenZero: "nothing at the layer speaks for the target, or dead units",
    passes: () => 3,
    options: {
      camLayer: { default: undefined, check: (fn, given) => checkedLayer(fn, given) },
      interpolation: {
        default: "linear",
        check: (fn, given) => checkName(fn, "interpolation", given, ["linear", "nearest"]),
      },
    },
  },
  async (p) => {
    const fn = "guidedGradCam";
    const { camLayer, interpolation } = p.options;
    const named = camLayer === undefined ? undefined : p.namedLayer(fn, camLayer);
    const guidedMaps = await p.gradient({ rule: guided });
    const place = named ?? (await lastValueWithPositions(p.layerContext(fn)));
    const { activations, gradients } = await p.atLayer(place);
    const channels = p.channelAxis(place) ?? activations.shape.length - 1;
    const [A, g] = [axisLast(activations, channels), axisLast(gradients, channels)];
    const cam = positive(channelSum(A, channelMeans(g)));
    const resize = interpolation === "linear" ? upsampled : upsampledNearest;
    return guidedMaps.map((map, i) => {
      if (map.shape.length !== cam.shape.length)
        throw outOfRange(
          fn,
          `a camLayer with ${map.shape.length - 2} axes of positions, as what is explained`,
          `"${place.layer}" with ${cam.shape.length - 2}`,
        );
      const axis = p.channelAxis(p.places[i]) ?? map.shape.length - 1;
      const positions = map.shape.filter((_, k) => k > 0 && k !== axis);
      return overChannels(map, resize(cam, positions), axis);
    });
  },
);

/** A map times one number per position, whichever axis its channels are. */
function overChannels(map: NdArray, positions: NdArray, axis: number): NdArray {
  const channels = map.shape[axis];
  const inner = map.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
  return mapped(map, (value, i) => {
    const outer = Math.floor(i / (channels * inner));
    return value * positions.data[outer * inner + (i % inner)];
  });
}

/** A layer's name in the right form; whether the model has it is asked later. */
function checkedLayer(fn: string, given: unknown): LayerName {
  return layerNamed(fn, given);
}
