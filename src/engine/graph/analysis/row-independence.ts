/** Proves that rows of a batch do not influence each other, by where each operator takes them from and puts them. */
import { sizeOf } from "../../../tensor";
import { type Graph, type GraphNode, isConstant, type Port, type Value } from "../graph";
import { operand, operands } from "../operands";
import { OPERATORS } from "../operators";

/**
 * Rows of a value: the entry at position p of `axis` is one of row ⌊p / inner⌋ mod rows. Several views of each example
 * that were folded into the batch have an inner extent, steps that come before the examples an outer one.
 */
interface Rows {
  readonly axis: number;
  readonly inner: number;
}

/** Rows behind an operator; undefined where it brings rows together, or is not looked into. */
type Follow = (node: GraphNode, index: number, at: Rows, rows: number) => Rows | undefined;

/** Broadcasting counts axes from the last. */
const fromLast: Follow = (node, index, { axis, inner }) => ({
  axis: node.outputs[0].shape.length - operand(node, index).shape.length + axis,
  inner,
});

const integersOf = (value: Value | undefined): number[] | undefined =>
  value && isConstant(value) ? Array.from(value.entries as ArrayLike<number | bigint>, Number) : undefined;

const counted = (axis: number, rank: number): number => (axis < 0 ? axis + rank : axis);

const named = ({ attributes }: GraphNode, rank: number): number =>
  counted((attributes["axis"] as number | undefined) ?? 0, rank);

const unless =
  (axisOf: (node: GraphNode, rank: number) => number | undefined): Follow =>
  (node, index, at) => {
    const rank = operand(node, index).shape.length;
    const axis = axisOf(node, rank);
    return index === 0 && axis !== undefined && axis !== at.axis ? at : undefined;
  };

/** The rows are as far apart in memory as before, and so must be along one axis of the new shape. */
const reshaped: Follow = (node, _, { axis, inner }, rows) => {
  const { shape: before } = operand(node, 0);
  const { shape: after } = node.outputs[0];
  const apart = inner * sizeOf(before.slice(axis + 1));
  for (let i = after.length - 1; i >= 0; i--) {
    const behind = sizeOf(after.slice(i + 1));
    if (apart % behind === 0 && (behind * after[i]) % (apart * rows) === 0)
      return { axis: i, inner: apart / behind };
  }
  return undefined;
};

/** Whole blocks of rows may be cut out or put behind each other. */
const inBlocks = (extents: readonly number[], { inner }: Rows, rows: number): boolean =>
  extents.every((extent) => extent % (inner * rows) === 0);

const gathered: Follow = (node, index, at) => {
  const [data, places] = operands(node);
  const axis = named(node, data.shape.length);
  if (index === 1) return { axis: axis + at.axis, inner: at.inner };
  if (axis === at.axis) return undefined;
  return { axis: at.axis < axis ? at.axis : at.axis + places.shape.length - 1, inner: at.inner };
};

const alongFirstUnless = unless(named);

/** Operators whose axes are not in their row of the table. */
const OPAQUE: Readonly<Partial<Record<GraphNode["operator"], Follow>>> = {
  ArgMax: (node, index, at, rows) => withoutAxis(node, alongFirstUnless(node, index, at, rows)),
  ArgMin: (node, index, at, rows) => withoutAxis(node, alongFirstUnless(node, index, at, rows)),
  CumSum: unless((node, rank) => integersOf(node.inputs[1])?.map((axis) => counted(axis, rank))[0]),
  Expand: (node, index, at, rows) => (index === 0 ? fromLast(node, index, at, rows) : undefined),
  Gather: gathered,
  LogSoftmax: alongFirstUnless,
  // A step of a loop has its rows first, as all that the loop is given.
  Scan: ({ body }, _, at, rows) => {
    const apart = body !== undefined && mixingOperator(body, body.outputs, rows) === undefined;
    return apart && at.axis === 0 && at.inner === 1 ? at : undefined;
  },
  Softmax: alongFirstUnless,
  Tile: (_, index, at) => (index === 0 ? at : undefined),
  TopK: alongFirstUnless,
  Einsum: ({ attributes }, index, at) => {
    const [terms = "", output = ""] = (attributes["equation"] as string).split("->");
    const letter = terms.split(",")[index]?.[at.axis];
    const axis = letter === undefined ? -1 : output.indexOf(letter);
    return axis < 0 ? undefined : { axis, inner: at.inner };
  },
};

function withoutAxis(node: GraphNode, at: Rows | undefined): Rows | undefined {
  if (at === undefined || node.attributes["keepdims"] !== 0) return at;
  const axis = named(node, operand(node, 0).shape.length);
  return axis < at.axis ? { ...at, axis: at.axis - 1 } : at;
}

const FOLLOW: Readonly<Record<(typeof OPERATORS)[GraphNode["operator"]]["axes"], Follow>> = {
  elementwise: fromLast,
  permuted: (node, _, at) => ({
    axis: (node.attributes["perm"] as readonly number[]).indexOf(at.axis),
    inner: at.inner,
  }),
  reshaped: (node, index, at, rows) => (index === 0 ? reshaped(node, index, at, rows) : undefined),
  joined: (node, index, at, rows) => {
    const axis = named(node, operand(node, index).shape.length);
    const extents = node.inputs.map((value) => (value as Value).shape[axis]);
    return axis !== at.axis || inBlocks(extents, at, rows) ? at : undefined;
  },
  split: (node, index, at, rows) => {
    const axis = named(node, operand(node, index).shape.length);
    const extents = node.outputs.map(({ shape }) => shape[axis]);
    return index === 0 && (axis !== at.axis || inBlocks(extents, at, rows)) ? at : undefined;
  },
  sliced: (node, index, at, rows) => {
    const [x, ...rest] = node.inputs;
    const [begin, , axes, steps] = rest.map(integersOf);
    const rank = (x as Value).shape.length;
    if (index !== 0 || begin === undefined) return undefined;
    const place = (axes ?? begin.map((_, i) => i)).map((axis) => counted(axis, rank)).indexOf(at.axis);
    if (place < 0) return at;
    const whole = inBlocks([begin[place], node.outputs[0].shape[at.axis]], at, rows);
    return whole && (steps?.[place] ?? 1) === 1 ? at : undefined;
  },
  padded: (node, index, at) => {
    const pads = integersOf(node.inputs[1]);
    const rank = operand(node, 0).shape.length;
    return index === 0 && pads?.[at.axis] === 0 && pads[at.axis + rank] === 0 ? at : undefined;
  },
  reduced: (node, index, at) => {
    const rank = operand(node, 0).shape.length;
    const axes = integersOf(node.inputs[1])?.map((axis) => counted(axis, rank));
    if (index !== 0 || axes === undefined || axes.includes(at.axis)) return undefined;
    const gone = node.attributes["keepdims"] === 0 ? axes.filter((axis) => axis < at.axis).length : 0;
    return { axis: at.axis - gone, inner: at.inner };
  },
  product: (node, index, at, rows) => {
    const { shape } = operand(node, index);
    const contracted = index === 0 ? shape.length - 1 : shape.length - 2;
    return shape.length < 2 || at.axis === contracted ? undefined : fromLast(node, index, at, rows);
  },
  windowed: (_, index, at) => (index === 0 && at.axis === 0 ? at : undefined),
  opaque: (node, ...rest) => OPAQUE[node.operator]?.(node, ...rest),
};

/** Operators of which nothing but shapes is read. */
const SHAPES: ReadonlySet<GraphNode["operator"]> = new Set(["Shape", "ConstantOfShape", "Range"]);

/**
 * The operator where rows of the batch may come together on the way to some outputs of a graph that was recorded with so
 * many rows; undefined where none does. What is not proven may still be: rows are then compared by their numbers.
 */
export function mixingOperator(
  { inputs, nodes }: Graph,
  outputs: readonly Port[],
  rows: number,
): string | undefined {
  const found = new Map<Value, Rows | string>();
  for (const { value } of inputs) found.set(value, { axis: 0, inner: 1 });
  for (const node of nodes) {
    if (SHAPES.has(node.operator)) continue;
    const rowsAt = node.inputs.map((value) => (value ? found.get(value) : undefined));
    const after = together(node, rowsAt, rows);
    if (after !== undefined) for (const output of node.outputs) found.set(output, after);
  }
  for (const { value } of outputs) {
    const at = found.get(value);
    if (typeof at === "string") return at;
    if (at !== undefined && (at.axis !== 0 || at.inner * rows !== value.shape[0])) return "the output";
  }
  return undefined;
}

/** Rows behind a node: the same for each of its inputs that has any, or the name of what brings them together. */
function together(
  node: GraphNode,
  rowsAt: readonly (Rows | string | undefined)[],
  rows: number,
): Rows | string | undefined {
  let after: Rows | undefined;
  for (const [i, at] of rowsAt.entries()) {
    if (at === undefined) continue;
    if (typeof at === "string") return at;
    const own = FOLLOW[OPERATORS[node.operator].axes](node, i, at, rows);
    if (own === undefined) return node.operator;
    if (after && (after.axis !== own.axis || after.inner !== own.inner)) return node.operator;
    after = own;
  }
  return after;
}
