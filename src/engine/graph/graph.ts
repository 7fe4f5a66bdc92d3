/** The typed intermediate form: values with shapes, nodes in order of execution. Operators are those of ONNX. */

import type { Operator } from "./operators";

/** Types of entries. `int64` occurs only as an argument of operators: shapes, axes, positions. */
export type DataType = "float32" | "int32" | "bool" | "int64";

/** Entries of a constant. Booleans are bytes. */
export type Entries = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** One array that a graph reads or computes. */
export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** The entries of a constant. */
  readonly entries?: Entries;
}

/** A value that is known before the graph runs. */
export interface Constant extends Value {
  readonly entries: Entries;
}

/** Parameter of an operator besides its inputs. Numbers are integers, unless given as `{ float }`. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** One operator; `undefined` stands for an optional input that is left out. */
export interface GraphNode {
  readonly operator: Operator;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** One step of a loop: its ports are in the order of the node's, its constants alone are from elsewhere. */
  readonly body?: Graph;
}

/** A named value that goes in or comes out. */
export interface Port {
  readonly name: string;
  readonly value: Value;
  /** Axes whose extent is free, with the name of that extent. */
  readonly free?: Readonly<Record<number, string>>;
}

/** A whole computation. */
export interface Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly nodes: readonly GraphNode[];
  /** Names of free first extents of values in between: values of the same name have equally many rows. */
  readonly rows?: ReadonlyMap<Value, string>;
}

/** Whether a value is known before the graph runs. */
export function isConstant(value: Value): value is Constant {
  return value.entries !== undefined;
}

/** Entries that were filled with one number, which many look for. Others belong to nets, whose arrays may be written to. */
const filledWith = new WeakMap<Entries, number>();

/** The one number that all entries of a constant have; undefined when they differ. */
export function uniform({ entries }: Value): number | undefined {
  if (entries === undefined || entries.length === 0) return undefined;
  const known = filledWith.get(entries);
  if (known !== undefined) return known;
  const [first] = entries;
  for (const entry of entries) if (entry !== first) return undefined;
  return Number(first);
}

/** Tells that all entries are one number, and stay so. */
export function markUniform(entries: Entries, number: number): void {
  filledWith.set(entries, number);
}

/** The same graph with the steps of its loops rewritten. */
export function mapBodies(graph: Graph, rewrite: (body: Graph) => Graph): Graph {
  if (!graph.nodes.some(({ body }) => body)) return graph;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => (node.body ? { ...node, body: rewrite(node.body) } : node)),
  };
}

/** How often a node is done: the steps of a loop, else once. */
export function stepsOf({ body, inputs, attributes }: GraphNode): number {
  if (body === undefined) return 1;
  const axes = attributes["scan_input_axes"] as readonly number[];
  return (inputs[inputs.length - 1] as Value).shape[axes[axes.length - 1]];
}

/** The same nodes with other values in place of some; nothing else changes. */
export function replaceValues(graph: Graph, replaced: ReadonlyMap<Value, Value>): Graph {
  if (replaced.size === 0) return graph;
  const follow = (value: Value): Value => {
    let current = value;
    for (let next = replaced.get(current); next; next = replaced.get(current)) current = next;
    return current;
  };
  return {
    ...graph,
    outputs: graph.outputs.map((port) => ({ ...port, value: follow(port.value) })),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => value && follow(value)),
    })),
  };
}
