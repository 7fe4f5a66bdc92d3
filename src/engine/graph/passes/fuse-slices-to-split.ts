/** Takes a value apart at once, where several stretches of an axis are read each by itself, such as the gates of a cell. */

import { freeAxes } from "../analysis/free-axes";
import { integers, makeValue } from "../builder";
import type { Graph, GraphNode, Value } from "../graph";
import { operand } from "../operands";
import { type Cut, cutOf } from "./eliminate-concat-slice";

interface Taken {
  readonly node: GraphNode;
  readonly cut: Cut;
}

/** The same graph with stretches that lie side by side and cover most of an axis as outputs of one operator. */
export function fuseSlicesToSplit(graph: Graph): Graph {
  const free = freeAxes(graph);
  const groups = new Map<Value, Map<number, Taken[]>>();
  for (const node of graph.nodes) {
    const cut = cutOf(node);
    const x = operand(node, 0);
    if (cut === undefined || free.has(x, cut.axis)) continue;
    const ofValue = groups.get(x) ?? new Map<number, Taken[]>();
    groups.set(x, ofValue);
    const alongAxis = ofValue.get(cut.axis) ?? [];
    ofValue.set(cut.axis, alongAxis);
    alongAxis.push({ node, cut });
  }
  const splits = new Map<GraphNode, GraphNode | undefined>();
  for (const [x, ofValue] of groups) {
    for (const [axis, taken] of ofValue) {
      const split = splitOf(x, axis, taken);
      if (split === undefined) continue;
      // The first of them in the order of the graph becomes the operator.
      taken.forEach(({ node }, i) => {
        splits.set(node, i === 0 ? split : undefined);
      });
    }
  }
  return {
    ...graph,
    nodes: graph.nodes.flatMap((node): GraphNode[] => {
      if (!splits.has(node)) return [node];
      const split = splits.get(node);
      return split === undefined ? [] : [split];
    }),
  };
}

/** Undefined where stretches overlap, are few, or leave more of the axis unread than they read. */
function splitOf(x: Value, axis: number, taken: readonly Taken[]): GraphNode | undefined {
  const extent = x.shape[axis];
  const read = taken.reduce((sum, { cut }) => sum + cut.to - cut.from, 0);
  if (taken.length < 2 || 2 * read < extent) return undefined;
  const lengths: number[] = [];
  const outputs: Value[] = [];
  let start = 0;
  const unread = (to: number): void => {
    if (to === start) return;
    lengths.push(to - start);
    outputs.push(
      makeValue(
        x.shape.map((n, i) => (i === axis ? to - start : n)),
        x.dtype,
      ),
    );
  };
  for (const { node, cut } of [...taken].sort((a, b) => a.cut.from - b.cut.from)) {
    if (cut.from < start) return undefined;
    unread(cut.from);
    lengths.push(cut.to - cut.from);
    outputs.push(node.outputs[0]);
    start = cut.to;
  }
  unread(extent);
  return { operator: "Split", inputs: [x, integers(lengths)], outputs, attributes: { axis } };
}
