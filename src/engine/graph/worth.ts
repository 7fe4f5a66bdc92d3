/**
 * Whether compiling a graph pays. Each operation takes about a millisecond to record, to rewrite and to load, whatever it
 * computes; recurrent layers whose steps are written out have tens of thousands that compute next to nothing.
 */
import type { RunRecurrence } from "../tfjs/recurrence";
import { floatingPointOperations } from "./analysis/cost";
import type { GraphNode } from "./graph";

/** Operations that are compiled for any call: later ones gain what the first one waits for. */
const FEW_NODES = 2000;

/** Multiplications and additions that take the eager engine about as long on the cpu as one operation takes to compile. */
const OPERATIONS_PER_NODE = 3e5;

/** Operations of one step of a recurrent layer with its gradient, at least. */
const NODES_PER_STEP = 50;

/** A gradient costs about this many forward passes. */
const PASSES = 3;

/** Operations looked at together: what all before compute is counted again each time. */
const AT_ONCE = 200;

/** A graph that was not made, since it takes longer than the call would without it. */
export class NotWorthIt extends Error {
  /** Those that it had to pay within. */
  readonly evaluations: number;

  constructor(evaluations: number, most: number) {
    const times = `${evaluations} ${evaluations === 1 ? "evaluation" : "evaluations"}`;
    super(
      `compiled engine: expected at most ${Math.floor(most)} operations for ${times} of the net, got more, which take longer to compile than to run; engine "eager" computes them`,
    );
    this.evaluations = evaluations;
  }
}

/** Operations that pay in a graph that does so much for a row, within so many evaluations of it. */
function nodesWorth(evaluations: number, operationsPerRow: number): number {
  return FEW_NODES + (evaluations * operationsPerRow) / OPERATIONS_PER_NODE;
}

/** Throws where a graph of so many operations does not pay; without a number of evaluations every one does. */
export function checkWorth(
  { nodes, operationsPerRow }: { readonly nodes: number; readonly operationsPerRow: number },
  evaluations: number | undefined,
): void {
  if (evaluations === undefined) return;
  const most = nodesWorth(evaluations, operationsPerRow);
  if (nodes > most) throw new NotWorthIt(evaluations, most);
}

/** Looks at a graph as it is recorded, at so many rows: by what it computes so far it may go on. */
export function paysWithin(
  evaluations: number | undefined,
  rows: number,
): ((graph: { readonly nodes: readonly GraphNode[] }) => void) | undefined {
  if (evaluations === undefined) return undefined;
  let unseen = FEW_NODES;
  return ({ nodes }) => {
    if (nodes.length <= unseen) return;
    const operations = floatingPointOperations({ inputs: [], outputs: [], nodes });
    checkWorth({ nodes: nodes.length, operationsPerRow: operations / rows }, evaluations);
    unseen = nodes.length + AT_ONCE;
  };
}

/** Leaves recurrent layers to tfjs, whose steps are then recorded one by one; throws where so many steps cannot pay. */
export function writtenOut(
  evaluations: number | undefined,
  { operationsPerRow = Number.POSITIVE_INFINITY }: { readonly operationsPerRow?: number },
): RunRecurrence {
  let nodes = 0;
  return ({ x }) => {
    nodes += NODES_PER_STEP * (x.shape[1] ?? 0);
    checkWorth({ nodes, operationsPerRow: PASSES * operationsPerRow }, evaluations);
    return undefined;
  };
}
