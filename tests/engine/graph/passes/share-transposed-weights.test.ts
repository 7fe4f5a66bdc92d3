import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import { type Constant, type Graph, isConstant } from "../../../../src/engine/graph/graph";
import { transposedConstant } from "../../../../src/engine/graph/passes/rearranged-constant";
import { shareTransposedWeights } from "../../../../src/engine/graph/passes/share-transposed-weights";
import { apart, normal, runGraph, weights } from "../run-graph";

/** x · W, and back by the second matrix. */
function graphOf(matrix: Constant, back: Constant): Graph {
  const b = new GraphBuilder();
  const x = makeValue([3, 4], "float32");
  const there = b.add("MatMul", [x, matrix], [3, 6]);
  const y = b.add("MatMul", [b.add("Relu", [there], [3, 6]), back], [3, 4]);
  return { inputs: [{ name: "x", value: x }], outputs: [{ name: "y", value: y }], nodes: b.nodes };
}

const constantsOf = (graph: Graph): number =>
  new Set(graph.nodes.flatMap(({ inputs }) => inputs.filter((value) => value && isConstant(value)))).size;

const matrix = weights(1, [4, 6]);
const flat = (value: Constant, shape: number[]): Constant => ({ ...value, shape });

const graphs: Readonly<Record<string, readonly [Graph, number]>> = {
  "the same matrix": [graphOf(matrix, transposedConstant(matrix, [1, 0])), 1],
  "the same matrix, in a batch of one": [
    graphOf(matrix, flat(transposedConstant(flat(matrix, [1, 4, 6]), [0, 2, 1]), [6, 4])),
    1,
  ],
  "another matrix": [graphOf(matrix, transposedConstant(weights(2, [4, 6]), [1, 0])), 2],
  "a matrix that was not transposed": [graphOf(matrix, weights(3, [6, 4])), 2],
};

describe.each(Object.entries(graphs))("there and back by %s", (_, [graph, left]) => {
  it("stays what it is, with one copy of equal weights", async () => {
    const shared = shareTransposedWeights(graph);
    expect(constantsOf(shared)).toBe(left);
    const feeds = { x: normal(4, [3, 4]) };
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(shared, feeds)];
    expect(apart(found["y"] as Float32Array, expected["y"] as Float32Array)).toBeLessThan(1e-6);
  });
});
