/** Cost of a graph, from shapes alone: memory that it holds at once, and arithmetic. */
import { sizeOf } from "../../../tensor";
import { type Graph, type GraphNode, isConstant, stepsOf, type Value } from "../graph";
import { type Cost, OPERATORS } from "../operators";

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, int64: 8 };

/** Arithmetic of one chunk for each core, at most: about a quarter of a second, so that an abort wastes no more. */
const CHUNK_OPERATIONS = 2e10;

/**
 * Values of one chunk for each core, at most. Beyond a few times the processor's cache more rows at once gain nothing; elementwise
 * operators then wait for memory, which costs nets of many small layers a third of their speed.
 */
const CHUNK_BYTES = 32 * 2 ** 20;

/** Number of rows that so many cores best compute at once, as far as speed goes. */
export function quickRows(bytesPerRow: number, operationsPerRow: number, cores: number): number {
  const most = Math.min(CHUNK_BYTES / bytesPerRow, CHUNK_OPERATIONS / operationsPerRow);
  return Math.max(1, Math.floor(cores * most));
}

/**
 * Rows per chunk when `quick` are best and `most` are allowed: such that the last chunk is not a small rest, which would
 * read all weights for a few rows.
 */
export function evenRows(total: number, quick: number, most: number): number {
  const size = Math.ceil(total / Math.max(1, Math.round(total / Math.min(quick, most))));
  return size <= most ? size : Math.ceil(total / Math.ceil(total / most));
}

/** Most bytes of values, constants left out, that are needed at any one time. */
export function peakBytes(graph: Graph): number {
  const last = new Map<Value, number>();
  graph.nodes.forEach((node, i) => {
    for (const value of node.inputs) if (value && !isConstant(value)) last.set(value, i);
  });
  for (const { value } of graph.outputs) last.set(value, graph.nodes.length);
  let held = graph.inputs.reduce((sum, { value }) => sum + bytesOf(value), 0);
  let peak = held;
  const done = new Set<Value>();
  graph.nodes.forEach((node, i) => {
    held += node.outputs.reduce((sum, value) => sum + (last.has(value) ? bytesOf(value) : 0), 0);
    peak = Math.max(peak, held + (node.body ? peakBytes(node.body) : 0));
    for (const value of node.inputs) {
      if (!value || isConstant(value) || last.get(value) !== i || done.has(value)) continue;
      done.add(value);
      held -= bytesOf(value);
    }
  });
  return peak;
}

/** Multiplications and additions of products and convolutions. */
export function floatingPointOperations(graph: Graph): number {
  return graph.nodes.reduce(
    (sum, node) =>
      sum + (node.body ? stepsOf(node) * floatingPointOperations(node.body) : operationsOf(node)),
    0,
  );
}

/** Multiplications and additions of a product that take as long as one entry of an operator that works entry by entry. */
const OPERATIONS_PER_ENTRY = 32;

/** Work of a graph, in multiplications and additions of products that take as long. */
export function work(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => {
    if (node.body) return sum + stepsOf(node) * work(node.body);
    const operations = operationsOf(node);
    return (
      sum + (OPERATORS[node.operator].cost === "entries" ? OPERATIONS_PER_ENTRY * operations : operations)
    );
  }, 0);
}

/** Multiplications and additions of products that take as long as calling an operator does: some two microseconds. */
const CALL_OPERATIONS = 2e5;

/** Work of a run of a graph in the same measure whatever its number of rows. */
export function workOfCalls(graph: Graph): number {
  return CALL_OPERATIONS * callsOf(graph);
}

/** Operators that a run calls, those of each step of a loop included. */
export function callsOf({ nodes }: Graph): number {
  return nodes.reduce((sum, node) => sum + 1 + (node.body ? stepsOf(node) * callsOf(node.body) : 0), 0);
}

type Shape = readonly number[];

/** Multiplications and additions for an output of shape y, by what they grow with. */
const OPERATIONS: Readonly<Record<Cost, (y: Shape, a: Shape, b: Shape) => number>> = {
  entries: (y) => sizeOf(y),
  matrix: (y, a) => 2 * sizeOf(y) * a[a.length - 1],
  convolution: (y, _, filters) => 2 * sizeOf(y) * sizeOf(filters.slice(1)),
  "transposed convolution": (_, x, filters) => 2 * sizeOf(x) * sizeOf(filters.slice(1)),
};

function operationsOf({ operator, inputs, outputs }: GraphNode): number {
  const [a, b] = inputs.map((value) => value?.shape ?? []);
  const operations = OPERATIONS[OPERATORS[operator].cost];
  return outputs.reduce((sum, y) => sum + operations(y.shape, a, b), 0);
}

function bytesOf(value: Value): number {
  return sizeOf(value.shape) * BYTES[value.dtype];
}
