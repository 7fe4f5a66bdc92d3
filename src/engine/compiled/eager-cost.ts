/** Cost of a request, from its recordings at two numbers of rows. */
import { callsOf, floatingPointOperations } from "../graph/analysis/cost";
import { RECORDED_ROWS } from "../graph/dynamic-batch";
import type { Graph } from "../graph/graph";
import { decomposeGradients } from "../graph/passes/decompose-gradients";
import type { Recording } from "../graph/record";

type Recordings = readonly [Recording, Recording];

/** How long the eager engine takes for a row. */
export interface EagerCost {
  /** Multiplications and additions. */
  readonly operationsPerRow: number;
  /** Kernels that it calls. */
  readonly kernels: number;
}

/** What a count of a recording is for one row: the difference that rows make, or all of it where there is one number of rows. */
export function perRow(
  [first, second]: Recordings,
  rows: number | undefined,
  count: (graph: Graph) => number,
): number {
  // A gradient that is one operator so far would hide what it takes.
  const [small, large] = [first.graph, second.graph].map(decomposeGradients);
  const [few, many] = rows === undefined ? RECORDED_ROWS : [rows, 0];
  return Math.max(1, Math.ceil(((rows === undefined ? count(large) : 0) - count(small)) / (many - few)));
}

/** Cost of a request for the eager engine. */
export function eagerCost(recordings: Recordings, rows: number | undefined): EagerCost {
  const whole: Graph = { inputs: [], outputs: [], ...recordings[0].whole };
  const [few] = rows === undefined ? RECORDED_ROWS : [rows];
  return {
    operationsPerRow: Math.max(
      perRow(recordings, rows, floatingPointOperations),
      floatingPointOperations(whole) / few,
    ),
    kernels: callsOf(whole),
  };
}
