/** Which operators are linear in an input, and where the rows of a batch are after them. */
import { sizeOf } from "../../../tensor";
import { type GraphNode, isConstant, uniform, type Value } from "../graph";

/** The axis that holds the rows after an operator, for one input whose rows are on `axis`; undefined if not linear. */
type Follow = (node: GraphNode, index: number, axis: number, rows: number) => number | undefined;

const stays: Follow = (_, index, axis) => (index === 0 ? axis : undefined);

const fromLast = (node: GraphNode, index: number, axis: number): number =>
  node.outputs[0].shape.length - (node.inputs[index] as Value).shape.length + axis;

/** Broadcasting counts axes from the last; no other operand may tell rows apart unless it has rows itself. */
const broadcast: Follow = (node, index, axis) => fromLast(node, index, axis);

/** The other operand is a constant that is the same for all rows. */
const scaled =
  (places: readonly number[]): Follow =>
  (node, index, axis) => {
    if (!places.includes(index)) return undefined;
    const after = fromLast(node, index, axis);
    return sameForAllRows(node.inputs[1 - index] as Value, node, after) ? after : undefined;
  };

function sameForAllRows(value: Value, node: GraphNode, axis: number): boolean {
  if (!isConstant(value)) return false;
  const extent = value.shape[axis - node.outputs[0].shape.length + value.shape.length];
  return extent === undefined || extent === 1;
}

/** Rows are the first axis, and what comes after the data is constant. */
const windowed: Follow = (node, index, axis) =>
  index === 0 && axis === 0 && node.inputs.slice(1).every((value) => value === undefined || isConstant(value))
    ? 0
    : undefined;

function reshaped(node: GraphNode, index: number, axis: number, rows: number): number | undefined {
  if (index !== 0) return undefined;
  const before = (node.inputs[0] as Value).shape;
  const after = node.outputs[0].shape;
  const outside = sizeOf(before.slice(0, axis));
  for (let i = 0; i < after.length && sizeOf(after.slice(0, i)) <= outside; i++) {
    if (sizeOf(after.slice(0, i)) === outside && after[i] % rows === 0) return i;
  }
  return undefined;
}

/** Axes that a constant operand names, counted from 0. */
function namedAxes(value: Value | undefined, rank: number): readonly number[] | undefined {
  if (value === undefined || !isConstant(value)) return undefined;
  return Array.from(value.entries as BigInt64Array, (axis) => (Number(axis) + rank) % rank);
}

const reduced: Follow = (node, index, axis) => {
  const axes = namedAxes(node.inputs[1], (node.inputs[0] as Value).shape.length);
  if (index !== 0 || axes === undefined || axes.includes(axis)) return undefined;
  return node.attributes["keepdims"] === 0 ? axis - axes.filter((other) => other < axis).length : axis;
};

const FOLLOW: Readonly<Record<string, Follow>> = {
  Identity: stays,
  Neg: stays,
  Add: broadcast,
  Sub: broadcast,
  Mul: scaled([0, 1]),
  Div: scaled([0]),
  Transpose: (node, _, axis) => (node.attributes["perm"] as readonly number[]).indexOf(axis),
  Reshape: reshaped,
  Slice: (node, index, axis) => {
    const axes = namedAxes(node.inputs[3], (node.inputs[0] as Value).shape.length);
    const known = node.inputs.slice(1).every((value) => value === undefined || isConstant(value));
    return index === 0 && known && axes && !axes.includes(axis) ? axis : undefined;
  },
  Pad: (node, index, axis) => {
    const pads = node.inputs[1] as Value;
    if (index !== 0 || !isConstant(pads) || node.attributes["mode"] !== undefined) return undefined;
    const rank = (node.inputs[0] as Value).shape.length;
    const sides = [axis, axis + rank].map((i) => Number((pads.entries as BigInt64Array)[i]));
    return sides.every((n) => n === 0) ? axis : undefined;
  },
  Concat: (node, _, axis) => (node.attributes["axis"] === axis ? undefined : axis),
  Conv: windowed,
  ConvTranspose: windowed,
  AveragePool: windowed,
  Resize: windowed,
  MatMul: (node, index, axis) => {
    const [a, b] = node.inputs as readonly [Value, Value];
    const value = index === 0 ? a : b;
    const contracted = index === 0 ? a.shape.length - 1 : b.shape.length - 2;
    if (axis === contracted || a.shape.length < 2 || b.shape.length < 2) return undefined;
    if (!isConstant(index === 0 ? b : a)) return undefined;
    const after = fromLast(node, index, axis);
    // Along the matrix itself the other operand has no say.
    if (axis >= value.shape.length - 2) return after;
    return sameForAllRows(index === 0 ? b : a, node, after) ? after : undefined;
  },
  ReduceSum: reduced,
  ReduceMean: reduced,
};

/** Operators that are linear in all of their inputs together. */
const JOINTLY: ReadonlySet<string> = new Set(["Add", "Sub", "Concat"]);

/**
 * The axis of the rows after a node, for one of its inputs with rows on `axis`, when the node treats rows alike and is
 * affine in that input. `rows` is the number of rows that shapes were recorded with.
 */
export function rowAxisAfter(node: GraphNode, index: number, axis: number, rows: number): number | undefined {
  const follow = Object.hasOwn(FOLLOW, node.operator) ? FOLLOW[node.operator] : undefined;
  const after = follow?.(node, index, axis, rows);
  const extent = after === undefined ? undefined : node.outputs[0].shape[after];
  return extent !== undefined && extent > 0 && extent % rows === 0 ? after : undefined;
}

/** Whether a node is linear in these of its inputs together, rows of the rest left out. */
export function mayHaveRows(node: GraphNode, indices: readonly number[]): boolean {
  return indices.length === 1 || JOINTLY.has(node.operator);
}

/** Whether a node adds something that does not come from these inputs, all of which have rows. */
export function addsConstant(node: GraphNode, indices: readonly number[]): boolean {
  switch (node.operator) {
    case "Add":
    case "Sub":
    case "Concat":
      return indices.length < node.inputs.length;
    case "Conv":
    case "ConvTranspose":
      return node.inputs[2] !== undefined;
    case "Pad":
      return node.inputs[2] !== undefined && uniform(node.inputs[2]) !== 0;
    default:
      return false;
  }
}
