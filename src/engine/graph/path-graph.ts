/** A whole stretch of a path in one graph: points between two ends, their gradients, and the weighted sum of these. */

import { countsRows, linearEnds } from "./analysis/linear-ends";
import { GraphBuilder, integers, makeValue } from "./builder";
import { ROWS } from "./dynamic-batch";
import { type Graph, type GraphNode, type Port, replaceValues, type Value } from "./graph";
import { portName } from "./ports";

/** The names of the extents of a path graph. */
const NODES = "nodes";
const POINTS = "points";

/**
 * Out of the graph of a gradient, which has one row per point, the graph of a path:
 *
 * Σ_k w_k ∂F at from + α_k (to − from), with inputs `from0`, `to0`, … of one row per example in place of the inputs
 * named in `at`, and `alphas` [nodes] and `weights` [nodes]. Other inputs have one row per example, too.
 *
 * Operations linear in the points run at both ends alone, and those linear in the gradients once for their sum.
 *
 * @param scored whether the scores of all points are given as well: node k of example r is row k · examples + r.
 */
export function pathGraph(gradient: Graph, at: readonly string[], scored: boolean): Graph {
  const { prefix, suffix, shapes } = linearEnds(gradient, at);
  const start = new GraphBuilder();
  const alphas = makeValue([1], "float32");
  const weights = makeValue([1], "float32");
  const count = start.add("Shape", [alphas], [1], "int64");
  const column = start.add("Reshape", [alphas, integers([-1, 1])], [1, 1]);
  const rest = start.add("Sub", [start.scalar(1), column], [1, 1]);
  const shares = start.add("Concat", [rest, column], [1, 2], "float32", { axis: 1 });

  const inputs: Port[] = [];
  /** Each port of the gradient as the core of the path sees it, and both its ends one after the other. */
  const inCore = new Map<Value, Value>();
  const bothEnds = new Map<Value, Value>();
  let examples: Value | undefined;
  for (const port of gradient.inputs) {
    const { name, value } = port;
    const place = at.indexOf(name);
    const own = (): Value => makeValue(value.shape, value.dtype);
    const from = own();
    examples ??= start.add("Shape", [from], [1], "int64", { start: 0, end: 1 });
    if (place < 0) {
      inputs.push({ ...port, value: from });
      inCore.set(value, spread(start, from, count));
      continue;
    }
    const to = own();
    inputs.push(
      { ...port, name: portName("from", place), value: from },
      { ...port, name: portName("to", place), value: to },
    );
    bothEnds.set(value, start.add("Concat", [from, to], value.shape, "float32", { axis: 0 }));
  }
  const rows = examples as Value;
  const counters = gradient.nodes.filter((node) => countsRows(gradient, node));
  const counted = (total: Value): [Value, Value][] => counters.map((node) => [node.outputs[0], total]);
  const shapeNodes = gradient.nodes.filter((node) => shapes.has(node) && !counters.includes(node));

  const twice = start.add("Add", [rows, rows], [1], "int64");
  const early = copied(start, [...shapeNodes, ...prefix.nodes], new Map([...bothEnds, ...counted(twice)]));
  for (const [value, axis] of prefix.border)
    inCore.set(value, between(start, early.get(value) as Value, axis, shares));

  const points = start.add("Mul", [rows, count], [1], "int64");
  const outside = new Set<GraphNode>([...prefix.nodes, ...suffix.nodes, ...counters]);
  const core = replaceValues(
    { ...gradient, nodes: gradient.nodes.filter((node) => !outside.has(node)) },
    new Map([...inCore, ...counted(points)]),
  );

  const ending = new GraphBuilder();
  const row = ending.add("Reshape", [weights, integers([1, -1])], [1, 1]);
  const perNode = ending.add("Concat", [count, integers([-1])], [2], "int64", { axis: 0 });
  const summed = new Map<Value, Value>();
  for (const [value, axis] of suffix.border)
    summed.set(value, sumOverNodes(ending, inCore.get(value) ?? value, axis, row, perNode));
  const late = copied(ending, [...shapeNodes, ...suffix.nodes], new Map([...summed, ...counted(rows)]));
  const outputs = gradient.outputs.flatMap((port): Port[] => {
    const { name, value } = port;
    if (name !== portName("scores")) return [{ ...port, value: late.get(value) ?? value, free: { 0: ROWS } }];
    return scored ? [{ ...port, value: inCore.get(value) ?? value, free: { 0: POINTS } }] : [];
  });
  return {
    inputs: [
      ...inputs,
      { name: portName("alphas"), value: alphas, free: { 0: NODES } },
      { name: portName("weights"), value: weights, free: { 0: NODES } },
    ],
    outputs,
    nodes: [...start.nodes, ...core.nodes, ...ending.nodes],
  };
}

/** Each row once per node: node k of example r is row k · examples + r. */
function spread(builder: GraphBuilder, value: Value, count: Value): Value {
  const rank = value.shape.length;
  const own = builder.add("Shape", [value], [rank], "int64");
  const shape = builder.add("Concat", [count, own], [rank + 1], "int64", { axis: 0 });
  const wide = builder.add("Expand", [value, shape], [1, ...value.shape], value.dtype);
  return builder.add("Reshape", [wide, integers([-1, ...value.shape.slice(1)])], value.shape, value.dtype);
}

/** (1 − α) · first half + α · second half of the rows, for all nodes in one product. */
function between(builder: GraphBuilder, ends: Value, axis: number, shares: Value): Value {
  const first = withAxisFirst(builder, ends, axis);
  const flat = builder.add("Reshape", [first, integers([2, -1])], [2, 1]);
  const points = builder.add("MatMul", [shares, flat], [1, 1]);
  const shaped = builder.add("Reshape", [points, integers([-1, ...first.shape.slice(1)])], first.shape);
  return withFirstAxisAt(builder, shaped, axis);
}

/** Σ_k w_k over the nodes that rows belong to. */
function sumOverNodes(
  builder: GraphBuilder,
  value: Value,
  axis: number,
  weights: Value,
  perNode: Value,
): Value {
  const first = withAxisFirst(builder, value, axis);
  const flat = builder.add("Reshape", [first, perNode], [1, 1]);
  const sum = builder.add("MatMul", [weights, flat], [1, 1]);
  const shaped = builder.add("Reshape", [sum, integers([-1, ...first.shape.slice(1)])], first.shape);
  return withFirstAxisAt(builder, shaped, axis);
}

function withAxisFirst(builder: GraphBuilder, value: Value, axis: number): Value {
  const others = value.shape.map((_, i) => i).filter((i) => i !== axis);
  return moved(builder, value, [axis, ...others]);
}

function withFirstAxisAt(builder: GraphBuilder, value: Value, axis: number): Value {
  const order = value.shape.map((_, i) => i).slice(1);
  order.splice(axis, 0, 0);
  return moved(builder, value, order);
}

/** Not the builder's own transposition, which takes recorded extents of 1 for fixed ones. */
function moved(builder: GraphBuilder, value: Value, order: readonly number[]): Value {
  if (order.every((axis, i) => axis === i)) return value;
  const shape = order.map((axis) => value.shape[axis]);
  return builder.add("Transpose", [value], shape, value.dtype, { perm: order });
}

/** Copies of nodes that read other values in place of some; gives all that stands for something else then. */
function copied(
  builder: GraphBuilder,
  nodes: readonly GraphNode[],
  given: ReadonlyMap<Value, Value>,
): Map<Value, Value> {
  const known = new Map(given);
  for (const node of nodes) {
    const outputs = builder.addMany(
      node.operator,
      node.inputs.map((value) => value && (known.get(value) ?? value)),
      node.outputs,
      node.attributes,
    );
    node.outputs.forEach((value, i) => {
      known.set(value, outputs[i]);
    });
  }
  return known;
}
