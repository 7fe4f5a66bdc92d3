/**
 * Sigmoids that are right to a share of themselves.
 *
 * ONNX Runtime's sigmoid is right to 6e-8 of 1: where σ(x) is all but 0 or 1, its slope σ(x) · σ(−x) would lose all its digits,
 * and with it the map of a confident output. Where a graph still holds σ(−x), a slope depends on it, and both are written as
 * 1 / (1 + exp(∓x)); so is the slope σ(x) of a softplus.
 */
import { GraphBuilder } from "./builder";
import type { Graph, GraphNode, Value } from "./graph";
import { makersOf } from "./makers";

/** The same graph with such sigmoids; those of gates, whose slopes are taken from the gates, stay as they are. */
export function withExactSigmoids(graph: Graph): Graph {
  const makers = makersOf(graph);
  const negated = (node: GraphNode): Value | undefined => {
    const maker = makers.get(node.inputs[0] as Value);
    return maker?.operator === "Neg" ? maker.inputs[0] : undefined;
  };
  const sigmoids = graph.nodes.filter(({ operator }) => operator === "Sigmoid");
  const sloped = new Set(sigmoids.map(negated).filter((value) => value !== undefined));
  for (const { operator, inputs } of graph.nodes) if (operator === "Softplus") sloped.add(inputs[0] as Value);
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      if (node.operator !== "Sigmoid") return [node];
      const [x, y] = [node.inputs[0] as Value, node.outputs[0] as Value];
      const positive = negated(node);
      if (positive === undefined && !sloped.has(x)) return [node];
      const b = new GraphBuilder();
      const power = b.add("Exp", [positive ?? b.add("Neg", [x], x.shape)], x.shape);
      const sum = b.add("Add", [power, b.scalar(1)], x.shape);
      return [...b.nodes, { operator: "Reciprocal", inputs: [sum], outputs: [y], attributes: {} }];
    }),
  };
}
