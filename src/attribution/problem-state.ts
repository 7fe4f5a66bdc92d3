/** What defines a problem: the model, its budget, the target, places and points; and the forms of its questions. */
import type { BackwardRule, Batch, LookedUpColumns, Model, ModelRequest, Replacement } from "../model/model";
import type { LayerPlace, Place } from "../model/place";
import type { ResolvedTarget } from "../model/score";
import type { NdArray, Parts } from "../tensor";

/** Counts what is spent, and passes on progress and abortion. Shared by a problem and its perturbed copies. */
export interface Budget {
  forward: number;
  backward: number;
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number | undefined;
  readonly warnings: string[];
  /** Findings on single examples, by subject: one warning each, made at the end of the call. */
  readonly findings: Map<string, Findings>;
  /** Fields of every question to the model. */
  readonly asked: ModelRequest;
  /** Bytes that the call's graphs and chunks take at most, all together. */
  readonly peakBytes: number;
  onRows(rows: number): void;
}

/** Findings of a method on single examples. */
export interface Findings {
  /** The largest size found, by the number of the example in the call. */
  readonly sizes: Map<number, number>;
  /** The warning; `which` is empty for a call with one example, else ` for example 0, 3`. */
  readonly sentence: (which: string, largest: number) => string;
}

/** Scores at x and at x′, the ends of a path, that a method's own questions brought along. */
export interface EndpointScores {
  x?: Float64Array;
  baseline?: Float64Array;
  /** Begins to ask for both: called when a question is under way that does not bring them. */
  begin?: () => void;
}

/** Everything that defines a problem. */
export interface ProblemState<Options> {
  readonly model: Model;
  readonly budget: Budget;
  readonly options: Options;
  readonly seed: number;
  readonly of: ResolvedTarget;
  /** The number in the call of each example, where these are not all in order: a perturbed problem has copies. */
  readonly numbers?: readonly number[];
  /** Inputs of the model, batch axis first. */
  readonly inputs: Batch;
  /** Inputs held at x, by number. */
  readonly fixed: ReadonlySet<number>;
  /** Values that stand in for look-ups of integer inputs; also where noise is added for those. */
  readonly lookups: readonly Replacement[];
  /** Columns of float inputs that are explained at their look-ups, which are among them. */
  readonly columns: readonly LookedUpColumns[];
  /** Places of the attribution. */
  readonly places: readonly Place[];
  /** Whether the places are a layer's, named or chosen, and not those of the inputs. */
  readonly ofLayer?: boolean;
  /** Values at the places: x. */
  readonly x: Parts;
  /** Values at the places that x is compared with: x′. Empty when the method has no baseline. */
  readonly baseline: Parts;
  /** All baselines, for methods that draw from them. */
  readonly baselines?: readonly Parts[];
  /** x′ at the noise inputs, whichever layer is explained; only for methods that walk there. */
  readonly inputBaseline?: Parts;
  /** Points that the answer will be averaged over; absent when it stands for itself. */
  readonly averagedOver?: "baselines" | "perturbed points";
  /** Whether the net does not give the same twice: nothing that is refined until it agrees would end. */
  readonly isRandom?: boolean;
  /** Scores at both ends, noted for whoever needs them afterwards. */
  readonly ends?: EndpointScores;
}

/** Points of a question: x, unless it names others. */
export interface AtPoints {
  /** One array per place. Default: x. */
  readonly points?: Parts;
  /** The example of each point. Default: point i belongs to example i. */
  readonly rows?: ArrayLike<number>;
}

/** A gradient at points: plain, or what a backward rule makes of it. */
export interface GradientAt extends AtPoints {
  /** Rule in place of the plain gradient. */
  readonly rule?: BackwardRule;
  /** Reference of the rule, in the space that is explained; everything else stays at x. Default: x′. */
  readonly reference?: Parts;
}

/** Neurons of a layer, with a weight for each: the shape of one row of the layer behind an axis of 1. */
export interface WeighedNeurons {
  readonly place: LayerPlace;
  readonly weights: NdArray;
}

/** A path in the space that is explained: the point of each example at α. */
export type PathPoints = (alpha: number) => Parts;

/** One node of a path, for all examples. */
export interface PathStep {
  /** Its number, from 0. */
  readonly k: number;
  readonly alpha: number;
  readonly points: Parts;
  /** F there. */
  readonly scores: Float64Array;
  /** ∂F there. */
  readonly gradients: Parts;
}
