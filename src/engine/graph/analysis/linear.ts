/** Linearity of operators in an input, and the place of a batch's rows after them. */
import { sizeOf } from "../../../tensor";
import { type GraphNode, isConstant, uniform, type Value } from "../graph";
import { operand, operands } from "../operands";
import { type Axes, OPERATORS } from "../operators";

/** The axis that holds the rows after an operator, for one input whose rows are on `axis`; undefined where they are mixed. */
type Follow = (node: GraphNode, index: number, axis: number, rows: number) => number | undefined;

/** Broadcasting counts axes from the last; no other operand may tell rows apart unless it has rows itself. */
const fromLast = (node: GraphNode, index: number, axis: number): number =>
  node.outputs[0].shape.length - operand(node, index).shape.length + axis;

/** Beside an operand with rows, others without are constants that are the same for all rows. */
const elementwise: Follow = (node, index, axis) => {
  const after = fromLast(node, index, axis);
  const together = OPERATORS[node.operator].linear === "jointly";
  const alike = (other: Value | undefined, i: number): boolean =>
    i === index || other === undefined || sameForAllRows(other, node, after);
  return together || node.inputs.every(alike) ? after : undefined;
};

function sameForAllRows(value: Value, node: GraphNode, axis: number): boolean {
  if (!isConstant(value)) return false;
  const extent = value.shape[axis - node.outputs[0].shape.length + value.shape.length];
  return extent === undefined || extent === 1;
}

function reshaped(node: GraphNode, _: number, axis: number, rows: number): number | undefined {
  const before = operand(node, 0).shape;
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

/** Rows behind an operator that is affine in the input, by where its axes come from. */
const FOLLOW: Readonly<Record<Axes, Follow>> = {
  elementwise,
  permuted: (node, _, axis) => (node.attributes["perm"] as readonly number[]).indexOf(axis),
  reshaped,
  joined: (node, _, axis) => (node.attributes["axis"] === axis ? undefined : axis),
  split: (node, _, axis) => (node.attributes["axis"] === axis ? undefined : axis),
  sliced: (node, _, axis) => {
    const axes = namedAxes(node.inputs[3], operand(node, 0).shape.length);
    const known = node.inputs.slice(1).every((value) => value === undefined || isConstant(value));
    return known && axes && !axes.includes(axis) ? axis : undefined;
  },
  padded: (node, _, axis) => {
    const pads = operand(node, 1);
    if (!isConstant(pads) || node.attributes["mode"] !== undefined) return undefined;
    const rank = operand(node, 0).shape.length;
    const sides = [axis, axis + rank].map((i) => Number((pads.entries as BigInt64Array)[i]));
    return sides.every((n) => n === 0) ? axis : undefined;
  },
  reduced: (node, _, axis) => {
    const axes = namedAxes(node.inputs[1], operand(node, 0).shape.length);
    if (axes === undefined || axes.includes(axis)) return undefined;
    return node.attributes["keepdims"] === 0 ? axis - axes.filter((other) => other < axis).length : axis;
  },
  product: (node, index, axis) => {
    const [a, b] = operands(node);
    const value = index === 0 ? a : b;
    const contracted = index === 0 ? a.shape.length - 1 : b.shape.length - 2;
    if (axis === contracted || a.shape.length < 2 || b.shape.length < 2) return undefined;
    if (!isConstant(index === 0 ? b : a)) return undefined;
    const after = fromLast(node, index, axis);
    // Along the matrix itself the other operand has no say.
    if (axis >= value.shape.length - 2) return after;
    return sameForAllRows(index === 0 ? b : a, node, after) ? after : undefined;
  },
  /** Rows are the first axis, and what comes after the data is constant. */
  windowed: (node, _, axis) =>
    axis === 0 && node.inputs.slice(1).every((value) => value === undefined || isConstant(value))
      ? 0
      : undefined,
  opaque: () => undefined,
};

/** True of an operator that is affine in this input, the others given. */
function isAffineIn({ operator }: GraphNode, index: number): boolean {
  const { linear } = OPERATORS[operator];
  return linear === "first" ? index === 0 : linear !== "nowhere";
}

/**
 * The axis of the rows after a node, for one of its inputs with rows on `axis`, when the node treats rows alike and is
 * affine in that input. `rows` is the number of rows that shapes were recorded with.
 */
export function rowAxisAfter(node: GraphNode, index: number, axis: number, rows: number): number | undefined {
  if (!isAffineIn(node, index)) return undefined;
  const after = FOLLOW[OPERATORS[node.operator].axes](node, index, axis, rows);
  const extent = after === undefined ? undefined : node.outputs[0].shape[after];
  return extent !== undefined && extent > 0 && extent % rows === 0 ? after : undefined;
}

/** True of a node that is linear in these inputs together, rows of the rest left out. */
export function mayHaveRows({ operator }: GraphNode, indices: readonly number[]): boolean {
  return indices.length === 1 || OPERATORS[operator].linear === "jointly";
}

/** True of a node that adds something not from these inputs, all of which have rows. */
export function addsConstant({ operator, inputs }: GraphNode, indices: readonly number[]): boolean {
  const { linear, addend } = OPERATORS[operator];
  if (linear === "jointly") return indices.length < inputs.length;
  const added = addend === undefined ? undefined : inputs[addend];
  return added !== undefined && uniform(added) !== 0;
}
