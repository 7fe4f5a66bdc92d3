/** Class activation maps: methods that weigh the features of a layer, and sum them position by position. */
import { checkBoolean } from "../check";
import { axisLast, type NdArray, ndarray, positive, sumLastAxis } from "../tensor";
import { beneathLayer, lastValueWithPositions, layerChannels } from "./class-activation";
import { defineMethod } from "./define-method";
import type { Axiom, Method, OptionRule } from "./method";
import type { Problem } from "./problem";
import { upsampled } from "./upsample";

/** Options of class activation maps. */
export interface ClassActivationOptions {
  /** Keep only what speaks for the target, as the papers' pictures do. Default false: signed. */
  readonly relu: boolean;
  /** Values at the positions of the input, interpolated linearly. Default false: at those of the layer. */
  readonly upsample: boolean;
}

/** Facts of a class activation map; everything else is as for all of them. */
export interface ClassActivationMeta {
  readonly name: string;
  readonly paper: string;
  readonly axioms?: readonly Axiom[];
  readonly gradient?: boolean;
  readonly whenZero?: string;
}

/** A layer's values and gradients, channels last: [examples, …positions, channels]. */
export interface LayerFeatures {
  readonly activations: NdArray;
  /** ∂F/∂A; empty for methods without gradients. */
  readonly gradients: NdArray;
  /** The place, by number. */
  readonly place: number;
}

const trueOrFalse = (name: string): OptionRule<boolean> => ({
  default: false,
  check: (fn, given) => checkBoolean(fn, name, given),
});

/**
 * Makes a class activation map: at the last value with positions before the head, unless a layer is named.
 * @param map [examples, …positions, 1] of a layer's features.
 */
export function classActivation(
  meta: ClassActivationMeta,
  map: (layer: LayerFeatures, p: Problem<ClassActivationOptions>) => NdArray | Promise<NdArray>,
): Method<ClassActivationOptions> {
  return defineMethod<ClassActivationOptions>(
    {
      defaultLayer: lastValueWithPositions,
      quantity: () => "class activation for",
      whenZero: "no feature of the layer speaks for the target, or its gradient is zero",
      ...meta,
      options: { relu: trueOrFalse("relu"), upsample: trueOrFalse("upsample") },
    },
    async (p) => {
      const channels = layerChannels(p);
      const gradients = meta.gradient === false ? [] : await p.gradient();
      const maps: NdArray[] = [];
      for (const [place, x] of p.x.entries()) {
        const activations = axisLast(x, channels[place]);
        const g = gradients[place] ? axisLast(gradients[place], channels[place]) : ndarray([], [0]);
        maps.push(await map({ activations, gradients: g, place }, p));
      }
      const signed = p.options.relu ? positive(maps) : maps;
      const beneath = beneathLayer(p, maps);
      const inputs = beneath.input?.(p.inputs);
      const values =
        p.options.upsample && inputs
          ? signed.map((values, i) => upsampled(values, inputs[i].shape.slice(1, -1)))
          : signed;
      return { values, ...beneath };
    },
  );
}

/** Σ_c of [examples, …positions, channels], as [examples, …positions, 1]. */
export function channelTotals(array: NdArray): NdArray {
  const sums = sumLastAxis(array);
  return ndarray(sums.data, [...sums.shape, 1]);
}
