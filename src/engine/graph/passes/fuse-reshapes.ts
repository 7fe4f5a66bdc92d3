/** Joins a change of shape with the one before it; recurrent layers put an axis of extent 1 in and take it out again. */

import { type FreeAxes, freeAxes } from "../analysis/free-axes";
import { integers, same } from "../builder";
import { type Graph, type GraphNode, isConstant, replaceValues, type Value } from "../graph";
import { operand, operands } from "../operands";

/** The same graph with each chain of changes of shape as one, or none where the shape is the first one again. */
export function fuseReshapes(graph: Graph): Graph {
  const free = freeAxes(graph);
  const replaced = new Map<Value, Value>();
  /** Sources of the entries of reshaped values. */
  const sources = new Map<Value, Value>();
  const nodes = graph.nodes.flatMap((original): GraphNode[] => {
    const node = original.operator === "Transpose" ? shapeAlone(original, free) : original;
    if (node.operator !== "Reshape") return [node];
    const [input, target] = operands(node);
    const [output] = node.outputs;
    if (!isConstant(target)) return [node];
    const extents = Array.from(target.entries as BigInt64Array, Number);
    // A zero would stand for an extent of what is reshaped.
    if (extents.includes(0)) return [node];
    const known = replaced.get(input) ?? input;
    const source = sources.get(known) ?? known;
    // All other extents are numbers and the same, and so the one that is left open is so as well.
    const unchanged =
      same(source.shape, output.shape) &&
      extents.every((extent, axis) => extent === -1 || !free.has(source, axis));
    if (unchanged) {
      replaced.set(output, source);
      return [];
    }
    sources.set(output, source);
    return [{ ...node, inputs: [source, target] }];
  });
  return replaceValues({ ...graph, nodes }, replaced);
}

function shapeAlone(node: GraphNode, free: FreeAxes): GraphNode {
  const order = node.attributes["perm"] as readonly number[];
  return transposition(operand(node, 0), order, node.outputs[0], free);
}

/** A transposition; a change of shape where it moves axes of extent 1 alone, which leaves the entries where they are. */
export function transposition(
  value: Value,
  order: readonly number[],
  output: Value,
  free: FreeAxes,
): GraphNode {
  const open = (axis: number): boolean => free.has(value, axis);
  const moved = order.filter((axis) => value.shape[axis] !== 1 || open(axis));
  const inOrder = moved.every((axis, i) => i === 0 || moved[i - 1] < axis);
  if (!inOrder || free.count(value) > 1)
    return { operator: "Transpose", inputs: [value], outputs: [output], attributes: { perm: order } };
  const target = order.map((axis) => (open(axis) ? -1 : value.shape[axis]));
  return { operator: "Reshape", inputs: [value, integers(target)], outputs: [output], attributes: {} };
}
