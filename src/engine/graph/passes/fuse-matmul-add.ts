/** Adds to a product while it is computed, which spares a pass over it. */

import { producersOf, useCountsOf } from "../analysis/producers";
import { same } from "../builder";
import { type Graph, type GraphNode, isConstant, type Value } from "../graph";
import { operands } from "../operands";

/** The same graph with a · b + c as one operator, for matrices. */
export function fuseMatMulAdd(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = useCountsOf(graph);
  const inSums = new Set<GraphNode>();
  const isMatrix = ({ shape, dtype }: Value): boolean => shape.length === 2 && dtype === "float32";
  const joined = new Map<GraphNode, GraphNode>();
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  for (const node of graph.nodes) {
    if (node.operator !== "Add") continue;
    const [y] = node.outputs;
    const fits = ([product, added]: readonly [Value, Value]): boolean => {
      const producer = producers.get(product);
      return (
        producer?.operator === "MatMul" &&
        reads.get(product) === 1 &&
        [...operands(producer), product, y].every(isMatrix) &&
        same(product.shape, y.shape) &&
        (same(added.shape, y.shape) || (isConstant(added) && same(added.shape, y.shape.slice(1))))
      );
    };
    const [a, b] = operands(node);
    const made = (value: Value): number => order.get(producers.get(value) as GraphNode) ?? -1;
    // The later product takes the sum, so that the other can be added to it.
    const pairs: (readonly [Value, Value])[] = [
      [a, b],
      [b, a],
    ];
    const [pair] = pairs.filter(fits).sort(([p], [q]) => made(q) - made(p));
    if (pair === undefined) continue;
    const producer = producers.get(pair[0]) as GraphNode;
    inSums.add(producer);
    joined.set(node, {
      operator: "Gemm",
      inputs: [...producer.inputs, pair[1]],
      outputs: [y],
      attributes: {},
    });
  }
  return {
    ...graph,
    nodes: graph.nodes.filter((node) => !inSums.has(node)).map((node) => joined.get(node) ?? node),
  };
}
