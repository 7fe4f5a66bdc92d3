/**
 * Transpositions as late as possible: what treats entries alike is computed in the order of axes that is at hand.
 *
 * Convolutions have channels first, the operations between them channels last. Once those take the order of the
 * convolutions, the transpositions around them meet and vanish, and ONNX Runtime keeps images in its own blocks from one
 * convolution to the next.
 */
import { integers, makeValue } from "../builder";
import { type Constant, type Graph, type GraphNode, isConstant, replaceValues, type Value } from "../graph";
import { operand } from "../operands";
import { OPERATORS } from "../operators";
import { transposedConstant } from "./rearranged-constant";

/** A value as the transposition of another. */
interface Transposed {
  readonly from: Value;
  readonly order: readonly number[];
}

const inverse = (order: readonly number[]): number[] => order.map((_, axis) => order.indexOf(axis));

const isIdentity = (order: readonly number[]): boolean => order.every((axis, i) => axis === i);

/** The same graph with transpositions behind what they can be moved past, and joined. */
export function sinkTransposes(graph: Graph): Graph {
  const replaced = new Map<Value, Value>();
  const transposed = new Map<Value, Transposed>();
  const written = new Set<Value>();
  const nodes: GraphNode[] = [];

  /** Has a transposition written down, for a reader that cannot do without. */
  const settle = (value: Value): Value => {
    const known = transposed.get(value);
    if (known === undefined || written.has(value)) return value;
    written.add(value);
    nodes.push({
      operator: "Transpose",
      inputs: [known.from],
      outputs: [value],
      attributes: { perm: known.order },
    });
    return value;
  };

  /** An operand of a node in the order in which the node is to be computed; undefined when it has too few axes. */
  const reordered = (value: Value, order: readonly number[]): Value | undefined => {
    const known = transposed.get(value);
    if (known && known.order.join() === order.join()) return known.from;
    if (value.shape.length === 0) return value;
    const back = inverse(order);
    if (isConstant(value)) return reorderedConstant(value, back);
    if (value.shape.length !== order.length) return undefined;
    const shape = back.map((axis) => value.shape[axis]);
    const output = makeValue(shape, value.dtype);
    nodes.push({
      operator: "Transpose",
      inputs: [settle(value)],
      outputs: [output],
      attributes: { perm: back },
    });
    return output;
  };

  const moved = (node: GraphNode): boolean => {
    const [output] = node.outputs;
    if (output === undefined || node.outputs.length !== 1) return false;
    const { axes, gradient } = OPERATORS[node.operator];
    // In the order of the way forward, gradients find what that has computed.
    const asked = gradient ? node.inputs.slice(0, 1) : node.inputs;
    const first = asked.find((value) => value && transposed.has(value));
    const order = first && transposed.get(first)?.order;
    if (order === undefined) return false;
    const elementwise = axes === "elementwise" && output.shape.length === order.length;
    const rewritten = elementwise ? { node, order } : alongAxes(node, order);
    if (rewritten === undefined) return false;
    const operands = elementwise || axes === "joined" ? node.inputs : node.inputs.slice(0, 1);
    const fits = operands.every(
      (value) =>
        value === undefined ||
        isConstant(value) ||
        value.shape.length === 0 ||
        value.shape.length === order.length,
    );
    if (!fits) return false;
    const inputs = rewritten.node.inputs.map((value, i) =>
      value && i < operands.length ? reordered(value, order) : value,
    );
    const own = makeValue(
      inverse(rewritten.order).map((axis) => output.shape[axis]),
      output.dtype,
    );
    if (isIdentity(rewritten.order)) replaced.set(output, own);
    else transposed.set(output, { from: own, order: rewritten.order });
    nodes.push({ ...rewritten.node, inputs, outputs: [own] });
    return true;
  };

  for (const original of graph.nodes) {
    const node = {
      ...original,
      inputs: original.inputs.map((value) => value && (replaced.get(value) ?? value)),
    };
    if (node.operator === "Transpose") {
      const [input, output] = [operand(node, 0), node.outputs[0]];
      const order = node.attributes["perm"] as readonly number[];
      const before = transposed.get(input);
      const joined = before ? order.map((axis) => before.order[axis]) : order;
      const from = before?.from ?? input;
      if (isIdentity(joined)) replaced.set(output, from);
      else transposed.set(output, { from, order: joined });
    } else if (!moved(node)) {
      for (const value of node.inputs) if (value) settle(value);
      nodes.push(node);
    }
  }
  const outputs = graph.outputs.map((port) => {
    const value = replaced.get(port.value) ?? port.value;
    return { ...port, value: settle(value) };
  });
  return replaceValues({ ...graph, outputs, nodes }, replaced);
}

/** A constant that is spread over the others, with its axes in another order. */
function reorderedConstant(value: Constant, order: readonly number[]): Constant {
  const missing = order.length - value.shape.length;
  const shape = [...Array.from({ length: missing }, () => 1), ...value.shape];
  if (value.entries.length === 0) return value;
  return transposedConstant({ ...value, shape }, order);
}

/**
 * An operator along axes of one operand, named in the order before the operand was transposed, and the order of what
 * comes out; undefined when that is not known.
 */
function alongAxes(
  node: GraphNode,
  order: readonly number[],
): { readonly node: GraphNode; readonly order: readonly number[] } | undefined {
  const { operator, inputs, attributes } = node;
  const rank = order.length;
  const place = (axis: number): number => order[(axis + rank) % rank];
  const named = (value: Value | undefined): number[] | undefined =>
    value && isConstant(value) ? Array.from(value.entries as BigInt64Array, Number) : undefined;
  switch (OPERATORS[operator].axes) {
    case "joined":
      return {
        node: { ...node, attributes: { ...attributes, axis: place(attributes["axis"] as number) } },
        order,
      };
    case "padded": {
      const pads = named(inputs[1]);
      if (pads === undefined || inputs.length > 3) return undefined;
      const back = inverse(order);
      const sides = [...back, ...back.map((axis) => axis + rank)].map((i) => pads[i]);
      return { node: { ...node, inputs: [inputs[0], integers(sides), ...inputs.slice(2)] }, order };
    }
    case "sliced": {
      const axes = named(inputs[3]);
      if (axes === undefined) return undefined;
      return {
        node: { ...node, inputs: [...inputs.slice(0, 3), integers(axes.map(place)), ...inputs.slice(4)] },
        order,
      };
    }
    case "reduced": {
      const axes = named(inputs[1]);
      if (axes === undefined) return undefined;
      const own = axes.map(place);
      const rewritten = { ...node, inputs: [inputs[0], integers(own)] };
      if (attributes["keepdims"] !== 0) return { node: rewritten, order };
      const left = order.filter((axis) => !own.includes(axis));
      const kept = [...left].sort((a, b) => a - b);
      return { node: rewritten, order: left.map((axis) => kept.indexOf(axis)) };
    }
    default:
      return undefined;
  }
}
