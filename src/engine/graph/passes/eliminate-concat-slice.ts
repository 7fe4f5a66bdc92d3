/**
 * Reads a part of joined values where it comes from: layers join the values of all steps, and the next layer, or the way
 * back, takes them apart again.
 */
import { freeAxes } from "../analysis/free-axes";
import { producersOf } from "../analysis/producers";
import { type Graph, type GraphNode, isConstant, replaceValues, type Value } from "../graph";
import { operand, operands } from "../operands";
import { transposition } from "./fuse-reshapes";

/** Entries `from` to `to` of one axis, in steps of 1. */
export interface Cut {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
}

/** Stretch of one axis that a node takes out of a value, when it lies between two known positions. */
export function cutOf(node: GraphNode): Cut | undefined {
  if (node.operator !== "Slice") return undefined;
  const [x, ...places] = node.inputs as readonly [Value, ...(Value | undefined)[]];
  const [from, to, axis, step = 1] = places.map((value) =>
    value && isConstant(value) && value.entries.length === 1 ? Number(value.entries[0]) : undefined,
  );
  if (from === undefined || to === undefined || axis === undefined || step !== 1) return undefined;
  if (places.length > 3 && (places[3] === undefined || !isConstant(places[3]))) return undefined;
  const extent = x.shape[axis];
  return extent !== undefined && from >= 0 && from < to && to <= extent ? { axis, from, to } : undefined;
}

/** The same graph with parts of joined values read before these are joined. */
export function eliminateConcatSlice(graph: Graph): Graph {
  const producers = producersOf(graph);
  const free = freeAxes(graph);
  const replaced = new Map<Value, Value>();

  /** The value that a cut takes out whole. */
  const partOf = (joined: GraphNode | undefined, { axis, from, to }: Cut): Value | undefined => {
    if (joined?.operator !== "Concat" || joined.attributes["axis"] !== axis) return undefined;
    let start = 0;
    for (const part of operands(joined)) {
      if (start > from || free.has(part, axis)) return undefined;
      const end = start + part.shape[axis];
      if (start === from && end === to) return part;
      start = end;
    }
    return undefined;
  };

  const nodes = graph.nodes.flatMap((node): GraphNode[] => {
    const cut = cutOf(node);
    if (cut === undefined) return [node];
    const [y] = node.outputs;
    const producer = producers.get(operand(node, 0));
    const whole = partOf(producer, cut);
    if (whole !== undefined) {
      replaced.set(y, whole);
      return [];
    }
    if (producer?.operator !== "Transpose") return [node];
    const order = producer.attributes["perm"] as readonly number[];
    const inner = producers.get(operand(producer, 0));
    const part = partOf(inner, { ...cut, axis: order[cut.axis] });
    return part === undefined ? [node] : [transposition(part, order, y, free)];
  });
  return replaceValues({ ...graph, nodes }, replaced);
}
