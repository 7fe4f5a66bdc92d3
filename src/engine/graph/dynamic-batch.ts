/** One graph for any number of rows, out of two recordings that differ in theirs. */
import { UnsupportedOperationError } from "../../check";
import { sizeOf } from "../../tensor";
import { GraphBuilder, integers, makeConstant, makeValue, same, sameEntries } from "./builder";
import {
  type Constant,
  type Graph,
  type GraphNode,
  isConstant,
  type Port,
  uniform,
  type Value,
} from "./graph";

/** The two numbers of rows that are recorded; primes, so that few extents of models are multiples of them. */
export const RECORDED_ROWS: readonly [number, number] = [3, 5];

/** The name of the free extent. */
export const ROWS = "rows";

/**
 * The first recording with what depends on the number of rows computed by the graph itself: numbers in shapes and
 * positions as c₀ + c₁ · rows, constants that repeat one row as that row, repeated, positions that count on from row to
 * row as such.
 *
 * @throws UnsupportedOperationError naming the operator where the recordings differ in any other way.
 */
export function makeBatchDynamic(a: Graph, b: Graph): Graph {
  const builder = new GraphBuilder();
  const rows = rowCounter(builder, a.inputs[0]);
  if (a.nodes.length !== b.nodes.length) throw differs("the number of operations");
  const other = new Map<Value, Value>();
  const known = new Map<Value, Value>();
  const matched = (left: Value, right: Value, operator: string, position: number): Value => {
    if (!isConstant(left) || !isConstant(right)) {
      if (isConstant(left) !== isConstant(right)) throw differs(operator);
      return left;
    }
    if (sameEntries(left, right)) return left;
    let free = known.get(left);
    if (free === undefined || operator === "Reshape") {
      free = freeConstant(builder, rows, left, right, operator === "Reshape" && position === 1);
      if (free === undefined) throw differs(operator);
      known.set(left, free);
    }
    return free;
  };
  a.inputs.forEach((port, i) => {
    other.set(port.value, b.inputs[i].value);
  });
  const nodes = a.nodes.map((node, k): GraphNode => {
    const twin = b.nodes[k];
    const alike =
      node.operator === twin.operator &&
      node.inputs.length === twin.inputs.length &&
      JSON.stringify(node.attributes) === JSON.stringify(twin.attributes);
    if (!alike) throw differs(node.operator);
    const inputs = node.inputs.map((value, i) => {
      const right = twin.inputs[i];
      if (value === undefined || right === undefined) return undefined;
      if (!isConstant(value) && other.get(value) !== right) throw differs(node.operator);
      return matched(value, right, node.operator, i);
    });
    node.outputs.forEach((value, i) => {
      other.set(value, twin.outputs[i]);
    });
    if (node.body === undefined || twin.body === undefined) return { ...node, inputs };
    return { ...node, inputs, body: makeBatchDynamic(node.body, twin.body) };
  });
  const outputs = a.outputs.map((port, i) => {
    const right = b.outputs[i].value;
    return freePort({ ...port, value: matched(port.value, right, "the output", 0) }, port.value, right);
  });
  const inputs = a.inputs.map((port, i) => freePort(port, port.value, b.inputs[i].value));
  return { inputs, outputs, nodes: [...builder.nodes, ...nodes] };
}

function freePort(port: Port, a: Value, b: Value): Port {
  const axes = a.shape.flatMap((extent, axis) => (extent === b.shape[axis] ? [] : [[axis, ROWS] as const]));
  return { ...port, free: Object.fromEntries(axes) };
}

/** The number of rows as a vector of one integer, computed by the graph once it is needed. */
function rowCounter(builder: GraphBuilder, port: Port): () => Value {
  let counted: Value | undefined;
  return () => {
    if (counted === undefined) {
      counted = makeValue([1], "int64");
      builder.nodes.push({
        operator: "Shape",
        inputs: [port.value],
        outputs: [counted],
        attributes: { start: 0, end: 1 },
      });
    }
    return counted;
  };
}

function freeConstant(
  builder: GraphBuilder,
  rows: () => Value,
  left: Constant,
  right: Constant,
  asShape: boolean,
): Value | undefined {
  if (left.dtype !== right.dtype) return undefined;
  if (left.dtype === "int64" && left.shape.length === 1 && same(left.shape, right.shape)) {
    return freeIntegers(builder, rows, left.entries, right.entries, asShape);
  }
  return (
    sameEverywhere(builder, rows, left, right) ??
    repeatedRow(builder, rows, left, right) ??
    identity(builder, rows, left, right)
  );
}

function freeIntegers(
  builder: GraphBuilder,
  rows: () => Value,
  left: ArrayLike<number | bigint>,
  right: ArrayLike<number | bigint>,
  asShape: boolean,
): Value | undefined {
  const [low, high] = RECORDED_ROWS;
  const [a, b] = [Array.from(left, Number), Array.from(right, Number)];
  const differing = a.flatMap((n, i) => (n === b[i] ? [] : [i]));
  if (asShape && differing.length === 1) return integers(a.map((n, i) => (i === differing[0] ? -1 : n)));
  const perRow = a.map((n, i) => (b[i] - n) / (high - low));
  if (perRow.some((count) => !Number.isInteger(count))) return undefined;
  const offsets = a.map((n, i) => n - low * perRow[i]);
  const scaled = builder.add("Mul", [rows(), integers(perRow)], [a.length], "int64");
  return builder.add("Add", [scaled, integers(offsets)], [a.length], "int64");
}

/** A constant in a form that is right for any number of rows, from its values at two; undefined where it has none. */
type FreeConstant = (
  builder: GraphBuilder,
  rows: () => Value,
  left: Constant,
  right: Constant,
) => Value | undefined;

/** A constant of one number, in whichever shape. */
const sameEverywhere: FreeConstant = (builder, rows, left, right) => {
  const number = uniform(left);
  if (number === undefined || left.shape.length !== right.shape.length) return undefined;
  if (!Object.is(number, uniform(right))) return undefined;
  const shape = freeIntegers(builder, rows, left.shape, right.shape, false);
  return shape && builder.add("Expand", [builder.scalar(number, left.dtype), shape], left.shape, left.dtype);
};

/**
 * A constant that repeats the same row, as many times as the batch has rows (or a multiple of that), along one axis.
 * Integers may grow from row to row, each by a number of its own: they are positions in an array of all rows.
 */
const repeatedRow: FreeConstant = (builder, rows, left, right) => {
  const [low, high] = RECORDED_ROWS;
  const axis = left.shape.findIndex((extent, i) => extent !== right.shape[i]);
  const [a = 0, b = 0] = [left.shape[axis], right.shape[axis]];
  const [outer, inner] = [left.shape.slice(0, axis), left.shape.slice(axis + 1)];
  const alike = same(outer, right.shape.slice(0, axis)) && same(inner, right.shape.slice(axis + 1));
  if (axis < 0 || !alike || a * high !== b * low) return undefined;
  const extent = a / low;
  const period = extent * sizeOf(inner);
  const block = low * period;
  const places = Array.from(
    { length: sizeOf(outer) * period },
    (_, i) => Math.floor(i / period) * block + (i % period),
  );
  const first = places.map((place) => Number(left.entries[place]));
  const steps = places.map((place, i) =>
    left.dtype === "int32" ? Number(left.entries[place + period]) - first[i] : 0,
  );
  const follows = ({ entries }: Constant, rowsThere: number): boolean =>
    entries.every((entry: number | bigint, i: number) => {
      const row = Math.floor(i / period) % rowsThere;
      const place = Math.floor(i / (rowsThere * period)) * period + (i % period);
      const grown = row * steps[place];
      // Adding 0 would lose the sign of −0.
      const expected = grown === 0 ? first[place] : first[place] + grown;
      return Object.is(Number(entry), expected);
    });
  if (!follows(left, low) || !follows(right, high)) return undefined;
  const shape = [...outer, extent, ...inner];
  const row = makeConstant(first, shape, left.dtype);
  if (steps.some((step) => step !== 0)) {
    return counted(builder, rows, row, makeConstant(steps, shape, left.dtype), axis, left.shape);
  }
  const ones = (axes: readonly number[]): Value[] => (axes.length > 0 ? [integers(axes.map(() => 1))] : []);
  const times = [...ones(outer), rows(), ...ones(inner)];
  const reps =
    times.length === 1 ? times[0] : builder.add("Concat", times, [left.shape.length], "int64", { axis: 0 });
  return builder.add("Tile", [row, reps], left.shape, left.dtype);
};

/** The identity matrix of as many rows as the batch has entries of some kind, as `diag` and its gradient need it. */
const identity: FreeConstant = (builder, rows, left, right) => {
  const [low, high] = RECORDED_ROWS;
  const size = left.shape[0] ?? 0;
  const other = right.shape[0] ?? 0;
  const isIdentity = ({ entries, shape }: Constant, extent: number): boolean =>
    same(shape, [extent, extent]) &&
    entries.every((entry: number | bigint, i: number) => Number(entry) === (i % (extent + 1) === 0 ? 1 : 0));
  if (size * high !== other * low || !isIdentity(left, size) || !isIdentity(right, other)) return undefined;
  const number = (value: number): Constant => makeConstant([value], [], "int64");
  const scaled = builder.add("Mul", [rows(), integers([size / low])], [1], "int64");
  const count = builder.add("Reshape", [scaled, integers([])], [], "int64");
  const across = builder.add("Range", [number(0), count, number(1)], [size], "int64");
  const down = builder.add("Reshape", [across, integers([-1, 1])], [size, 1], "int64");
  return builder.cast(builder.add("Equal", [across, down], left.shape, "bool"), left.dtype);
};

/** `row`, then row + steps, row + 2 steps, … along an axis. */
function counted(
  builder: GraphBuilder,
  rows: () => Value,
  row: Constant,
  steps: Constant,
  axis: number,
  shape: readonly number[],
): Value {
  const [recorded] = RECORDED_ROWS;
  const number = (value: number): Constant => makeConstant([value], [], "int64");
  const count = builder.add("Reshape", [rows(), integers([])], [], "int64");
  const numbers = builder.cast(
    builder.add("Range", [number(0), count, number(1)], [recorded], "int64"),
    "int32",
  );
  const upright = [recorded, ...row.shape.slice(axis).map(() => 1)];
  const perRow = builder.add("Reshape", [numbers, integers([-1, ...upright.slice(1)])], upright, "int32");
  const wide = (extent: number): number[] => [...row.shape.slice(0, axis), extent, ...row.shape.slice(axis)];
  const apart = (constant: Constant): Constant => makeConstant(constant.entries, wide(1), "int32");
  const grown = builder.add("Mul", [apart(steps), perRow], wide(recorded), "int32");
  const all = builder.add("Add", [apart(row), grown], wide(recorded), "int32");
  const whole = shape.map((extent, i) => (i === axis ? -1 : extent));
  return builder.add("Reshape", [all, integers(whole)], shape, "int32");
}

/** An operation whose form depends on the number of rows: a graph of one number of rows has it still. */
export class RowsInForm extends UnsupportedOperationError {}

function differs(where: string): RowsInForm {
  return new RowsInForm(
    `compiled engine: expected a computation that treats each example alike, got one where ${where} depends on the number of examples in another way than by its shape; engine "eager" computes it`,
  );
}
