/** Removes nodes that no output needs. */
import type { Graph, GraphNode, Value } from "../graph";

/** The nodes that outputs depend on; inputs stay, since callers feed them by name. */
export function eliminateDeadCode(graph: Graph): Graph {
  const needed = new Set<Value>(graph.outputs.map((port) => port.value));
  const nodes: GraphNode[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((value) => needed.has(value))) continue;
    for (const value of node.inputs) if (value) needed.add(value);
    nodes.push(node);
  }
  return { ...graph, nodes: nodes.reverse() };
}
