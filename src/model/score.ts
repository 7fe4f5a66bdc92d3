/** The target as engines see it: one score per row. */
import type { NdArray } from "../tensor";
import type { LayerPlace } from "./place";

/** A function of tfjs tensors: of one, or of each output of a net. Declared by structure, so that this file needs no tfjs. */
export type TensorFunction = (...tensors: any[]) => any;

/**
 * Form of an output that is explained when the model ends in softmax or sigmoid: what goes into that
 * last step (`logit`, the default), what comes out, or its logarithm.
 */
export type Explain = "logit" | "probability" | "logProbability";

/** A target resolved on the clean input: what engines compute. Immutable; rows belong to examples. */
export interface ResolvedTarget {
  readonly output: number;
  readonly explain: Explain;
  /** Ending of the explained output. */
  readonly head: Head;
  readonly score: ScoreForm;
  /** In words, one per example. */
  readonly labels: readonly string[];
  /** As recorded in the result, one per example. */
  readonly values: readonly (number | readonly number[] | string)[];
}

/** One score per row, read from the output or from a layer. */
export type ScoreForm =
  /** Σ mask ⊙ output. */
  | { readonly kind: "mask"; readonly mask: NdArray }
  /** Σ weights ⊙ layer; `weights` has the rows of the layer, or one for all of them. */
  | { readonly kind: "neuron"; readonly place: LayerPlace; readonly weights: NdArray }
  | { readonly kind: "loss"; readonly label: readonly number[] }
  | {
      readonly kind: "function";
      readonly score: TensorFunction;
      /** Arguments of the function: the explained output, all outputs, or the values of a layer. */
      readonly reads: "output" | "outputs" | LayerPlace;
      /** The examples of the call that rows belong to: the function may close over one label for each of them. */
      readonly examples: readonly number[];
    };

/** The layer that a score is read from; undefined for one that is read from outputs. */
export function scoredLayer(
  score:
    | Pick<Extract<ScoreForm, { kind: "neuron" }>, "kind" | "place">
    | Pick<Extract<ScoreForm, { kind: "function" }>, "kind" | "reads">
    | { readonly kind: "mask" | "loss" }
    | undefined,
): LayerPlace | undefined {
  if (score?.kind === "neuron") return score.place;
  return score?.kind === "function" && typeof score.reads === "object" ? score.reads : undefined;
}

/** Ending of an output: the operation found in front of it, and so what `explain` can mean. */
export type Head = "softmax" | "sigmoid" | "binary" | "none";
