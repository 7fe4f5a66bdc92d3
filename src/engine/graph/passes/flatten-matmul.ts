/**
 * Products of two matrices without the batch axis of extent 1 that tfjs puts around them.
 *
 * That saves a change of shape on either side, which is much of a step of a recurrent layer, and lets ONNX Runtime join
 * the product with the addition of a bias.
 */

import { producersOf } from "../analysis/producers";
import { integers, makeValue, same } from "../builder";
import { type Constant, type Graph, type GraphNode, isConstant, replaceValues, type Value } from "../graph";
import { operand, operands } from "../operands";

/** The same graph with products of [1, m, k] and [1, k, n] as products of [m, k] and [k, n]. */
export function flattenMatMul(graph: Graph): Graph {
  const producers = producersOf(graph);
  const flattened = new Map<Constant, Constant>();
  /** The same entries without the axis, where they are at hand. */
  const flat = (value: Value): Value | undefined => {
    if (value.shape.length !== 3 || value.shape[0] !== 1) return undefined;
    const shape = value.shape.slice(1);
    if (isConstant(value)) {
      const known = flattened.get(value) ?? { ...makeValue(shape, value.dtype), entries: value.entries };
      flattened.set(value, known);
      return known;
    }
    const producer = producers.get(value);
    const [source] = producer?.inputs ?? [];
    return producer?.operator === "Reshape" && source && same(source.shape, shape) ? source : undefined;
  };
  const flatProducts = new Map<Value, Value>();
  const replaced = new Map<Value, Value>();
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const [y] = node.outputs;
    if (node.operator === "Reshape") {
      const product = flatProducts.get(operand(node, 0));
      if (product && same(product.shape, y.shape)) replaced.set(y, product);
      return [node];
    }
    if (node.operator !== "MatMul" || y.shape.length !== 3) return [node];
    const [a, b] = operands(node).map(flat);
    if (a === undefined || b === undefined) return [node];
    const product = makeValue(y.shape.slice(1), y.dtype);
    flatProducts.set(y, product);
    return [
      { ...node, inputs: [a, b], outputs: [product] },
      {
        operator: "Reshape",
        inputs: [product, integers([1, -1, y.shape[2]])],
        outputs: [y],
        attributes: {},
      },
    ];
  });
  return replaceValues({ ...graph, nodes }, replaced);
}
