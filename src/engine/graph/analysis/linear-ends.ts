/**
 * The parts of a gradient's graph that need not be computed at every node of a straight path.
 *
 * Up to the first operation that is not linear, values on the path lie between those of its two ends; and from the last
 * place on where the gradient is used linearly, the weighted sum over the nodes can be taken before instead of after.
 */

import { RECORDED_ROWS } from "../dynamic-batch";
import { type Graph, type GraphNode, isConstant, type Value } from "../graph";
import { operand } from "../operands";
import { type Cost, OPERATORS } from "../operators";
import { floatingPointOperations } from "./cost";
import { addsConstant, mayHaveRows, rowAxisAfter } from "./linear";

/** Nodes to compute once, and the values at the border to the rest, with the axes of their rows. */
export interface LinearEnd {
  readonly nodes: readonly GraphNode[];
  readonly border: ReadonlyMap<Value, number>;
}

/** Linear operations at the two ends of a graph, and nodes that do not depend on any input's entries. */
export interface LinearEnds {
  readonly prefix: LinearEnd;
  readonly suffix: LinearEnd;
  /** Nodes of shapes alone: each end has its own number of rows. */
  readonly shapes: ReadonlySet<GraphNode>;
}

/**
 * Arithmetic that must be saved for each entry at the border. Reading between two ends takes about as long as a product
 * of matrices with so many operations per entry; a convolution is slower for as many.
 */
const OPERATIONS_PER_ENTRY: Readonly<Record<Cost, number>> = {
  entries: Number.POSITIVE_INFINITY,
  matrix: 24,
  convolution: 4,
  "transposed convolution": 4,
};

const [ROWS] = RECORDED_ROWS;

/** Where rows are in a value before a node, when they are on `after` behind it. */
function rowAxisBefore(node: GraphNode, index: number, after: number): number | undefined {
  const { shape } = operand(node, index);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] % ROWS !== 0) continue;
    if (rowAxisAfter(node, index, axis, ROWS) === after) return axis;
  }
  return undefined;
}

/** True of a node that counts the rows of a port. */
export function countsRows(graph: Graph, node: GraphNode): boolean {
  return (
    node.operator === "Shape" &&
    node.attributes["start"] === 0 &&
    node.attributes["end"] === 1 &&
    graph.inputs.some(({ value }) => value === node.inputs[0])
  );
}

function shapeNodes(graph: Graph): { nodes: Set<GraphNode>; values: Set<Value> } {
  const nodes = new Set<GraphNode>();
  const values = new Set<Value>();
  for (const node of graph.nodes) {
    const known =
      countsRows(graph, node) ||
      node.inputs.every((value) => value === undefined || isConstant(value) || values.has(value));
    if (!known) continue;
    nodes.add(node);
    for (const value of node.outputs) values.add(value);
  }
  return { nodes, values };
}

/** Places of inputs that have rows; undefined when another is neither known nor a target shape. */
function rowInputs(node: GraphNode, known: ReadonlySet<Value>): number[] | undefined {
  const places: number[] = [];
  for (const [i, value] of node.inputs.entries()) {
    if (value === undefined || isConstant(value)) continue;
    if (!known.has(value)) places.push(i);
    else if (node.operator !== "Reshape") return undefined;
  }
  return places.length > 0 && mayHaveRows(node, places) ? places : undefined;
}

function usersOf(graph: Graph): Map<Value, GraphNode[]> {
  const users = new Map<Value, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const value of node.inputs) if (value) users.set(value, [...(users.get(value) ?? []), node]);
  }
  return users;
}

function worthwhile(nodes: readonly GraphNode[], border: Iterable<Value>): boolean {
  let saved = 0;
  for (const node of nodes) {
    const operations = floatingPointOperations({ inputs: [], outputs: [], nodes: [node] });
    saved += operations / OPERATIONS_PER_ENTRY[OPERATORS[node.operator].cost];
  }
  let entries = 0;
  for (const { shape } of border) entries += shape.reduce((a, b) => a * b, 1);
  return saved >= entries;
}

function prefixOf(
  graph: Graph,
  at: readonly string[],
  known: ReadonlySet<Value>,
  users: ReadonlyMap<Value, readonly GraphNode[]>,
): LinearEnd {
  const ports = graph.inputs.filter(({ name }) => at.includes(name)).map(({ value }) => value);
  const axes = new Map<Value, number>(ports.map((value) => [value, 0]));
  let nodes: GraphNode[] = [];
  for (const node of graph.nodes) {
    const places = rowInputs(node, known);
    if (places === undefined || !places.every((i) => axes.has(operand(node, i)))) continue;
    const after = new Set(
      places.map((i) => rowAxisAfter(node, i, axes.get(operand(node, i)) as number, ROWS)),
    );
    const [axis] = after;
    if (after.size !== 1 || axis === undefined || node.outputs.length !== 1) continue;
    nodes.push(node);
    axes.set(node.outputs[0], axis);
  }
  const leaves = new Set(graph.outputs.map(({ value }) => value));
  const bordering = (inside: ReadonlySet<GraphNode>): Map<Value, number> =>
    new Map(
      [...axes].filter(
        ([value]) =>
          (users.get(value) ?? []).some((user) => !inside.has(user) && !countsRows(graph, user)) ||
          leaves.has(value),
      ),
    );
  const border = bordering(new Set(nodes));
  if (worthwhile(nodes, border.keys())) return { nodes, border };
  nodes = [];
  for (const value of [...axes.keys()]) if (!ports.includes(value)) axes.delete(value);
  return { nodes, border: bordering(new Set()) };
}

function suffixOf(
  graph: Graph,
  known: ReadonlySet<Value>,
  users: ReadonlyMap<Value, readonly GraphNode[]>,
  taken: ReadonlySet<GraphNode>,
): LinearEnd {
  const gradients = graph.outputs.filter(({ name }) => name.startsWith("gradient")).map(({ value }) => value);
  const others = new Set(
    graph.outputs.filter(({ name }) => !name.startsWith("gradient")).map(({ value }) => value),
  );
  const axes = new Map<Value, number>();
  for (const value of gradients) if (!isConstant(value)) axes.set(value, 0);
  const inside = new Set<GraphNode>();
  for (const node of [...graph.nodes].reverse()) {
    const [output] = node.outputs;
    const axis = output === undefined ? undefined : axes.get(output);
    if (axis === undefined || output === undefined || node.outputs.length > 1 || taken.has(node)) continue;
    if (others.has(output) || (users.get(output) ?? []).some((user) => !inside.has(user))) continue;
    const places = rowInputs(node, known);
    if (places === undefined || addsConstant(node, places)) continue;
    const before = places.map((i) => rowAxisBefore(node, i, axis));
    const agree = places.every((i, k) => {
      const earlier = axes.get(operand(node, i));
      return before[k] !== undefined && (earlier === undefined || earlier === before[k]);
    });
    if (!agree) continue;
    inside.add(node);
    places.forEach((i, k) => {
      axes.set(operand(node, i), before[k] as number);
    });
  }
  const made = new Set([...inside].flatMap((node) => node.outputs));
  const needed = new Set([...inside].flatMap((node) => node.inputs));
  const border = new Map(
    [...axes].filter(([value]) => !made.has(value) && (needed.has(value) || gradients.includes(value))),
  );
  const nodes = graph.nodes.filter((node) => inside.has(node));
  if (worthwhile(nodes, border.keys())) return { nodes, border };
  return { nodes: [], border: new Map(gradients.filter((v) => !isConstant(v)).map((value) => [value, 0])) };
}

/** The linear ends of the graph of a gradient, for a path at the inputs named in `at`. */
export function linearEnds(graph: Graph, at: readonly string[]): LinearEnds {
  const { nodes: shapes, values: known } = shapeNodes(graph);
  const users = usersOf(graph);
  const prefix = prefixOf(graph, at, known, users);
  const suffix = suffixOf(graph, known, users, new Set(prefix.nodes));
  return { prefix, suffix, shapes };
}
