/** THE SEAM: everything a method may ask of a model, and what is known about it. */
import type { NdArray } from "../tensor";
import type { StepMask } from "./masked-steps";
import type { LayerPlace, Place } from "./place";
import type { Explain, Head, ResolvedTarget, TensorFunction } from "./score";
import type { Tokens } from "./tokenizer";

/** Names of axes, without the batch axis. */
export type Axis = "height" | "width" | "depth" | "channel" | "time" | "feature" | "token" | "unit";

/** Facts of a model, told once to `asModel(net, facts)`. Everything is optional. */
export interface Facts {
  /** Class names, in the order of the output's last axis; of several outputs, for those with as many entries there. */
  readonly classes?: readonly string[];
  /** Feature names of a tabular input, in order. */
  readonly features?: readonly string[];
  /** The inputs of a plain function, in order (one float input when not said); a model knows its own. */
  readonly inputs?: readonly (
    | string
    | { readonly name: string; readonly dtype?: "float32" | "int32" | "bool" }
  )[];
  /**
   * Words of token ids: a vocabulary in the order of its ids, a function of an id, or a tokenizer `{ encode, decode }`, such as
   * one of @huggingface/transformers; of several inputs, by their names. Results and figures then show words; with `encode`
   * an input may be a text or a list of texts, padded with `padId`.
   */
  readonly tokens?: Tokens;
  /**
   * Says that a function is a black box: it takes arrays `{ data, shape }`, may be asynchronous, and returns this many
   * numbers per row, or as many as these are names. It has no gradients; only methods that need none can explain it.
   */
  readonly outputs?: number | readonly string[];
  /**
   * Nodes of a GraphModel whose values are the inputs instead of its own: what comes behind them is explained, as behind
   * control flow, or behind what reads texts.
   */
  readonly from?: string | readonly string[];
  /** Nodes of a GraphModel whose values are the outputs instead of its own. */
  readonly to?: string | readonly string[];
  /** Axis names of each input (one list for all, or a record by input name), without the batch axis. */
  readonly axes?: readonly Axis[] | Readonly<Record<string, readonly Axis[]>>;
  /** Smallest and largest value an input can take, in the user's units; read from each input otherwise. */
  readonly range?: readonly [number, number];
  /**
   * How grey pictures are drawn: `"light"` (default) shows larger values lighter, as light is recorded; `"dark"` shows them
   * darker, as where a value says how much ink lies on paper.
   */
  readonly ink?: "dark" | "light";
  /**
   * Preparation of the input: a differentiable function of tfjs tensors, applied in front of the model.
   * Inputs, baselines and maps are then in the units before it: black is black.
   */
  readonly preprocess?: TensorFunction;
  /** Examples of the data, for `baseline: "mean"`. */
  readonly data?: unknown;
  /** The id of the padding token, for `baseline: "pad"` and for texts that are shorter than the input. */
  readonly padId?: number;
  /**
   * Says that all rows of a batch are one example, as the nodes of a graph or the members of a set: an input [rows, …] is one
   * example, and what the net gives for it is that example's output. Rows are examples of their own by default.
   */
  readonly rows?: "together";
  /** Engine that computes. Default "auto": compiled where it can serve, else eager. */
  readonly engine?: EngineChoice;
  /** Memory that one call may use for tensors, in bytes. Default 512 MiB, or what one row needs where that is more. */
  readonly maxBytes?: number;
  /**
   * Memory that compiled graphs of all models may keep between calls, in bytes, as long as this model is asked. Default
   * 1 GiB, or twice `maxBytes` where that is less.
   */
  readonly cacheBytes?: number;
}

/** Memory that one call may use by default: 512 MiB. */
const DEFAULT_MAX_BYTES = 512 * 2 ** 20;

/** Memory that compiled graphs may keep by default: 1 GiB. */
const DEFAULT_CACHE_BYTES = 2 ** 30;

/** Bytes that a call may use: as it asks, else as was told of the model. */
export function maxBytesOf(facts: Facts, asked: number | undefined): number {
  return asked ?? facts.maxBytes ?? DEFAULT_MAX_BYTES;
}

/** Bytes that compiled graphs may keep while a call is answered that may use so many. */
export function cacheBytesOf(facts: Facts, asked: number | undefined): number {
  return facts.cacheBytes ?? Math.min(DEFAULT_CACHE_BYTES, 2 * maxBytesOf(facts, asked));
}

/** Whether a cap was set, by the call or for the model: what one row needs counts then as well. */
export function isCapped(facts: Facts, asked: number | undefined): boolean {
  return (asked ?? facts.maxBytes) !== undefined;
}

/** The engines: `eager` is tfjs itself, `compiled` is the same computation as a graph on ONNX Runtime. */
export type EngineName = "eager" | "compiled";

/**
 * Choice of the engine. `auto` is the compiled engine where it can serve and eager otherwise, with a warning on
 * the result when a graph was refused; `compiled` makes that an error.
 */
export type EngineChoice = "auto" | EngineName;

/**
 * Check of an engine. The eager engine is the `reference`. Each graph of the compiled engine was compared with it
 * on the `first row` that it saw; where that takes seconds, outputs were, and gradients with the `slope` of the score.
 */
export type Checked = "reference" | "first row" | "slope";

/** Every choice of engine. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ["auto", "eager", "compiled"];

/** One input of a model; `null` extents are free, the first axis is the batch. */
export interface InputFact {
  readonly name: string;
  /** Further names that it goes by. */
  readonly aliases?: readonly string[];
  /** Undefined for a plain function. */
  readonly shape?: readonly (number | null)[];
  readonly dtype: "float32" | "int32" | "bool";
  /** True of one that was declared as whole numbers and is read as floats, since nothing but casts reads it. */
  readonly whole?: true;
  /** The mask that skips steps of it, where it goes into one first. */
  readonly mask?: StepMask;
  readonly axes?: readonly Axis[];
}

/** A weight of a model. */
export interface WeightFact {
  /** The layer's name, a slash, and the weight's: `conv/kernel`. */
  readonly name: string;
  readonly layer: string;
  readonly values: NdArray;
}

/** One output of a model. */
export interface OutputFact {
  readonly name: string;
  /** Further names that it goes by. */
  readonly aliases?: readonly string[];
  readonly shape?: readonly (number | null)[];
}

/** One call of one layer. Nested models give `outer/inner`; the nth call that was made of a shared layer `name#n`. */
export interface LayerFact {
  readonly name: string;
  readonly kind: string;
  readonly shape?: readonly (number | null)[];
  /** The axis of its channels, the batch being axis 0, where that is not the last: 1 for channels first. */
  readonly channelAxis?: number;
  /** Names of the layers or inputs that feed it; only where more than one value goes in. */
  readonly entering?: readonly string[];
  /** Numbers of its outputs that others use, from 0; only where that is not the first alone. */
  readonly leaving?: readonly number[];
}

/** A layer on the way from the inputs to an output. */
export interface WayLayer {
  readonly place: LayerPlace;
  /** Shape of one row of its value. */
  readonly shape: readonly number[];
  /** Number on the way of the layer whose features it gives, in another order or pooled to fewer positions. */
  readonly featuresOf?: number;
  /** Whether products with weights follow: it is not among the last steps, which read the features off. */
  readonly beforeHead: boolean;
  /** Whether what follows may read some of its positions only, as that of a class token. */
  readonly selected: boolean;
  /** Whether inputs with positions lead to the output around it, too. */
  readonly bypassed: boolean;
}

/** A table that an input is looked up in: token ids are 0 … size − 1. */
export interface Vocabulary {
  /** The layer that looks up. */
  readonly layer: string;
  readonly size: number;
}

/** Columns of a float input that are looked up in a table: numbers of categories among numbers. */
export interface LookedUpColumns {
  /** The input, by number. */
  readonly input: number;
  /** Where their vectors leave a layer. */
  readonly place: LayerPlace;
  /** The entry of a row of the input that each vector of that row is of. */
  readonly columns: readonly number[];
}

/** One array per input, each with the batch axis first. */
export type Batch = readonly NdArray[];

/** Values that stand in for what the model itself computes at a layer. */
export interface Replacement {
  readonly place: LayerPlace;
  readonly values: NdArray;
}

/** Fields of every request to a model. */
export interface ModelRequest {
  readonly replace?: readonly Replacement[];
  /** Called after each chunk with the rows done. */
  readonly onRows?: (rows: number) => void;
  readonly signal?: AbortSignal;
  readonly maxBytes?: number;
  /**
   * Evaluations that the whole call asks for, counted in examples: a graph that takes longer to compile than these would on
   * the eager engine is refused. None is by default.
   */
  readonly evaluations?: number;
  /** Called when a graph begins to be compiled for this request. */
  readonly onCompile?: () => void;
  /** Told what something that holds memory, such as a graph with its runs, takes at most, in bytes. */
  readonly onHeld?: (holder: string, bytes: number) => void;
}

/** Request of `forward`: outputs, and what else is named. */
export interface ForwardRequest extends ModelRequest {
  /** Target that is scored. */
  readonly of?: ResolvedTarget;
  /** Layers whose values are wanted. */
  readonly at?: readonly LayerPlace[];
  /** The form of the outputs: logits by default. */
  readonly explain?: Explain;
  /** What is asked next, about entries of an output: an engine may get ready for it meanwhile. */
  readonly next?: NextRequest;
}

/** What is asked next: gradients of an output's entries, or their weighted sum along paths. */
export interface NextRequest {
  readonly at: readonly Place[];
  readonly output: number;
  readonly rows: number;
  readonly path: boolean;
}

/** Answer of `forward`. */
export interface ForwardAnswer {
  /** F of each row; present when `of` was given. */
  readonly scores?: Float64Array;
  /** Outputs as explained (logits by default). */
  readonly outputs: readonly NdArray[];
  /** Ending of each output. */
  readonly heads: readonly Head[];
  /** In the order of `at`. */
  readonly activations: readonly NdArray[];
}

/** Shapes of the outputs, batch axis first, and how they end. */
export interface OutputDescription {
  readonly shapes: readonly (readonly number[])[];
  readonly heads: readonly Head[];
}

/**
 * Kinds of operations that backward rules tell apart: affine maps of one explained value (a product or convolution
 * with weights and its bias, batch norm), sums and products of several, functions of single entries, pools,
 * normalisation by statistics of the example, softmax, and what lets one value decide how much of another passes.
 */
export type OperationKind =
  | "linear"
  | "sum"
  | "product"
  | "activation"
  | "pool"
  | "normalise"
  | "softmax"
  | "gate";

/**
 * A rule's row for one operation: a function from a step (its inputs, output, weights, bias, the incoming
 * relevance, or cotangent, and its place) to that of each input; undefined where the rule says nothing about this operation.
 */
export type RuleRow = (step: never) => unknown;

/** Rule in place of the plain gradient in backpropagation. An operation without a row is an error that names it. */
export interface BackwardRule {
  /** With its parameters, as shown in errors. */
  readonly name: string;
  /** Start of backpropagation: the gradient of the score, or the score itself. */
  readonly starts: "gradient" | "relevance";
  /** Whether operations are compared with those of a reference batch. */
  readonly reference: boolean;
  readonly rows: Readonly<Partial<Record<OperationKind, RuleRow>>>;
  /** Whether a batch norm counts as a part of the product with weights in front of it. Default: as an operation of its own. */
  readonly foldsNorms?: boolean;
  /** Kernels at which it has nothing of its own to say, and leaves the plain gradient; the answer names those that it met. */
  readonly plainAt?: (kernel: string, kind: OperationKind) => boolean;
}

/** An operation on the way to a score, and its layer where that is known. */
export interface NamedOperation {
  readonly operation: string;
  readonly layer?: string;
}

/** An operation on the way to a score that lets no gradient pass. */
export type Cut = NamedOperation;

/** Answer of `gradient`: ∂F(row)/∂place in the order of `at`, or what a backward rule makes of it. */
export interface GradientAnswer {
  readonly scores: Float64Array;
  readonly gradients: readonly NdArray[];
  /** For each place, whether F depends on it at all. */
  readonly depends: readonly boolean[];
  /** For each place, what cuts a part of the way from it to F; absent where nothing does. */
  readonly cuts?: readonly (readonly Cut[])[] | undefined;
  /** Operations that a rule left to the plain gradient; absent without a rule. */
  readonly plain?: readonly NamedOperation[] | undefined;
}

/** Answer of `curvature`: Σ_j ∂²F(row)/∂place_i ∂place_j · direction_j, in the order of `at`. */
export interface CurvatureAnswer {
  readonly scores: Float64Array;
  readonly products: readonly NdArray[];
}

/** Request of `curvature`. */
export interface CurvatureRequest extends ModelRequest {
  readonly of: ResolvedTarget;
  readonly at: readonly Place[];
}

/**
 * Reference of a rule: one row per row of the batch, and values that stand in for layers in it. At a layer that
 * nothing stands in for, the value that it has at the reference itself.
 */
export type Reference = Batch | { readonly batch: Batch; readonly replace?: readonly Replacement[] };

/** Request of `gradient`. */
export interface GradientRequest extends ModelRequest {
  readonly of: ResolvedTarget;
  readonly at: readonly Place[];
  /** Rule in place of the plain gradient. */
  readonly rule?: BackwardRule;
  /** Reference of the rule: one row per row of the batch. */
  readonly reference?: Reference;
}

/** What was found of a net that holds of every map of it. */
export interface Examination {
  /** The operation that brings rows of a batch together: what one row gives depends on the others beside it. */
  readonly mixing?: string;
  /** Where random numbers come in, so that the net does not give the same twice. */
  readonly random?: { readonly operation: string; readonly layer?: string };
}

/** Request of `path`: a straight path at `at` from `from` to `to`, read at `nodes` with `weights`. */
export interface PathRequest extends ModelRequest {
  readonly of: ResolvedTarget;
  readonly at: readonly Place[];
  readonly from: readonly NdArray[];
  readonly to: readonly NdArray[];
  readonly nodes: readonly number[];
  readonly weights: readonly number[];
}

/** Answer of `path`: Σ_k w_k ∂F/∂place at from + α_k (to − from). */
export interface PathAnswer {
  readonly gradients: readonly NdArray[];
  readonly depends: readonly boolean[];
  /** As of `gradient`. */
  readonly cuts?: readonly (readonly Cut[])[] | undefined;
}

/** Attention that was found in a net. */
export interface AttentionFound {
  /** The layer that it is part of; "function" where the net is one. */
  readonly layer: string;
  /** [examples, heads, query, key] */
  readonly weights: NdArray;
  /** The length (L2) of each value that is weighed, [examples, heads, key]; absent where heads do not have values of their own. */
  readonly valueNorms?: NdArray;
  /** ∂F/∂weights, in their shape; of a request that names a score. */
  readonly gradient?: NdArray;
}

/** Request of `attention`. */
export interface AttentionRequest {
  /** The score whose gradient is wanted at the weights. */
  readonly of?: ResolvedTarget;
  /** Values in place of layers' own. */
  readonly replace?: readonly Replacement[];
}

/** A model as every method sees it. All requests are batched; examples never influence each other. */
export interface Model {
  readonly facts: Facts;
  readonly inputs: readonly InputFact[];
  readonly outputs: readonly OutputFact[];
  readonly layers: readonly LayerFact[];
  /** The engine that answers; `auto` chooses for each question. A black box answers for itself, without gradients. */
  readonly engine: EngineChoice | "black box";
  /** Backend of the engine: one of tfjs, or the package of ONNX Runtime. */
  readonly backend?: string | undefined;
  readonly checked?: Checked | undefined;
  /** A hash of topology and weights: two models with the same fingerprint compute the same. */
  readonly fingerprint: string;
  /** A number that changes whenever the net does: answers of one call have one and the same. Absent where nobody knows. */
  readonly epoch?: number;
  /**
   * Looks at the net as it is now; until the call is ended nobody looks again. A call looks at its two ends: between them a
   * net of thousands of settings would be compared with itself for each question.
   * @returns what ends the call; another time it does nothing.
   */
  beginCall?(): () => void;
  /** The layers at whose outputs an integer input is explained; empty when it feeds anything else. */
  lookups(input: number): readonly LayerPlace[];
  /** The tables that an input is looked up in, as far as their sizes are known. */
  vocabularies?(input: number): readonly Vocabulary[];
  /** Columns of float inputs that are looked up beside others; absent, or empty, where there are none or nobody knows. */
  lookedUpColumns?(batch: Batch): readonly LookedUpColumns[];
  /**
   * The layers on the way to the logits of an output, in the order in which they run, for inputs of these shapes;
   * undefined where that is not known.
   */
  way?(batch: Batch, output: number): readonly WayLayer[] | undefined;
  /** The weights, layer by layer in the order in which they run; absent, or empty, where nobody knows them by name. */
  weights?(): readonly WeightFact[];
  /** The same net with other values of some weights, by name; the user's net stays as it is. */
  withWeights?(changes: Readonly<Record<string, NdArray>>): Model;
  /** Attention in a run of one example, in the order in which it is used; absent where nobody sees inside. */
  attention?(example: Batch, request?: AttentionRequest): readonly AttentionFound[];
  /** Throws when the model was disposed. */
  checkAlive(fn: string): void;
  /** What is found of the net on the way to a target; absent of a model that is known to have neither trait. */
  examine?(batch: Batch, of: ResolvedTarget): Examination;
  /** The answer of `forward` but for numbers, if that is known without running the model. */
  describe?(batch: Batch, explain: Explain): OutputDescription | undefined;
  forward(batch: Batch, request: ForwardRequest): Promise<ForwardAnswer>;
  gradient(batch: Batch, request: GradientRequest): Promise<GradientAnswer>;
  path(batch: Batch, request: PathRequest): Promise<PathAnswer>;
  /** Hessian × direction: `direction` holds one array per place of `at`. */
  curvature(batch: Batch, direction: readonly NdArray[], request: CurvatureRequest): Promise<CurvatureAnswer>;
}
