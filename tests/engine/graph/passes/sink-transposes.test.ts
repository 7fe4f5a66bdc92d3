import { describe, expect, it } from "vitest";
import { GraphBuilder, integers, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { sinkTransposes } from "../../../../src/engine/graph/passes/sink-transposes";
import { apart, count, normal, runGraph, weights } from "../run-graph";

const FIRST = [2, 4, 3, 5];
const LAST = [2, 3, 5, 4];
const TO_LAST = [0, 2, 3, 1];
const TO_FIRST = [0, 3, 1, 2];

function graphOf(write: (b: GraphBuilder, x: Value, y: Value) => readonly Value[]): Graph {
  const b = new GraphBuilder();
  const [x, y] = [makeValue(FIRST, "float32"), makeValue(LAST, "float32")];
  const outputs = write(b, x, y).map((value, i) => ({ name: `y${i}`, value }));
  return {
    inputs: [
      { name: "x", value: x },
      { name: "y", value: y },
    ],
    outputs,
    nodes: b.nodes,
  };
}

const last = (b: GraphBuilder, x: Value): Value => b.transpose(x, TO_LAST);
const first = (b: GraphBuilder, x: Value): Value => b.transpose(x, TO_FIRST);

/** Graphs, and how many transpositions are left of each. */
const graphs: Readonly<Record<string, readonly [Graph, number]>> = {
  "there and back": [graphOf((b, x) => [b.add("Neg", [first(b, last(b, x))], FIRST)]), 0],
  "operations between": [
    graphOf((b, x) => {
      const scaled = b.add("Mul", [last(b, x), weights(1, [4])], LAST);
      const shifted = b.add("Add", [scaled, weights(2, [5, 1])], LAST);
      return [first(b, b.add("Relu", [b.add("Sub", [shifted, b.scalar(0.1)], LAST)], LAST))];
    }),
    0,
  ],
  "one that is read in both orders": [
    graphOf((b, x) => {
      const bent = b.add("Relu", [last(b, x)], LAST);
      return [first(b, bent), bent];
    }),
    1,
  ],
  "an operand in the other order": [graphOf((b, x, y) => [first(b, b.add("Add", [last(b, x), y], LAST))]), 1],
  "padding, joining, cutting and sums": [
    graphOf((b, x) => {
      const around = b.pad(last(b, x), [0, 1, 0, 0], [0, 0, 2, 0], 0.5);
      const twice = b.add("Concat", [around, around], [2, 4, 14, 4], "float32", { axis: 2 });
      const cut = b.slice(twice, [0, 1, 2, 0], [2, 3, 9, 4]);
      const sum = b.add("ReduceSum", [cut, integers([1, -2])], [2, 4], "float32", { keepdims: 0 });
      const mean = b.add("ReduceMean", [cut, integers([3])], [2, 3, 9, 1], "float32", { keepdims: 1 });
      return [sum, b.add("Mul", [cut, mean], [2, 3, 9, 4])];
    }),
    1,
  ],
  "a sum that leaves axes in another order": [
    graphOf((b, x) => [
      b.add("ReduceSum", [last(b, x), integers([1])], [2, 5, 4], "float32", { keepdims: 0 }),
    ]),
    1,
  ],
  "a reader that cannot be moved": [
    graphOf((b, x) => [b.add("Softmax", [b.add("Relu", [last(b, x)], LAST)], LAST, "float32", { axis: -1 })]),
    1,
  ],
};

describe.each(Object.entries(graphs))("%s", (_, [graph, left]) => {
  it("stays what it is, with fewer transpositions", async () => {
    const later = eliminateDeadCode(sinkTransposes(graph));
    expect(count(later, "Transpose")).toBe(left);
    const feeds = { x: normal(1, FIRST), y: normal(2, LAST) };
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(later, feeds)];
    for (const { name } of graph.outputs)
      expect(apart(found[name] as Float32Array, expected[name] as Float32Array)).toBeLessThan(1e-6);
  });
});
