/**
 * The gradient of a hyperbolic tangent: dy · (2 / (exp(x) + exp(−x)))², which has all its digits however flat the tangent is.
 * In recurrent layers, where tanh(x) only passes gates, as y = σ(a) · tanh(x), it is dy · (1 − tanh²(x)), which is at hand;
 * and where dy is g · σ(a), g · (σ(a) − y · tanh(x)).
 */

import { isProduct, Products } from "../analysis/factors";
import { producersOf } from "../analysis/producers";
import { isUnrolled } from "../analysis/unrolled";
import type { GraphBuilder } from "../builder";
import { type Graph, isConstant, type Value } from "../graph";
import { operands } from "../operands";
import { decompose } from "./decompose";

/** The same graph with gradients of hyperbolic tangents in operators of ONNX. */
export function decomposeTanhGrad(graph: Graph): Graph {
  const tangents = isUnrolled(graph) ? gatedTangents(graph) : new Map<Value, Value>();
  const products = new Products(graph);
  return decompose(graph, {
    TanhGrad: (b, { inputs }) => {
      const [x, dy] = inputs as readonly [Value, Value];
      const times = (one: Value, other: Value): Value => b.add("Mul", [one, other], x.shape);
      const t = tangents.get(x);
      if (t === undefined) return times(dy, exact(b, x));
      const known = products.reaching(dy, t);
      if (known === undefined) return times(dy, b.add("Sub", [b.scalar(1), times(t, t)], x.shape));
      return times(known.rest, b.add("Sub", [known.factor, times(known.product, t)], x.shape));
    },
  });
}

function exact(b: GraphBuilder, x: Value): Value {
  const power = b.add("Exp", [b.add("Neg", [x], x.shape)], x.shape);
  // Beyond the range of floats, one of the two is infinite and the gradient 0.
  const sum = b.add("Add", [power, b.add("Reciprocal", [power], x.shape)], x.shape);
  const root = b.add("Div", [b.scalar(2), sum], x.shape);
  return b.add("Mul", [root, root], x.shape);
}

/** Tangents that are read by products alone, one of them with a gate, by what they are the tangents of. */
function gatedTangents(graph: Graph): ReadonlyMap<Value, Value> {
  const producers = producersOf(graph);
  /** Whether a value is σ(a), or that and a constant, as 1 − σ(a). */
  const isGate = (value: Value): boolean => {
    const { operator, inputs = [] } = producers.get(value) ?? {};
    if (operator === "Sigmoid") return true;
    if (operator !== "Add" && operator !== "Sub" && operator !== "Neg") return false;
    const rest = (inputs as readonly Value[]).filter((term) => !isConstant(term));
    return rest.length === 1 && isGate(rest[0]);
  };
  const tangents = new Map<Value, Value>();
  const gated = new Set<Value>();
  const others = new Set<Value>();
  for (const node of graph.nodes) {
    const inputs = operands(node);
    if (node.operator === "Tanh") tangents.set(inputs[0], node.outputs[0]);
    // Gradients at gates multiply by the tangent as well.
    if (node.operator !== "Mul") for (const value of inputs) others.add(value);
    else if (isProduct(node) && inputs.some(isGate)) for (const factor of inputs) gated.add(factor);
  }
  return new Map([...tangents].filter(([, t]) => gated.has(t) && !others.has(t)));
}
