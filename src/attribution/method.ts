/** Defines a method: its equation, what is said of it, and the options it takes. */
import type { Net } from "../engine";
import type { Baseline } from "../model/baseline";
import type { Input } from "../model/input";
import type { Axis, Batch, EngineChoice } from "../model/model";
import type { LayerName, LayerPlace } from "../model/place";
import type { Explain } from "../model/score";
import type { Target } from "../model/target";
import type { Progress } from "../platform/host";
import type { NdArray, Parts } from "../tensor";
import type { LayerContext } from "./layer-context";
import type { Problem } from "./problem";
import type { Attribution, AttributionPath, Details, Reduce } from "./record";

/** Axioms that a method may claim; each claimed one is tested. */
export type Axiom =
  /** The map sums to F(x) − F(x′). */
  | "completeness"
  /** A feature that alone changes the score has a share. */
  | "sensitivity"
  /** A feature that equals its baseline has none. */
  | "missingness"
  | "dummy"
  | "implementation invariance"
  | "linearity"
  | "symmetry";

/** All axioms: what integrated gradients claim, and exact Shapley values. */
export const ALL_AXIOMS: readonly ["completeness", ...Axiom[]] = [
  "completeness",
  "sensitivity",
  "missingness",
  "dummy",
  "implementation invariance",
  "linearity",
  "symmetry",
];

/** An option of a method: its default, and a check that returns the value or throws. */
export interface OptionRule<T> {
  readonly default: T;
  readonly check: (fn: string, value: unknown) => T;
}

/** Facts of a method; tests, tables and `compare` read them. Only the name is required. */
export interface MethodMeta<Own extends object> {
  readonly name: string;
  readonly paper?: string;
  readonly axioms?: readonly Axiom[];
  /** Whether it compares with a baseline. */
  readonly needsBaseline?: boolean;
  /**
   * Whether it draws from several baselines itself, by `p.baselines`. Default false: it is asked once for each, and the mean
   * of its maps is the result.
   */
  readonly drawsBaselines?: boolean;
  /** Whether its path runs in the space of the inputs, also where a layer is explained. Default false. */
  readonly walksInputs?: boolean;
  /** Whether a map of these options is complete, where the method is. Default: unless they say not to multiply by the input. */
  readonly isComplete?: (options: Own) => boolean;
  /** Whether the gradient is multiplied by the input (or its difference from the baseline). */
  readonly multipliesByInput?: boolean;
  /** Meaning of the values, in words that go before "the logit". Default "attribution to". */
  readonly quantity?: (options: Own) => string;
  /**
   * One number for a token's vector where the call does not say. Default: "sum" where the map adds up, since the gradient
   * is multiplied by the input or the method is complete; else "norm", which no rotation of the vectors changes.
   */
  readonly reduce?: (options: Own) => Reduce;
  /** Meaning of a map that is zero everywhere, for a warning. Default "dead units, or a saturated output". */
  readonly whenZero?: string;
  /** Advice where a complete method misses F(x) − F(x′) by more than 5 %, for a warning. */
  readonly whenIncomplete?: string | ((options: Own) => string);
  /**
   * Looks for the cause where a complete method misses F(x) − F(x′) of some examples by more than 5 %, and says it by
   * `warnOf`; advice is then not given.
   */
  readonly examine?: (problem: Problem<Own>, rows: readonly number[]) => Promise<void>;
  /** Whether it asks for gradients. Default true; without them it also explains black boxes. */
  readonly gradient?: boolean;
  /** Model evaluations per example; `entries` is how many numbers an example has. */
  readonly passes?: (options: Own, entries: number) => number;
  /** What it asks of the model first, at x or on the straight way to x; undefined where that is something else. */
  readonly asksFirst?: (options: Own) => "gradient" | "path" | undefined;
  /** Its own options. */
  readonly options?: { readonly [Name in keyof Own]-?: OptionRule<Own[Name]> };
  /** The layer to explain when none is named; for methods that live at a layer. */
  readonly defaultLayer?: (context: LayerContext) => Promise<LayerPlace>;
  /** Its own options as the result records them: those that others put out of use are left out. Default: all. */
  readonly recorded?: (options: Own) => Partial<Own>;
  /** Throws when options do not go together. */
  readonly check?: (fn: string, options: Own) => void;
  /** Throws when options do not fit the inputs that are explained, whose examples have these shapes. */
  readonly checkShapes?: (fn: string, options: Own, shapes: readonly (readonly number[])[]) => void;
}

/** Options that every method takes. */
export interface CommonOptions {
  /** Target that is explained. Default: the predicted class. */
  readonly target?: Target;
  /** One of several outputs, by number or name. Default 0. */
  readonly output?: number | string;
  /** The logit (default), the probability or its logarithm, when the model ends in softmax or sigmoid. */
  readonly explain?: Explain;
  /** Explain a layer's activations instead of the input; `{ layer, side: "input" }` for what goes in, one part per value. */
  readonly layer?: LayerName;
  /**
   * Inputs that are held at x, by name or number: no noise, no baseline, no part of the map. Always among them, beside others:
   * whole numbers that are neither tokens nor pixels (image axes, or a range), as an attention mask.
   */
  readonly fixed?: string | number | readonly (string | number)[];
  /**
   * One number for a token's vector: the sum of its entries, their length (L2) or their mean. Default "sum" where the
   * parts of a map add up, else "norm": behind a layer norm the entries of every gradient sum to zero.
   */
  readonly reduce?: Reduce;
  /** Seed of everything random. Default 0. */
  readonly seed?: number;
  /** Engine that computes. Default: that of the model, "auto" for a bare net; a plain function is "eager". */
  readonly engine?: EngineChoice;
  /** Memory for tensors, in bytes. Default 512 MiB. */
  readonly maxBytes?: number;
  /** Aborting rejects the call; nothing is leaked. */
  readonly signal?: AbortSignal;
  /** Called as the work moves on, with what is done and what there is. Default: the notebook's bar, elsewhere nothing. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Options of methods with a baseline. */
export interface BaselineOptions {
  /** Baseline that the input is compared with. Default "zeros". */
  readonly baseline?: Baseline;
}

/** Result of a method's equation: one array per place, or more to be recorded. */
export interface Solution {
  readonly values: readonly NdArray[];
  /** How far each value is likely to be from that of infinitely many samples, for methods that draw some. */
  readonly standardError?: Parts;
  /** A method's own numbers by name, one per example, such as the R² of a local model. */
  readonly details?: Details;
  /** With one array of frames per place. */
  readonly path?: AttributionPath;
  /**
   * Shown beneath the map instead of what is at the place: Grad-CAM lies over the image. A function of the model's
   * inputs, since a method that wraps this one asks at other inputs than those that its map lies over.
   */
  readonly input?: (inputs: Batch) => readonly NdArray[];
  readonly axes?: readonly (readonly Axis[])[];
}

/** The equation of a method. */
export type Solve<Own> = (problem: Problem<Own>) => Promise<Solution | readonly NdArray[]>;

/**
 * Needs and promises of a method: nothing but the model; a baseline; or a baseline, and that its map sums to
 * F(x) − F(x′).
 */
export type MethodKind = "plain" | "baseline" | "complete";

/** Options of a call: those of every method, its own, and `baseline` where it compares with one. */
export type CallOptions<Own extends object, Kind extends MethodKind> = CommonOptions &
  ([Kind] extends ["plain"] ? unknown : BaselineOptions) &
  Partial<Own>;

/** The map that a method gives, with the scores at the baseline and the convergence delta where it has them. */
export type MapOf<Kind extends MethodKind> = [Kind] extends ["plain"]
  ? Attribution
  : [Kind] extends ["baseline"]
    ? Attribution & Required<Pick<Attribution, "baselineScore">>
    : Attribution & Required<Pick<Attribution, "baselineScore" | "convergenceDelta">>;

/** The map of a method that is complete. */
export type CompleteAttribution = MapOf<"complete">;

/** A method: an async function, with what is known about it. In a notebook it is one line. */
export interface Method<Own extends object = Record<never, never>, Kind extends MethodKind = "plain"> {
  (model: Net, x: Input, options?: CallOptions<Own, Kind>): Promise<MapOf<Kind>>;
  /** Its facts, complete. */
  readonly meta: Required<Omit<MethodMeta<Own>, "defaultLayer">> & Pick<MethodMeta<Own>, "defaultLayer">;
  /** The same method with other defaults. */
  with(options: CallOptions<Own, Kind>): Method<Own, Kind>;
  /** Defaults set by `with`, for methods that wrap others. */
  readonly defaults: Readonly<CallOptions<Own, Kind>>;
  /** The equation alone, its answers checked, for methods that wrap others. */
  readonly solve: (problem: Problem<Own>) => Promise<Solution>;
}

/** Any method, whatever its options. */
export type AnyMethod = Method<any, any>;

/** Facts of a method, complete. */
export type Meta<Own extends object> = Method<Own>["meta"];
