/** Joins a transposition of a transposition: convolutions bring their axes in order before and after themselves. */
import { type Graph, type GraphNode, replaceValues, type Value } from "./graph";

/** The same graph with each chain of transpositions as one, or none where the chain leads back. */
export function joinTranspositions(graph: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const transposed = new Map<Value, { readonly from: Value; readonly order: readonly number[] }>();
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    if (node.operator !== "Transpose") return [node];
    const input = node.inputs[0] as Value;
    const output = node.outputs[0] as Value;
    const known = replaced.get(input) ?? input;
    const before = transposed.get(known);
    const order = node.attributes["perm"] as readonly number[];
    if (before === undefined) {
      transposed.set(output, { from: known, order });
      return [node];
    }
    const joined = order.map((axis) => before.order[axis] as number);
    if (joined.every((axis, i) => axis === i)) {
      replaced.set(output, before.from);
      return [];
    }
    transposed.set(output, { from: before.from, order: joined });
    return [{ ...node, inputs: [before.from], attributes: { perm: joined } }];
  });
  return replaceValues({ ...graph, nodes }, replaced);
}
