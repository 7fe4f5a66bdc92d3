/** A metric: a number that says something of a map, with the direction in which it is better and what it cannot show. */
import type { Attribution, OptionRule } from "../attribution";
import type { Problem } from "../attribution/problem";
import { type DISPLAY, INSPECT, type MimeBundle } from "../display";
import type { Net } from "../engine";
import type { Baseline } from "../model/baseline";
import type { EngineChoice, Model } from "../model/model";
import type { Explain } from "../model/score";
import type { Progress } from "../platform/host";

/** Direction in which a value is better: larger, smaller, near zero; or none, for a number that only describes. */
export type Direction = "higher" | "lower" | "zero" | "none";

/** Needs of a metric beside the map's own numbers: the model, the method again, or a mask of what is right. */
export type MetricNeed = "model" | "method" | "mask";

/** Facts of a metric; tables, tests and `compare` read them. */
export interface MetricMeta<Own extends object> {
  readonly name: string;
  /** The heading of its column. Default: the name. */
  readonly label?: string;
  readonly paper?: string;
  readonly direction: Direction;
  /** The smallest and the largest value that it can take. */
  readonly range: readonly [number, number];
  readonly needs?: readonly MetricNeed[];
  /** Meaning of its value, in one sentence. */
  readonly shows: string;
  /** What it cannot show, in one sentence. */
  readonly cannotShow: string;
  readonly options?: { readonly [Name in keyof Own]-?: OptionRule<Own[Name]> };
}

/** Bounds of a metric's call, beside its own options: those of a method. */
export interface MetricCallOptions {
  /** Engine that computes. Default: that of the map's call. */
  readonly engine?: EngineChoice;
  /** Memory for tensors, in bytes. Default: that of the map's call. */
  readonly maxBytes?: number;
  /** Aborting rejects the call; nothing is leaked. */
  readonly signal?: AbortSignal;
  /** Called as the work moves on. Default: the notebook's bar, elsewhere nothing. */
  readonly onProgress?: (progress: Progress) => void;
}

/** Differences of a metric's question from that of the map. */
export interface QuestionOptions {
  /** Default: the map's, or "zeros" where it has none. */
  readonly baseline?: Baseline | undefined;
  /** Default: the map's. */
  readonly explain?: Explain | undefined;
}

/** Model, map and options of a metric. */
export interface Measured<Own extends object> {
  readonly model: Model;
  readonly map: Attribution;
  readonly options: Own;
  /** Number of examples. */
  readonly examples: number;
  /** All entries of one example's map, over all parts. */
  entries(example: number): Float64Array;
  /**
   * Asks the model about the same examples and target, in the space that the map explains: `work` sees the problem that the
   * method saw, and its answer is what it returns.
   * @param passes evaluations of the model per example, as far as they are known.
   */
  ask<T>(passes: number, work: (p: Problem<object>) => Promise<T>, options?: QuestionOptions): Promise<T>;
  /** Throws when the call was aborted. */
  goOn(): void;
}

/** A metric's values, one per example; undefined where it says nothing of an example. A curve where there is one. */
export interface Measurement {
  readonly values: readonly (number | undefined)[];
  /** Per example, the value at each abscissa. */
  readonly curve?: { readonly at: readonly number[]; readonly values: readonly (readonly number[])[] };
}

/** The equation of a metric. */
export type Measure<Own extends object> = (
  measured: Measured<Own>,
) => Measurement | readonly (number | undefined)[] | Promise<Measurement | readonly (number | undefined)[]>;

/** Result of a metric: immutable, plain, one readable line. */
export interface MetricResult extends Measurement {
  readonly metric: string;
  readonly method: string;
  readonly direction: Direction;
  readonly range: readonly [number, number];
  readonly options: Readonly<Record<string, unknown>>;
  readonly shows: string;
  readonly cannotShow: string;
  toString(): string;
  [DISPLAY](): Promise<MimeBundle>;
  [INSPECT](): string;
}

/** A metric: an async function, with what is known about it. */
export interface Metric<Own extends object = Record<never, never>> {
  (model: Net, map: Attribution, options?: Partial<Own> & MetricCallOptions): Promise<MetricResult>;
  readonly meta: Required<MetricMeta<Own>>;
  /** The same metric with other defaults. */
  with(options: Partial<Own> & MetricCallOptions): Metric<Own>;
}

/** Any metric, whatever its options. */
export type AnyMetric = Metric<any>;
