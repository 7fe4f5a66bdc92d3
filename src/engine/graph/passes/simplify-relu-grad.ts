/**
 * Asks the output of a ReLU, not its input, where it is positive; and keeps masks of gradients as booleans for as long
 * as they are combined.
 *
 * With its input unused, a ReLU becomes part of the convolution before it when ONNX Runtime loads the graph; booleans
 * are a quarter of the memory of floats.
 */

import { producersOf, useCountsOf } from "../analysis/producers";
import { makeValue, ONNX_TYPES, same } from "../builder";
import { type Graph, type GraphNode, isConstant, replaceValues, uniform, type Value } from "../graph";
import { OPERATORS } from "../operators";

/** The same graph with cheaper slopes of ReLU and of clipping. */
export function simplifyReluGrad(graph: Graph): Graph {
  return masksCombined(masksMultiplied(trueComparisonsLeftOut(positiveOutputs(graph))));
}

type Makers = ReadonlyMap<Value, GraphNode>;

/** x > 0 where relu(x) is at hand: relu(x) > 0. */
function positiveOutputs(graph: Graph): Graph {
  const rectified = new Map<Value, Value>();
  for (const { operator, inputs, outputs } of graph.nodes)
    if (operator === "Relu") rectified.set(inputs[0] as Value, outputs[0]);
  const order = new Map(graph.nodes.flatMap((node, i) => node.outputs.map((value) => [value, i] as const)));
  return {
    ...graph,
    nodes: graph.nodes.map((node, i) => {
      const [x, bound] = node.inputs as readonly [Value, Value];
      const y = node.operator === "Greater" ? rectified.get(x) : undefined;
      if (y === undefined || uniform(bound) !== 0 || (order.get(y) as number) > i) return node;
      return { ...node, inputs: [y, bound] };
    }),
  };
}

/** relu(x) ≥ 0 always, and so a condition that asks for it and for something else asks for that alone. */
function trueComparisonsLeftOut(graph: Graph): Graph {
  const producers = producersOf(graph);
  const isTrue = (value: Value): boolean => {
    const node = producers.get(value);
    if (node?.operator !== "GreaterOrEqual") return false;
    const [x, bound] = node.inputs as readonly [Value, Value];
    return producers.get(x)?.operator === "Relu" && uniform(bound) === 0;
  };
  const replaced = new Map<Value, Value>();
  for (const { operator, inputs, outputs } of graph.nodes) {
    if (operator !== "And") continue;
    const [a, b] = inputs as readonly [Value, Value];
    const rest = isTrue(a) ? b : isTrue(b) ? a : undefined;
    if (rest && same(rest.shape, outputs[0].shape)) replaced.set(outputs[0], rest);
  }
  return replaceValues(graph, replaced);
}

/** Whether a value is zeros, made before the graph runs or by spreading one zero, in whichever order of axes. */
function isZero(value: Value, producers: Makers): boolean {
  if (isConstant(value)) return value.dtype === "float32" && uniform(value) === 0;
  const node = producers.get(value);
  const [source] = node?.inputs ?? [];
  return (
    node !== undefined && OPERATORS[node.operator].moves && source !== undefined && isZero(source, producers)
  );
}

/** condition ? x : 0 as x · condition, which ONNX Runtime computes in fewer passes. */
function masksMultiplied(graph: Graph): Graph {
  const producers = producersOf(graph);
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      const [condition, x, otherwise] = node.inputs as readonly [Value, Value, Value];
      const [y] = node.outputs as readonly [Value];
      const fits =
        node.operator === "Where" &&
        y.dtype === "float32" &&
        isZero(otherwise, producers) &&
        same(condition.shape, y.shape) &&
        same(x.shape, y.shape);
      if (!fits) return [node];
      const factor = makeValue(y.shape, "float32");
      return [
        { operator: "Cast", inputs: [condition], outputs: [factor], attributes: { to: ONNX_TYPES.float32 } },
        { operator: "Mul", inputs: [x, factor], outputs: [y], attributes: {} },
      ];
    }),
  };
}

/** x · a · b with masks a and b as x · (a and b). */
function masksCombined(graph: Graph): Graph {
  const producers = producersOf(graph);
  const reads = useCountsOf(graph);
  /** The condition of a product with a mask, and what is masked. */
  const maskedBy = (node: GraphNode | undefined): { x: Value; condition: Value } | undefined => {
    if (node?.operator !== "Mul") return undefined;
    const [a, b] = node.inputs as readonly [Value, Value];
    for (const [x, factor] of [
      [a, b],
      [b, a],
    ] as const) {
      const cast = producers.get(factor);
      const condition = cast?.operator === "Cast" ? (cast.inputs[0] as Value) : undefined;
      if (
        condition?.dtype === "bool" &&
        same(x.shape, node.outputs[0].shape) &&
        same(condition.shape, x.shape)
      )
        return { x, condition };
    }
    return undefined;
  };
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      const outer = maskedBy(node);
      const inner = outer && reads.get(outer.x) === 1 ? maskedBy(producers.get(outer.x)) : undefined;
      if (outer === undefined || inner === undefined) return [node];
      const both = makeValue(outer.condition.shape, "bool");
      const factor = makeValue(outer.condition.shape, "float32");
      const attributes = { to: ONNX_TYPES.float32 };
      return [
        { operator: "And", inputs: [inner.condition, outer.condition], outputs: [both], attributes: {} },
        { operator: "Cast", inputs: [both], outputs: [factor], attributes },
        { ...node, inputs: [inner.x, factor] },
      ];
    }),
  };
}
