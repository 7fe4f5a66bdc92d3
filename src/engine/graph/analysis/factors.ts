/** Products entry by entry, and what else multiplies one of their factors. */
import { same } from "../builder";
import type { Graph, GraphNode, Value } from "../graph";
import { operands } from "../operands";

/** True of a node that multiplies entry by entry, with nothing spread over rows or columns. */
export function isProduct(node: GraphNode | undefined): node is GraphNode {
  const shape = node?.outputs[0]?.shape ?? [];
  return node?.operator === "Mul" && node.inputs.every((value) => value && same(value.shape, shape));
}

/** The products of two values that are computed so far. */
class ProductsOfTwo {
  readonly #known = new Map<Value, Map<Value, Value>>();

  add([a, b]: readonly Value[], product: Value): void {
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
  readonly #factors = new Map<Value, readonly Value[]>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) {
      if (!isProduct(node)) continue;
      const [y] = node.outputs;
      this.#factors.set(y, operands(node));
      this.#atHand.add(operands(node), y);
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
