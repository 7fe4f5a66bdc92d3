/** Producers and use counts of a graph's values. */
import type { Graph, GraphNode, Value } from "../graph";

/** The node that computes each value. */
export function producersOf(graph: Graph): ReadonlyMap<Value, GraphNode> {
  const producers = new Map<Value, GraphNode>();
  for (const node of graph.nodes) for (const value of node.outputs) producers.set(value, node);
  return producers;
}

/** Number of times each value is read, by nodes and as an output. */
export function useCountsOf(graph: Graph): ReadonlyMap<Value, number> {
  const reads = new Map<Value, number>();
  const read = (value: Value): void => {
    reads.set(value, (reads.get(value) ?? 0) + 1);
  };
  for (const node of graph.nodes) for (const value of node.inputs) if (value) read(value);
  for (const { value } of graph.outputs) read(value);
  return reads;
}
