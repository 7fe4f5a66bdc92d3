/** A metric: a number that says something of a map, with the direction in which it is better and what it cannot show. */
import type { Attribution, OptionRule } from "../attribution";
import { type DISPLAY, INSPECT, type MimeBundle } from "../display";
import type { Net } from "../engine";
import type { Model } from "../model/model";

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

/** Model, map and options of a metric. */
export interface Measured<Own extends object> {
  readonly model: Model;
  readonly map: Attribution;
  readonly options: Own;
  /** Number of examples. */
  readonly examples: number;
  /** All entries of one example's map, over all parts. */
  entries(example: number): Float64Array;
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
  (model: Net, map: Attribution, options?: Partial<Own>): Promise<MetricResult>;
  readonly meta: Required<MetricMeta<Own>>;
  /** The same metric with other defaults. */
  with(options: Partial<Own>): Metric<Own>;
}

/** Any metric, whatever its options. */
export type AnyMetric = Metric<any>;
