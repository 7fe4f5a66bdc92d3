/**
 * Products of three and more factors by way of a product of two of them that is computed anyway.
 *
 * Gradients of gated values multiply what the way forward multiplied already: of y = σ(a) · b, the gradient at a is
 * dy · b · σ(a) · σ(−a) = dy · y · σ(−a).
 */
import { factorsOf, multiplied, ProductsOfTwo } from "../analysis/factors";
import { producersOf } from "../analysis/producers";
import type { Graph, GraphNode, Value } from "../graph";
import { OPERATORS } from "../operators";

/** The same graph with such products; steps that nobody needs any more are still there. */
export function reuseProducts(graph: Graph): Graph {
  const producers = producersOf(graph);
  const roots = factorsOf(graph);
  const isBounded = (value: Value): boolean => {
    const producer = producers.get(value);
    return producer !== undefined && OPERATORS[producer.operator].bounded;
  };
  const atHand = new ProductsOfTwo();

  const shorter = (factors: readonly Value[]): Value[] | undefined => {
    for (const [i, a] of factors.entries()) {
      for (const [k, b] of factors.entries()) {
        const product = k > i ? atHand.of(a, b) : undefined;
        if (product) return factors.flatMap((value, at) => (at === i ? [product] : at === k ? [] : [value]));
      }
    }
    return undefined;
  };
  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const factors = roots.get(node);
    if (factors === undefined) return [node];
    if (factors.length === 2) {
      const pair = factors as [Value, Value];
      if (pair.some(isBounded)) atHand.add(pair, node.outputs[0]);
      return [node];
    }
    const fewer = shorter(factors);
    return fewer === undefined ? [node] : multiplied(fewer, node);
  });
  return { ...graph, nodes };
}
