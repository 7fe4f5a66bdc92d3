/** A graph that a session is ready to run. */
import type { Cut, NamedOperation } from "../../model/model";
import type { Head } from "../../model/score";
import type { EagerCost } from "./eager-cost";

/** A session that is ready to run, and what is known of it. */
export interface LoadedGraph {
  readonly session: number;
  /** The number of rows that it was made for; undefined of a graph that takes any. */
  readonly rows: number | undefined;
  /** Runs of the session that go on at once. */
  readonly copies: number;
  /** On how many cores each does. */
  readonly threads: number;
  /** Whether it keeps the memory of its runs for the next. */
  readonly keepsRuns: boolean;
  readonly heads: readonly Head[];
  readonly depends: readonly boolean[];
  readonly cuts: readonly (readonly Cut[])[];
  /** Operations that a rule left to the plain gradient. */
  readonly plain: readonly NamedOperation[];
  readonly bytesPerRow: number;
  readonly operationsPerRow: number;
  /** Operations of its recording. */
  readonly nodes: number;
  /** Cost of the same for the eager engine. */
  readonly eager: EagerCost;
  /** The operations of the graph as it runs, where other operators count for as many as take as long. */
  readonly workPerRow: number;
  /** The same of a run of no rows. */
  readonly workPerRun: number;
  /** Bytes of the model, weights included. */
  readonly modelBytes: number;
}
