import { expect, it } from "vitest";
import { GraphBuilder, integers, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { flattenMatMul } from "../../../../src/engine/graph/passes/flatten-matmul";
import { apart, count, normal, rowsBy, runGraph, weights } from "../run-graph";

const ROWS = 3;

/** As tfjs multiplies: in three axes, of which the first has extent 1. */
function wide(b: GraphBuilder, x: Value, kernel: Value, columns: number): Value {
  const raised = b.add("Reshape", [x, integers([1, -1, x.shape[1] as number])], [1, ...x.shape]);
  return b.add("MatMul", [raised, kernel], [1, ROWS, columns]);
}

function graphOf(write: (b: GraphBuilder, x: Value) => readonly Value[]): Graph {
  const b = new GraphBuilder();
  const x = makeValue([ROWS, 4], "float32");
  const outputs = write(b, x).map((value, i) => ({ name: `y${i}`, value }));
  return { inputs: [{ name: "x", value: x, free: { 0: "rows" } }], outputs, nodes: b.nodes };
}

async function unchanged(graph: Graph): Promise<Graph> {
  const rewritten = eliminateDeadCode(flattenMatMul(graph));
  for (const rows of [1, 5]) {
    const feeds = { x: normal(7, [rows, 4]) };
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(rewritten, feeds)];
    for (const { name } of graph.outputs)
      expect(apart(found[name] as Float32Array, expected[name] as Float32Array)).toBeLessThanOrEqual(1e-6);
  }
  return rewritten;
}

it("multiplies matrices as such, with no change of shape", async () => {
  const graph = graphOf((b, x) => {
    const first = b.add("Reshape", [wide(b, x, weights(1, [1, 4, 6]), 6), rowsBy(6)], [ROWS, 6]);
    return [b.add("Reshape", [wide(b, first, weights(2, [1, 6, 2]), 2), rowsBy(2)], [ROWS, 2])];
  });
  const rewritten = await unchanged(graph);
  expect(count(rewritten, "MatMul")).toBe(2);
  expect(count(rewritten, "Reshape")).toBe(0);
});

it("keeps the axis for those who use it", async () => {
  const graph = graphOf((b, x) => {
    const product = wide(b, x, weights(1, [1, 4, 6]), 6);
    const sum = b.add("Add", [product, weights(3, [1, 1, 6])], [1, ROWS, 6]);
    return [sum, b.add("Reshape", [product, rowsBy(6)], [ROWS, 6])];
  });
  expect(count(await unchanged(graph), "Reshape")).toBe(1);
});

it("leaves batches of matrices as they are", async () => {
  const graph = graphOf((b, x) => {
    const apiece = b.add("Reshape", [x, integers([-1, 2, 2])], [ROWS, 2, 2]);
    return [b.add("MatMul", [apiece, weights(1, [1, 2, 3])], [ROWS, 2, 3])];
  });
  expect(await unchanged(graph)).toEqual(graph);
});
