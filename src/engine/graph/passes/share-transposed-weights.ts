/**
 * Products with a transposed matrix by the matrix itself, where the graph holds that, too.
 *
 * The way back through a dense layer multiplies by the transposed weights, which would be kept a second time.
 */
import { type Constant, type Graph, type GraphNode, isConstant } from "../graph";
import { operands } from "../operands";
import { matrixBefore } from "./rearranged-constant";

/** The same graph with one copy of matrices that are used both ways. */
export function shareTransposedWeights(graph: Graph): Graph {
  const matrices = new Map<unknown, Constant>();
  for (const { inputs } of graph.nodes) {
    for (const value of inputs) {
      if (value && isConstant(value) && value.shape.length === 2) matrices.set(value.entries, value);
    }
  }
  return {
    ...graph,
    nodes: graph.nodes.map((node): GraphNode => {
      if (node.operator !== "MatMul") return node;
      const [a, b] = operands(node);
      if (a.shape.length !== 2 || b.shape.length !== 2 || !isConstant(b)) return node;
      const matrix = matrices.get(matrixBefore(b));
      if (matrix === undefined || matrix.shape[0] !== b.shape[1]) return node;
      return { ...node, operator: "Gemm", inputs: [a, matrix], attributes: { transB: 1 } };
    }),
  };
}
