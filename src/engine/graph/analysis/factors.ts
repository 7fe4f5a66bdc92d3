/** Products of several factors as lists of these, in whichever order they are multiplied. */
import { makeValue, same } from "../builder";
import type { Graph, GraphNode, Value } from "../graph";
import { producersOf, useCountsOf } from "./producers";

/** True of a node that multiplies entry by entry, with nothing spread over rows or columns. */
export function isProduct(node: GraphNode | undefined): node is GraphNode {
  const shape = node?.outputs[0]?.shape ?? [];
  return node?.operator === "Mul" && node.inputs.every((value) => value && same(value.shape, shape));
}

/** The factors of each product that is more than a step of another one. */
export function factorsOf(graph: Graph): ReadonlyMap<GraphNode, readonly Value[]> {
  const producers = producersOf(graph);
  const reads = useCountsOf(graph);
  const steps = new Set<GraphNode>();
  const flat = (node: GraphNode): Value[] =>
    (node.inputs as readonly Value[]).flatMap((value) => {
      const producer = producers.get(value);
      if (!isProduct(producer) || reads.get(value) !== 1) return [value];
      steps.add(producer);
      return flat(producer);
    });
  const factors = new Map<GraphNode, readonly Value[]>();
  for (const node of [...graph.nodes].reverse()) {
    if (isProduct(node) && !steps.has(node)) factors.set(node, flat(node));
  }
  return factors;
}

/** One product after the other, the last of which is the node's own. */
export function multiplied(factors: readonly Value[], node: GraphNode): GraphNode[] {
  const [y] = node.outputs as readonly [Value];
  let product = factors[0];
  return factors.slice(1).map((factor, i) => {
    const output = i === factors.length - 2 ? y : makeValue(y.shape, y.dtype);
    const step = { ...node, inputs: [product, factor], outputs: [output] };
    product = output;
    return step;
  });
}

/** The products of two values that are computed so far. */
export class ProductsOfTwo {
  readonly #known = new Map<Value, Map<Value, Value>>();

  add([a, b]: readonly [Value, Value], product: Value): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const ofOne = this.#known.get(one) ?? new Map<Value, Value>();
      this.#known.set(one, ofOne);
      if (!ofOne.has(other)) ofOne.set(other, product);
    }
  }

  of(a: Value, b: Value): Value | undefined {
    return this.#known.get(a)?.get(b);
  }
}

/** A product g · b of which b is multiplied by something else, too. */
export interface KnownProduct {
  /** g. */
  readonly rest: Value;
  /** b. */
  readonly factor: Value;
  /** b by something else. */
  readonly product: Value;
}

/** The products of a graph, entry by entry. */
export class Products {
  readonly #atHand = new ProductsOfTwo();
  readonly #factors = new Map<Value, readonly [Value, Value]>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) {
      if (!isProduct(node)) continue;
      const [y] = node.outputs as readonly [Value];
      this.#factors.set(y, node.inputs as readonly [Value, Value]);
      this.#atHand.add(node.inputs as readonly [Value, Value], y);
    }
  }

  /** Of a product g · b, how it goes on with another value, where the graph has b by that. */
  reaching(product: Value, other: Value): KnownProduct | undefined {
    const [a, b] = this.#factors.get(product) ?? [];
    if (a === undefined || b === undefined) return undefined;
    const [withA, withB] = [this.#atHand.of(a, other), this.#atHand.of(b, other)];
    if (withB !== undefined) return { rest: a, factor: b, product: withB };
    return withA === undefined ? undefined : { rest: b, factor: a, product: withA };
  }
}
