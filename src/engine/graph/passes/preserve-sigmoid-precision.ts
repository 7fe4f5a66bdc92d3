/**
 * Sigmoids that are right to a share of themselves.
 *
 * ONNX Runtime's sigmoid is right to 6e-8 of 1: where σ(x) is all but 0 or 1, σ′ = σ(x) · σ(−x) would lose all its digits,
 * and with it the map of a confident output; so would a small probability, and what it is multiplied by. They are
 * written as 1 / (1 + exp(∓x)).
 */

import { producersOf } from "../analysis/producers";
import { GraphBuilder } from "../builder";
import { type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import { operand } from "../operands";

/** σ(x) = 1 / (1 + exp(−x)); −x may be there already. */
export function exactSigmoid(graph: GraphBuilder, x: Value, negative?: Value): Value {
  const power = graph.add("Exp", [negative ?? graph.add("Neg", [x], x.shape)], x.shape);
  return graph.add("Reciprocal", [graph.add("Add", [power, graph.scalar(1)], x.shape)], x.shape);
}

/**
 * The same graph with such sigmoids. Gates stay as they are: what is let through is computed, and an error of 6e-8 of that
 * is one rounding; their gradients are taken from the gates.
 */
export function preserveSigmoidPrecision(graph: Graph): Graph {
  const producers = producersOf(graph);
  const negated = (node: GraphNode): Value | undefined => {
    const producer = producers.get(operand(node, 0));
    return producer?.operator === "Neg" ? producer.inputs[0] : undefined;
  };
  const sigmoids = graph.nodes.filter(({ operator }) => operator === "Sigmoid");
  if (sigmoids.length === 0) return graph;
  const differentiated = new Set(sigmoids.map(negated).filter((value) => value !== undefined));
  const bare = readOtherwiseThanAsGates(graph);
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      if (node.operator !== "Sigmoid") return [node];
      const [x, y] = [operand(node, 0), node.outputs[0]];
      const positive = negated(node);
      if (positive === undefined && !differentiated.has(x) && !bare.has(y)) return [node];
      const b = new GraphBuilder();
      exactSigmoid(b, x, positive);
      const last = b.nodes.pop() as GraphNode;
      return [...b.nodes, { ...last, outputs: [y] }];
    }),
  };
}

/** Values that are read by anything but products with other values, and differences in front of such. */
function readOtherwiseThanAsGates(graph: Graph): ReadonlySet<Value> {
  const bare = new Set<Value>(graph.outputs.map(({ value }) => value));
  const isFactor = (value: Value): boolean => isConstant(value) && uniform(value) !== 0;
  for (const { operator, inputs } of graph.nodes) {
    const [a, b] = inputs as readonly Value[];
    const lets = operator === "Mul" && a && b && !isFactor(a) && !isFactor(b);
    // 1 − σ, and the derivative σ − σ², of what is let through.
    const withheld = operator === "Sub" && b && !isConstant(b);
    if (lets || withheld) continue;
    for (const value of inputs) if (value) bare.add(value);
  }
  return bare;
}
