/**
 * Slopes of hyperbolic tangents, which are recorded as 4 · σ(2x) · σ(−2x).
 *
 * That is (2 / (exp(x) + exp(−x)))², to as many digits and with one exponential. In recurrent layers, where tanh(x) only passes
 * gates, as σ(a) · tanh(x), it is 1 − tanh²(x), which is at hand.
 */

import { isProduct } from "../analysis/factors";
import { producersOf } from "../analysis/producers";
import { isUnrolled } from "../analysis/unrolled";
import { GraphBuilder } from "../builder";
import { type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import type { Operator } from "../operators";

/** The same graph with such slopes; the sigmoids that nobody needs any more are still there. */
export function simplifyTanhGrad(graph: Graph): Graph {
  const producers = producersOf(graph);
  const made = (value: Value | undefined, operator: Operator): readonly Value[] | undefined => {
    const producer = value && producers.get(value);
    return producer?.operator === operator ? (producer.inputs as readonly Value[]) : undefined;
  };
  /** x, for a value n · x. */
  const over = (value: Value | undefined, n: number): Value | undefined => {
    const [x, factor] = made(value, "Mul") ?? [];
    return factor && uniform(factor) === n ? x : undefined;
  };
  /** x, for a value 4 · σ(2x) · σ(−2x). */
  const argumentOf = (slope: Value): Value | undefined => {
    const [rising, falling] = made(over(slope, 4), "Mul") ?? [];
    const [twice] = made(rising, "Sigmoid") ?? [];
    const [negative] = made(falling, "Sigmoid") ?? [];
    return twice && made(negative, "Neg")?.[0] === twice ? over(twice, 2) : undefined;
  };

  /** Whether a value is σ(a), or that and a constant, as 1 − σ(a). */
  const isGate = (value: Value): boolean => {
    if (made(value, "Sigmoid")) return true;
    const terms = made(value, "Add") ?? made(value, "Sub") ?? made(value, "Neg") ?? [];
    const rest = terms.filter((term) => !isConstant(term));
    return rest.length === 1 && isGate(rest[0]);
  };
  const cheap = isUnrolled(graph);
  const tangents = new Map<Value, Value>();
  const gated = new Set<Value>();
  const others = new Set<Value>();
  for (const node of graph.nodes) {
    const inputs = node.inputs as readonly Value[];
    if (node.operator === "Tanh") tangents.set(inputs[0], node.outputs[0]);
    // Slopes of gates multiply by the tangent as well.
    if (node.operator !== "Mul") for (const value of inputs) others.add(value);
    else if (isProduct(node) && inputs.some(isGate)) for (const factor of inputs) gated.add(factor);
  }

  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      const [slope] = node.outputs as readonly [Value];
      const x = argumentOf(slope);
      if (x === undefined) return [node];
      const b = new GraphBuilder();
      const as = (operator: Operator, inputs: readonly Value[]): GraphNode[] => [
        ...b.nodes,
        { operator, inputs, outputs: [slope], attributes: {} },
      ];
      const t = tangents.get(x);
      if (cheap && t && gated.has(t) && !others.has(t))
        return as("Sub", [b.scalar(1), b.add("Mul", [t, t], x.shape)]);
      const power = b.add("Exp", [b.add("Neg", [x], x.shape)], x.shape);
      // Beyond the range of floats, one of the two is infinite and the slope 0.
      const sum = b.add("Add", [power, b.add("Reciprocal", [power], x.shape)], x.shape);
      const root = b.add("Div", [b.scalar(2), sum], x.shape);
      return as("Mul", [root, root]);
    }),
  };
}
