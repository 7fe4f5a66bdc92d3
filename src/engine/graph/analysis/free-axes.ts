/**
 * Extents of a value that may depend on the number of rows. Shapes are those of a recording, and an extent of 3 there
 * may be 3 always or the rows that were recorded.
 */
import { type Graph, type GraphNode, isConstant, type Value } from "../graph";
import { OPERATORS } from "../operators";

/** Axes that may have another extent than the recorded one. */
export interface FreeAxes {
  /** Whether an axis may. */
  has(value: Value, axis: number): boolean;
  /** Number of axes that may. */
  count(value: Value): number;
}

/** Axes as bits of a number: bit i stands for the i-th axis from the last, as broadcasting counts. */
type Axes = number;

const bit = (value: Value, axis: number): Axes => 1 << (value.shape.length - 1 - axis);

const every = ({ shape }: Value): Axes => (1 << shape.length) - 1;

/** The axes of a target shape whose extent is not a number. */
function ofTarget(target: Value | undefined, output: Value): Axes {
  if (target === undefined || !isConstant(target)) return every(output);
  let axes = 0;
  target.entries.forEach((extent: number | bigint, axis: number) => {
    if (extent <= 0) axes |= bit(output, axis);
  });
  return axes;
}

function after(
  { operator, inputs, attributes }: GraphNode,
  output: Value,
  free: (value: Value) => Axes,
): Axes {
  const [x, y] = inputs as readonly [Value, Value];
  switch (OPERATORS[operator].axes) {
    case "elementwise":
    case "joined":
      return inputs.reduce((axes, value) => (value ? axes | free(value) : axes), 0);
    case "sliced":
    case "padded":
    case "windowed":
      return inputs.every((value, i) => i === 0 || value === undefined || isConstant(value))
        ? free(x)
        : every(output);
    case "split":
      return free(x);
    case "permuted": {
      const order = attributes["perm"] as readonly number[];
      const from = free(x);
      return order.reduce(
        (axes, source, axis) => (from & bit(x, source) ? axes | bit(output, axis) : axes),
        0,
      );
    }
    case "reshaped":
      return ofTarget(y, output);
    case "product":
      // All but the last axis of the left operand, and all but the last but one of the right one.
      return x.shape.length < 2 || y.shape.length < 2 ? every(output) : (free(x) & ~1) | (free(y) & ~2);
    default:
      return every(output);
  }
}

/** The free axes of all values of a graph; all axes where an operator is not looked into. */
export function freeAxes(graph: Graph): FreeAxes {
  let known: Map<Value, Axes> | undefined;
  const free = (value: Value): Axes => {
    if (isConstant(value)) return 0;
    // Few graphs need them at all.
    known ??= look();
    return known.get(value) ?? every(value);
  };
  return {
    has: (value, axis) => (free(value) & bit(value, axis)) !== 0,
    count: (value) => value.shape.filter((_, axis) => (free(value) & bit(value, axis)) !== 0).length,
  };

  function look(): Map<Value, Axes> {
    const found = new Map<Value, Axes>();
    for (const { value, free: axes = {} } of graph.inputs)
      found.set(
        value,
        Object.keys(axes).reduce((all, axis) => all | bit(value, Number(axis)), 0),
      );
    const soFar = (value: Value): Axes => (isConstant(value) ? 0 : (found.get(value) ?? every(value)));
    for (const node of graph.nodes)
      for (const output of node.outputs) found.set(output, after(node, output, soFar));
    return found;
  }
}
