/** Writes operators that ONNX lacks in those that it has. */
import { GraphBuilder } from "../builder";
import { type Graph, type GraphNode, replaceValues, type Value } from "../graph";
import type { GradientOperator } from "../operators";

/** Adds what stands for a node; gives the value that stands for its output. */
export type Decomposition = (b: GraphBuilder, node: GraphNode) => Value;

/** The same graph with nodes of these operators decomposed. */
export function decompose(
  graph: Graph,
  decompositions: Readonly<Partial<Record<GradientOperator, Decomposition>>>,
): Graph {
  const replaced = new Map<Value, Value>();
  const byName: Readonly<Partial<Record<string, Decomposition>>> = decompositions;
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const write = byName[node.operator];
    if (write === undefined) return [node];
    const b = new GraphBuilder();
    replaced.set(node.outputs[0], write(b, node));
    return b.nodes;
  });
  return replaced.size > 0 ? replaceValues({ ...graph, nodes }, replaced) : graph;
}
