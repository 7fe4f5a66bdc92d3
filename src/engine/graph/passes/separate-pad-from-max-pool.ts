/**
 * Zeros around the image of a maximum pooling, kept out of the pooling's own padding.
 *
 * ONNX Runtime moves zeros that lead to a maximum pooling alone into its padding. But that is left out of the maximum, zeros are
 * not, and the sum of both may be wider than the window. It compares bits: zeros with a sign stay where they are.
 */
import { makeConstant } from "../builder";
import { type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import { operands } from "../operands";

/** The same graph with a sign on zeros that a maximum pooling sees. */
export function separatePadFromMaxPool(graph: Graph): Graph {
  const pooled = new Set<Value | undefined>(
    graph.nodes.flatMap(({ operator, inputs }) => (operator === "MaxPool" ? [inputs[0]] : [])),
  );
  return {
    ...graph,
    nodes: graph.nodes.map((node): GraphNode => {
      if (node.operator !== "Pad" || !pooled.has(node.outputs[0])) return node;
      const [image, sides, fill] = operands(node);
      if (fill?.dtype !== "float32" || !isConstant(fill) || uniform(fill) !== 0) return node;
      return { ...node, inputs: [image, sides, makeConstant([-0], fill.shape, "float32")] };
    }),
  };
}
