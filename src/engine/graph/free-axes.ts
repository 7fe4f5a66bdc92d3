/**
 * Which extents of a value may depend on the number of rows. Shapes are those of a recording, and an extent of 3 there
 * may be 3 always or the rows that were recorded.
 */
import { type Graph, type GraphNode, isConstant, type Value } from "./graph";

/** The axes of a value that may have another extent than the recorded one. */
export type FreeAxes = (value: Value) => ReadonlySet<number>;

type Axes = ReadonlySet<number>;

/** Operators of each entry, with broadcasting. */
const ELEMENTWISE: ReadonlySet<string> = new Set(
  "Add Sub Mul Div Neg Sigmoid Tanh Relu Exp Log Sqrt Abs Erf Reciprocal Identity Cast Clip".split(" "),
);

const none: Axes = new Set();

function every(value: Value): Axes {
  return new Set(value.shape.keys());
}

/** The axes of a target shape whose extent is not a number. */
function ofTarget(target: Value | undefined, output: Value): Axes {
  if (target === undefined || !isConstant(target)) return every(output);
  const extents = Array.from(target.entries as BigInt64Array, Number);
  return new Set([...extents.keys()].filter((axis) => (extents[axis] as number) <= 0));
}

function after(node: GraphNode, output: Value, free: FreeAxes): Axes {
  const [x, y] = node.inputs as readonly [Value, Value];
  const rank = output.shape.length;
  const joined = (values: readonly Value[]): Axes =>
    new Set(values.flatMap((value) => [...free(value)].map((axis) => axis + rank - value.shape.length)));
  if (ELEMENTWISE.has(node.operator)) return joined(node.inputs.filter((value) => value !== undefined));
  switch (node.operator) {
    case "Concat":
      return joined(node.inputs as readonly Value[]);
    case "Slice":
      return node.inputs.slice(1).every((value) => value === undefined || isConstant(value))
        ? free(x)
        : every(output);
    case "Split":
      return free(x);
    case "Transpose": {
      const order = node.attributes["perm"] as readonly number[];
      return new Set([...order.keys()].filter((axis) => free(x).has(order[axis] as number)));
    }
    case "Reshape":
      return ofTarget(y, output);
    case "MatMul": {
      if (x.shape.length < 2 || y.shape.length < 2) return every(output);
      const last = rank - 1;
      const [left, right] = [joined([x]), joined([y])];
      return new Set(
        [...output.shape.keys()].filter(
          (axis) => (left.has(axis) && axis < last) || (right.has(axis) && axis !== last - 1),
        ),
      );
    }
    default:
      return every(output);
  }
}

/** The free axes of all values of a graph; all axes where an operator is not looked into. */
export function freeAxes(graph: Graph): FreeAxes {
  const known = new Map<Value, Axes>(
    graph.inputs.map(({ value, free }) => [value, new Set(Object.keys(free ?? {}).map(Number))]),
  );
  const free: FreeAxes = (value) => (isConstant(value) ? none : (known.get(value) ?? every(value)));
  for (const node of graph.nodes) {
    for (const output of node.outputs) known.set(output, after(node, output, free));
  }
  return free;
}
