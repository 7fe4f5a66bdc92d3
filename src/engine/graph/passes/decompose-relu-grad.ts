/**
 * Gradients of ReLU and of clipping as products with a mask.
 *
 * A mask reads the output of the operator, not its input: with its input unused, a ReLU or a clipping becomes part of
 * the convolution before it when ONNX Runtime loads the graph. What was backpropagated through a maximum pooling of the ReLU
 * reaches the largest cell of each window alone, and that one is positive where the pooled image is: a fraction of the cells
 * to compare and to multiply.
 */
import { producersOf, useCountsOf } from "../analysis/producers";
import { type GraphBuilder, makeConstant } from "../builder";
import { type Graph, type GraphNode, uniform, type Value } from "../graph";
import { operand, operands } from "../operands";
import { decompose } from "./decompose";

/** The same graph with gradients of ReLU and of clipping in operators of ONNX. */
export function decomposeReluGrad(original: Graph): Graph {
  const { graph, bounded } = boundsWidened(original);
  const producers = producersOf(graph);
  const uses = useCountsOf(graph);
  const rectified = new Map<Value, Value>();
  const pooled = new Map<Value, GraphNode[]>();
  for (const node of graph.nodes) {
    const x = operand(node, 0);
    if (node.operator === "Relu") rectified.set(x, node.outputs[0]);
    if (node.operator === "MaxPool") pooled.set(x, [...(pooled.get(x) ?? []), node]);
  }
  /** The pooling that a gradient leads back through. */
  const poolingOf = ({ inputs, attributes }: GraphNode): GraphNode | undefined =>
    pooled
      .get(inputs[0] as Value)
      ?.find((node) => JSON.stringify(node.attributes) === JSON.stringify(attributes));

  return decompose(graph, {
    ReluGrad: (b, { inputs }) => {
      const [x, dy, most] = inputs as readonly [Value, Value, Value | undefined];
      const y = rectified.get(x) ?? x;
      if (most !== undefined) return masked(b, dy, within(b, bounded.get(x)?.get(number(most)) ?? x, most));
      const behind = uses.get(dy) === 1 ? producers.get(dy) : undefined;
      if (behind === undefined || behind.inputs[0] !== y) return masked(b, dy, positive(b, y));
      const [, led, ...others] = operands(behind);
      const [low, high] = others;
      if (behind.operator === "ClipGrad" && low && high && number(low) <= 0)
        return masked(b, led, within(b, bounded.get(y)?.get(number(high)) ?? y, high));
      const pooling = behind.operator === "MaxPoolGrad" ? poolingOf(behind) : undefined;
      if (pooling === undefined) return masked(b, dy, positive(b, y));
      const kept = masked(b, led, positive(b, pooling.outputs[0]));
      return b.add("MaxPoolGrad", [y, kept, ...others], x.shape, "float32", behind.attributes);
    },
    ClipGrad: (b, { inputs }) => {
      const [x, dy, low, high] = inputs as readonly [Value, Value, Value, Value];
      const above = b.add("GreaterOrEqual", [x, low], x.shape, "bool");
      const below = b.add("LessOrEqual", [x, high], x.shape, "bool");
      return masked(b, dy, b.add("And", [above, below], x.shape, "bool"));
    },
  });
}

function positive(b: GraphBuilder, y: Value): Value {
  return b.add("Greater", [y, b.scalar(0)], y.shape, "bool");
}

/** Mask of y above 0 and at most `most`. */
function within(b: GraphBuilder, y: Value, most: Value): Value {
  const below = b.add("LessOrEqual", [y, most], y.shape, "bool");
  return b.add("And", [below, positive(b, y)], y.shape, "bool");
}

function masked(b: GraphBuilder, dy: Value, condition: Value): Value {
  return b.add("Mul", [dy, b.cast(condition, "float32")], dy.shape);
}

/** The one number of a constant, not a number where it has none. */
function number(value: Value | undefined): number {
  return (value && uniform(value)) ?? Number.NaN;
}

/** Values of clipped inputs, by their largest number. */
type Bounded = ReadonlyMap<Value, ReadonlyMap<number, Value>>;

/**
 * ReLUs with a largest value clip one rounding step above it, so that this value, where the gradient passes, still tells from
 * what is larger, where it does not. Not where it is subtracted from what was clipped elsewhere: two values beyond the
 * largest must not differ.
 */
function boundsWidened(graph: Graph): { readonly graph: Graph; readonly bounded: Bounded } {
  const producers = producersOf(graph);
  const asked = requestedBounds(graph, producers);
  if (asked.size === 0) return { graph, bounded: new Map() };
  const subtracted = new Set(
    graph.nodes.flatMap(({ operator, inputs }) =>
      operator === "Sub" ? (inputs as Value[]).map((value) => beforeViews(value, producers)) : [],
    ),
  );
  const bounded = new Map<Value, Map<number, Value>>();
  const nodes = graph.nodes.map((node): GraphNode => {
    if (node.operator !== "Clip") return node;
    const [x, low, high] = node.inputs as readonly [Value, Value | undefined, Value | undefined];
    const [y] = node.outputs;
    const most = number(high);
    const fits = x.dtype === "float32" && number(low) === 0 && most > 0 && most < LARGE;
    const known = bounded.get(x) ?? new Map<number, Value>();
    if (!fits || !asked.get(x)?.has(most) || subtracted.has(y) || known.has(most)) return node;
    bounded.set(x, known.set(most, y));
    // Entries that a ReLU cuts off are cut off once more here.
    const rectifier = producers.get(x);
    const from = rectifier?.operator === "Relu" ? operand(rectifier, 0) : x;
    return { ...node, inputs: [from, low, makeConstant([next(most)], [], "float32")] };
  });
  return { graph: { ...graph, nodes }, bounded };
}

/** Upper bounds that gradients of ReLUs compare with, by the value compared. */
function requestedBounds(graph: Graph, producers: ReadonlyMap<Value, GraphNode>): Map<Value, Set<number>> {
  const asked = new Map<Value, Set<number>>();
  const ask = (x: Value, most: Value | undefined): void => {
    asked.set(x, (asked.get(x) ?? new Set()).add(number(most)));
  };
  for (const { operator, inputs } of graph.nodes) {
    if (operator !== "ReluGrad") continue;
    const [x, dy, most] = inputs as readonly [Value, Value, Value | undefined];
    const behind = producers.get(dy);
    if (most !== undefined) ask(x, most);
    else if (behind?.operator === "ClipGrad") ask(operand(behind, 0), behind.inputs[3]);
  }
  return asked;
}

/** The value before its axes were moved or joined. */
function beforeViews(value: Value, producers: ReadonlyMap<Value, GraphNode>): Value {
  const producer = producers.get(value);
  if (producer?.operator !== "Transpose" && producer?.operator !== "Reshape") return value;
  return beforeViews(operand(producer, 0), producers);
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
