/** One graph for any number of rows, out of two recordings that differ in theirs. */
import { UnsupportedOperationError } from "../../check";
import { sizeOf } from "../../tensor";
import { GraphBuilder, integers, makeConstant, makeValue, same } from "./builder";
import { type Constant, type Graph, type GraphNode, isConstant, type Port, type Value } from "./graph";

/** The two numbers of rows that are recorded; primes, so that few extents of models are multiples of them. */
export const RECORDED_ROWS: readonly [number, number] = [3, 5];

/** The name of the free extent. */
export const ROWS = "rows";

/**
 * The first recording with what depends on the number of rows computed by the graph itself: numbers in shapes and
 * positions as c₀ + c₁ · rows, constants that repeat one row as that row, repeated.
 *
 * @throws UnsupportedOperationError naming the operator where the recordings differ in any other way.
 */
export function withFreeRows(a: Graph, b: Graph): Graph {
  const builder = new GraphBuilder();
  const rows = rowCounter(builder, a.inputs[0] as Port);
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
    other.set(port.value, (b.inputs[i] as Port).value);
  });
  const nodes = a.nodes.map((node, k): GraphNode => {
    const twin = b.nodes[k] as GraphNode;
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
      other.set(value, twin.outputs[i] as Value);
    });
    return { ...node, inputs };
  });
  const outputs = a.outputs.map((port, i) => {
    const right = (b.outputs[i] as Port).value;
    return freePort({ ...port, value: matched(port.value, right, "the output", 0) }, port.value, right);
  });
  const inputs = a.inputs.map((port, i) => freePort(port, port.value, (b.inputs[i] as Port).value));
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
    return freeIntegers(builder, rows, left, right, asShape);
  }
  return repeatedRow(builder, rows, left, right);
}

function freeIntegers(
  builder: GraphBuilder,
  rows: () => Value,
  left: Constant,
  right: Constant,
  asShape: boolean,
): Value | undefined {
  const [low, high] = RECORDED_ROWS;
  const [a, b] = [left, right].map(({ entries }) => Array.from(entries as BigInt64Array, Number)) as [
    number[],
    number[],
  ];
  const differing = a.flatMap((n, i) => (n === b[i] ? [] : [i]));
  if (asShape && differing.length === 1) return integers(a.map((n, i) => (i === differing[0] ? -1 : n)));
  const slopes = a.map((n, i) => ((b[i] as number) - n) / (high - low));
  if (slopes.some((slope) => !Number.isInteger(slope))) return undefined;
  const offsets = a.map((n, i) => n - low * (slopes[i] as number));
  const scaled = builder.add("Mul", [rows(), integers(slopes)], left.shape, "int64");
  return builder.add("Add", [scaled, integers(offsets)], left.shape, "int64");
}

/** A constant whose rows are all the same, and as many as the batch has (or a multiple of that). */
function repeatedRow(
  builder: GraphBuilder,
  rows: () => Value,
  left: Constant,
  right: Constant,
): Value | undefined {
  const [low, high] = RECORDED_ROWS;
  const [a = 0, b = 0] = [left.shape[0], right.shape[0]];
  if (!same(left.shape.slice(1), right.shape.slice(1)) || a * high !== b * low) return undefined;
  const width = sizeOf(left.shape.slice(1));
  const period = (a / low) * width;
  const first = left.entries.slice(0, period);
  for (const { entries } of [left, right]) {
    for (let i = 0; i < entries.length; i++) if (entries[i] !== first[i % period]) return undefined;
  }
  const row = makeConstant(first as Float32Array, [a / low, ...left.shape.slice(1)], left.dtype);
  const times = left.shape.length > 1 ? [rows(), integers(left.shape.slice(1).map(() => 1))] : [rows()];
  const reps =
    times.length === 1
      ? (times[0] as Value)
      : builder.add("Concat", times, [left.shape.length], "int64", { axis: 0 });
  return builder.add("Tile", [row, reps], left.shape, left.dtype);
}

function sameEntries(a: Constant, b: Constant): boolean {
  if (a.entries === b.entries) return same(a.shape, b.shape);
  if (!same(a.shape, b.shape) || a.dtype !== b.dtype) return false;
  return a.entries.every((entry: number | bigint, i: number) => Object.is(entry, b.entries[i]));
}

function differs(where: string): UnsupportedOperationError {
  return new UnsupportedOperationError(
    `compiled engine: expected a computation that treats each example alike, got one where ${where} depends on the number of examples in another way than by its shape; engine "eager" computes it`,
  );
}
