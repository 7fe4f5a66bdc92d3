/**
 * Slopes of a ReLU with a largest value, asked of what comes out.
 *
 * With its input unused, the clipping becomes part of the convolution before it. It clips one rounding step above the
 * largest value, so that this value, where the slope is 1, still tells from what is larger, where it is 0. Not where it is
 * subtracted from what was clipped elsewhere: two values beyond the largest must not differ.
 */

import { producersOf } from "../analysis/producers";
import { makeConstant } from "../builder";
import { type Graph, type GraphNode, uniform, type Value } from "../graph";

/** The same graph with comparisons of a clipped value's input as comparisons of what is clipped. */
export function simplifyRelu6Grad(graph: Graph): Graph {
  const producers = producersOf(graph);
  const bounded = new Set(
    graph.nodes.flatMap(({ operator, inputs }) => (operator === "LessOrEqual" ? inputs.slice(0, 1) : [])),
  );
  const subtracted = new Set(
    graph.nodes.flatMap(({ operator, inputs }) =>
      operator === "Sub" ? (inputs as Value[]).map((value) => beforeViews(value, producers)) : [],
    ),
  );
  const clipped = new Map<Value, { readonly y: Value; readonly bound: number }>();
  return {
    ...graph,
    nodes: graph.nodes.map((node): GraphNode => {
      const [x, low, high] = node.inputs as readonly [Value, Value, Value];
      if (node.operator === "Clip") {
        const bound = high && uniform(high);
        if (!bounded.has(x) || subtracted.has(node.outputs[0])) return node;
        const fromZero = low !== undefined && uniform(low) === 0 && x.dtype === "float32";
        if (!fromZero || bound === undefined || !(bound > 0 && bound < LARGE) || clipped.has(x)) return node;
        clipped.set(x, { y: node.outputs[0], bound });
        // What a ReLU cuts off is cut off once more here.
        const rectifier = producers.get(x);
        const from = rectifier?.operator === "Relu" ? (rectifier.inputs[0] as Value) : x;
        return { ...node, inputs: [from, low, makeConstant([next(bound)], high.shape, "float32")] };
      }
      const known = clipped.get(x);
      const asked = low && uniform(low);
      const fits =
        (node.operator === "Greater" && asked === 0) ||
        (node.operator === "LessOrEqual" && asked === known?.bound);
      return known && fits ? { ...node, inputs: [known.y, low] } : node;
    }),
  };
}

/** What a value was before its axes were moved or joined. */
function beforeViews(value: Value, producers: ReadonlyMap<Value, GraphNode>): Value {
  const producer = producers.get(value);
  if (producer?.operator !== "Transpose" && producer?.operator !== "Reshape") return value;
  return beforeViews(producer.inputs[0] as Value, producers);
}

/** Bounds beyond this are no bounds of activations, and the next number might be infinite. */
const LARGE = 1e30;

/** The next larger float. */
function next(x: number): number {
  const value = new Float32Array([x]);
  const bits = new Int32Array(value.buffer);
  bits[0] += 1;
  return value[0];
}
