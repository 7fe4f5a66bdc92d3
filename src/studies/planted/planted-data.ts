/** Planted data: examples, a net known on paper, and the features that its answer for each example is made of. */
import type { Model } from "../../model/model";
import type { NdArray } from "../../tensor";

/** Kinds of planted data. */
export type PlantedKind = "tabular" | "image" | "sequence" | "confounded";

/** What was planted, for each example and feature. */
export type PlantedTruth = readonly (readonly boolean[])[];

/** Examples whose right answer is known, since it was planted. */
export interface PlantedData {
  readonly kind: PlantedKind;
  readonly net: Model;
  /** Batch axis first. */
  readonly inputs: NdArray;
  /** What happened in the world that the examples come from: the number that a net would be trained on. */
  readonly outcomes: readonly number[];
  /** Names of the features: entries, or positions with all of their channels. */
  readonly features: readonly string[];
  /** The feature of each entry of one example. */
  readonly groups: readonly number[];
  /** The features that the net's score is made of. */
  readonly used: PlantedTruth;
  /** The features that change the outcome when one sets them in the world; absent where those are the ones that the net uses. */
  readonly causes?: PlantedTruth;
}

/** Options of planted data. */
export interface PlantedOptions {
  /** Number of examples. Default 32. */
  readonly examples?: number;
  readonly seed?: number;
}

/** Size and seed of the examples that a builder draws. */
export interface Draw {
  readonly examples: number;
  readonly seed: number;
}
