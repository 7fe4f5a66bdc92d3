/**
 * Slopes of a ReLU in front of a maximum pooling, asked of the pooled image.
 *
 * What comes back through the pooling reaches the largest cell of each window alone, and that one is positive where the
 * largest is: a fraction of the cells to compare and to multiply.
 */

import { producersOf, useCountsOf } from "../analysis/producers";
import { GraphBuilder, ONNX_TYPES, same } from "../builder";
import { type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import type { Operator } from "../operators";

/** What leads back through a pooling whose windows lie side by side. */
interface LedBack {
  /** 1 at the first largest cell of each window. */
  readonly first: Value;
  /** The slopes, spread over the windows, and before that. */
  readonly spread: GraphNode;
  readonly pooled: Value;
  readonly image: Value;
}

/** The same graph with slopes of pooled ReLUs asked of what was pooled. */
export function fuseReluMaxPoolGrad(graph: Graph): Graph {
  const producers = producersOf(graph);
  const uses = useCountsOf(graph);
  const made = (value: Value | undefined, operator: Operator): GraphNode | undefined => {
    const node = value && producers.get(value);
    return node?.operator === operator ? node : undefined;
  };
  const operand = (node: GraphNode | undefined, i: number): Value | undefined => node?.inputs[i];

  /** As the gradient of pooling is written, see the lowering of pools. */
  const ledBack = (node: GraphNode | undefined): LedBack | undefined => {
    const first = operand(node, 0);
    const spread = made(operand(node, 1), "Resize");
    const numbered = made(operand(made(operand(made(first, "Relu"), 0), "Add"), 0), "Add");
    const below = made(operand(made(operand(numbered, 0), "Mul"), 0), "Add");
    const pooled = operand(made(operand(made(operand(below, 1), "Resize"), 0), "Neg"), 0);
    const image = operand(below, 0);
    const pooling = made(pooled, "MaxPool");
    if (!first || !spread || !pooled || !image || pooling?.inputs[0] !== image) return undefined;
    return { first, spread, pooled, image };
  };

  /** The value that must be positive for a factor to be 1. */
  const positive = (factor: Value): Value | undefined => {
    const greater = made(operand(made(factor, "Cast"), 0), "Greater");
    const bound = operand(greater, 1);
    return bound && isConstant(bound) && uniform(bound) === 0 ? operand(greater, 0) : undefined;
  };

  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      if (node.operator !== "Mul") return [node];
      const [a, b] = node.inputs as readonly [Value, Value];
      for (const [slopes, factor] of [
        [a, b],
        [b, a],
      ] as const) {
        const back = uses.get(slopes) === 1 ? ledBack(made(slopes, "Mul")) : undefined;
        if (back === undefined || positive(factor) !== back.image || !same(slopes.shape, factor.shape))
          continue;
        const builder = new GraphBuilder();
        const { pooled, spread, first } = back;
        const small = spread.inputs[0] as Value;
        if (!same(small.shape, pooled.shape)) continue;
        const greater = builder.add("Greater", [pooled, builder.scalar(0)], pooled.shape, "bool");
        const mask = builder.add("Cast", [greater], pooled.shape, "float32", { to: ONNX_TYPES.float32 });
        const kept = builder.add("Mul", [small, mask], pooled.shape);
        const spreadAgain = builder.add(
          "Resize",
          [kept, ...spread.inputs.slice(1)],
          first.shape,
          "float32",
          spread.attributes,
        );
        return [...builder.nodes, { ...node, inputs: [first, spreadAgain] }];
      }
      return [node];
    }),
  };
}
