/**
 * Slopes of the gates of recurrent layers from the values of the gates.
 *
 * Next to σ(x) · y, the slope of the gate multiplies by σ(−x), here 1 − σ(x): right to 6e-8 of 1, not of itself. Where σ(x) is
 * what is explained, and its slope a factor of the whole map, it stays as it is written. And next to a · tanh(x), the slope
 * a · (1 − tanh²(x)) is a − (a · tanh(x)) · tanh(x).
 */

import { factorsOf, isProduct, multiplied, ProductsOfTwo } from "../analysis/factors";
import { producersOf } from "../analysis/producers";
import { isUnrolled } from "../analysis/unrolled";
import { GraphBuilder } from "../builder";
import { type Graph, type GraphNode, isConstant, uniform, type Value } from "../graph";
import type { Operator } from "../operators";

/** The same graph with such slopes; what nobody needs any more is still there. */
export function simplifyGateGrad(graph: Graph): Graph {
  if (!isUnrolled(graph)) return graph;
  const producers = producersOf(graph);
  const roots = factorsOf(graph);
  const atHand = new ProductsOfTwo();
  const sigmoids = new Map<Value, Value>();
  const complements = new Map<Value, Value>();
  const made = (value: Value | undefined, operator: Operator): GraphNode | undefined => {
    const producer = value && producers.get(value);
    return producer?.operator === operator ? producer : undefined;
  };

  /** σ(x), for a value σ(−x). */
  const openOf = (closed: Value): Value | undefined => {
    const negative = made(made(closed, "Sigmoid")?.inputs[0], "Neg");
    return negative && sigmoids.get(negative.inputs[0] as Value);
  };
  /** Whether a value is a product of a gate and of something that the graph computes. */
  const isGated = (value: Value, gate: Value): boolean => {
    const producer = producers.get(value);
    return (
      isProduct(producer) &&
      producer.inputs.includes(gate) &&
      (producer.inputs as readonly Value[]).every((factor) => !isConstant(factor) && producers.has(factor))
    );
  };
  /** t, for a value 1 − t² of a hyperbolic tangent t. */
  const tangentOf = (slope: Value): Value | undefined => {
    const [one, square] = (made(slope, "Sub")?.inputs ?? []) as readonly Value[];
    const [t, twin] = (made(square, "Mul")?.inputs ?? []) as readonly Value[];
    return one && uniform(one) === 1 && t === twin && made(t, "Tanh") ? t : undefined;
  };

  const rewritten = (factors: readonly Value[], b: GraphBuilder): Value[] | undefined => {
    for (const [i, factor] of factors.entries()) {
      const gate = openOf(factor);
      if (gate && factors.some((value) => isGated(value, gate))) {
        const rest = complements.get(gate) ?? b.add("Sub", [b.scalar(1), gate], gate.shape);
        complements.set(gate, rest);
        return factors.map((value, at) => (at === i ? rest : value));
      }
      const t = tangentOf(factor);
      const k = t ? factors.findIndex((value) => atHand.of(value, t)) : -1;
      if (t === undefined || k < 0) continue;
      const a = factors[k];
      const squared = b.add("Mul", [atHand.of(a, t), t], t.shape);
      const slope = b.add("Sub", [a, squared], t.shape);
      return factors.flatMap((value, at) => (at === k ? [slope] : at === i ? [] : [value]));
    }
    return undefined;
  };

  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    if (node.operator === "Sigmoid") sigmoids.set(node.inputs[0] as Value, node.outputs[0]);
    if (isProduct(node)) atHand.add(node.inputs as [Value, Value], node.outputs[0]);
    const factors = roots.get(node);
    if (factors === undefined || factors.length < 2) return [node];
    const b = new GraphBuilder();
    const others = rewritten(factors, b);
    if (others === undefined) return [node];
    if (others.length > 1) return [...b.nodes, ...multiplied(others, node)];
    return [...b.nodes, { ...node, operator: "Identity", inputs: others }];
  });
  return { ...graph, nodes };
}
