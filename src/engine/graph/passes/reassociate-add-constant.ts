/**
 * Adds a constant to a sum of two values before the values are added: to the one that is known earlier. In a recurrent
 * layer that is the part of a gate that does not wait for the step before, which often lies at the linear end of a path.
 */

import { producersOf, useCountsOf } from "../analysis/producers";
import { makeValue, same } from "../builder";
import { type Graph, type GraphNode, isConstant, type Value } from "../graph";
import { operands } from "../operands";

/** The same graph with (a + b) + c as (a + c) + b, where a and b are products and c is constant. */
export function reassociateAddConstant(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = useCountsOf(graph);
  const order = new Map(graph.nodes.map((node, i) => [node, i]));
  const early = new Map<GraphNode, GraphNode[]>();
  const product = (value: Value, like: Value): GraphNode | undefined => {
    const producer = producers.get(value);
    return producer?.operator === "MatMul" && same(value.shape, like.shape) ? producer : undefined;
  };
  for (const node of graph.nodes) {
    if (node.operator !== "Add") continue;
    const [y] = node.outputs;
    const constant = operands(node).find(isConstant);
    const sum = operands(node).find((value) => !isConstant(value));
    const inner = sum && reads.get(sum) === 1 ? producers.get(sum) : undefined;
    if (!constant || !sum || inner?.operator !== "Add" || !same(sum.shape, y.shape)) continue;
    const [a, b] = operands(inner);
    const [left, right] = [product(a, y), product(b, y)];
    if (left === undefined || right === undefined) continue;
    const leftFirst = (order.get(left) as number) <= (order.get(right) as number);
    const [first, second] = leftFirst ? [a, b] : [b, a];
    const shifted = makeValue(y.shape, y.dtype);
    early.set(inner, [{ operator: "Add", inputs: [first, constant], outputs: [shifted], attributes: {} }]);
    early.set(node, [{ ...node, inputs: [shifted, second] }]);
  }
  return { ...graph, nodes: graph.nodes.flatMap((node) => early.get(node) ?? [node]) };
}
