/** What an Attribution holds: plain data. */
import type { Axis, Checked, EngineName } from "../model/model";
import type { NdArray } from "../tensor";

/** The map of one explained input or layer. Arrays have the shape that the input was given in. */
export interface AttributionPart {
  readonly name: string;
  readonly at: "input" | "layer";
  /** The attribution, at the resolution explained. */
  readonly values: NdArray;
  /** Values that were explained: the input, or the layer's activations. */
  readonly input: NdArray;
  /**
   * Baseline of the input; the mean of several. Absent when the method has no baseline, and for tokens when that is
   * no token either: zero vectors, or several baselines.
   */
  readonly baseline?: NdArray;
  /**
   * How far each value is likely to be from that of infinitely many samples, in the same shape and unit, where a method
   * draws samples: the standard error of its mean. Of a token's vector the sum of its entries' errors, an upper bound.
   */
  readonly standardError?: NdArray;
  /** Names of the axes, without the batch axis. */
  readonly axes: readonly Axis[];
  /** Names along the feature or token axis. */
  readonly labels?: readonly string[];
  /** Words of tokens, one list for each example, where the model was told them. */
  readonly words?: readonly (readonly string[])[];
  /** `"dark"` where larger values of the input are drawn darker, as the model was told. */
  readonly ink?: "dark";
  /** For tokens: how each one's vector became one number. */
  readonly reduced?: Reduction;
}

/** A method's own numbers by name, one per example; its description says what they are. */
export type Details = Readonly<Record<string, readonly number[]>>;

/** The ways in which a token's vector becomes one number. */
export type Reduce = "sum" | "norm" | "mean";

/** Reduction of the vectors of tokens to one number each. */
export interface Reduction {
  /** Their signed sum, their length (L2) or their mean. */
  readonly by: Reduce;
  /** Entries of a token's vector, over all look-ups of the input. */
  readonly entries: number;
  /** Per example: the largest Σ|·| of a token's vector (their mean magnitude by "mean"), beside which sums may cancel. */
  readonly magnitude: readonly number[];
}

/** Data of the accumulation picture; kept by `keepPath`. Arrays have the batch axis first. */
export interface AttributionPath {
  /** Nodes in ascending order. */
  readonly alphas: readonly number[];
  /** Share of the path that the sum up to and with each node covers: the sum of the weights. Default: the nodes. */
  readonly reached?: readonly number[];
  /** F at each node, per example. */
  readonly scores: readonly (readonly number[])[];
  /** Sum of the attribution up to and with each node, per example. */
  readonly runningSum: readonly (readonly number[])[];
  /** Nodes that are kept as frames. */
  readonly frames: readonly number[];
  /** One per part: [examples, frames, …]. */
  readonly accumulated: readonly NdArray[];
}

/** Evaluations of the model, counted in examples: a batch of n counts n. */
export interface Passes {
  readonly forward: number;
  readonly backward: number;
}

/** Everything an Attribution holds, as plain data. */
export interface AttributionRecord {
  readonly method: string;
  readonly parts: readonly AttributionPart[];
  /** Per example: what was explained. */
  readonly target: readonly (number | readonly number[] | string)[];
  /** Per example, in words. */
  readonly targetLabels: readonly string[];
  /** Per example: F(x). */
  readonly score: readonly number[];
  /** Per example: F(x′), when the method has a baseline. */
  readonly baselineScore?: readonly number[];
  /** Convergence delta per example, Σ attribution − (F(x) − F(x′)), when the method claims completeness. */
  readonly convergenceDelta?: readonly number[];
  /** Numbers of the method's own, where it has some: LIME's R². */
  readonly details?: Details;
  /** Form of F: the logit, probability or log-probability, or the output as it is. */
  readonly explain: "logit" | "probability" | "logProbability" | "output";
  /** Meaning of the values, in words that go before "the logit": "attribution to", "gradient of". */
  readonly quantity: string;
  /** Options as resolved; functions and data by name, size and hash. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly seed: number;
  /** The engine that computed the whole call; a black box answers for itself. */
  readonly engine: EngineName | "black box";
  /** Backend of that engine: `cpu` or `tensorflow` of tfjs, `onnxruntime-node` or `onnxruntime-web`. */
  readonly backend?: string;
  /** Check of the engine. */
  readonly checked: Checked;
  /** A hash of the model's topology and weights. Absent where it cannot be told, as of layers that have no configuration. */
  readonly fingerprint?: string;
  readonly passes: Passes;
  readonly elapsedMs: number;
  /**
   * Memory that the call's computing takes at most, in bytes, estimated from shapes: weights, and the values that are alive at
   * once in the largest run of each of its graphs, or in the largest chunk of the eager engine. What is compared with the
   * eager engine at a first call is not in it.
   */
  readonly peakBytes: number;
  readonly warnings: readonly string[];
  /** Whether arrays have a batch axis. */
  readonly batched: boolean;
  readonly path?: AttributionPath;
}
