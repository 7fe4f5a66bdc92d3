/**
 * The gradient of a sigmoid: dy · σ(x) · σ(−x), which has all its digits however near σ(x) is to 0 or 1.
 *
 * In recurrent layers, where σ(x) lets something through as y = σ(x) · b, what comes back is g · b, and the gradient is
 * g · y · (1 − σ(x)) with what is at hand. That is right to 6e-8 of 1, not of itself: where σ(x) is what is explained, and its
 * gradient a factor of the whole map, it is written as above.
 */

import { Products } from "../analysis/factors";
import { producersOf } from "../analysis/producers";
import { isUnrolled } from "../analysis/unrolled";
import { type Graph, isConstant, type Value } from "../graph";
import { decompose } from "./decompose";

/** The same graph with gradients of sigmoids in operators of ONNX. */
export function decomposeSigmoidGrad(graph: Graph): Graph {
  const isRecurrent = isUnrolled(graph);
  const producers = producersOf(graph);
  const products = new Products(graph);
  const sigmoids = new Map<Value, Value>();
  for (const { operator, inputs, outputs } of graph.nodes)
    if (operator === "Sigmoid") sigmoids.set(inputs[0] as Value, outputs[0]);

  return decompose(graph, {
    SigmoidGrad: (b, { inputs }) => {
      const [x, dy] = inputs as readonly [Value, Value];
      const open = sigmoids.get(x) ?? b.add("Sigmoid", [x], x.shape);
      const times = (one: Value, other: Value): Value => b.add("Mul", [one, other], x.shape);
      const known = isRecurrent && producers.has(open) ? products.reaching(dy, open) : undefined;
      if (known && !isConstant(known.factor) && producers.has(known.factor))
        return times(times(known.rest, known.product), b.add("Sub", [b.scalar(1), open], x.shape));
      return times(dy, times(open, b.add("Sigmoid", [b.add("Neg", [x], x.shape)], x.shape)));
    },
  });
}
