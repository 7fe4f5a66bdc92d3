import { expect, it } from "vitest";
import { type GraphBuilder, integers } from "../../../../src/engine/graph/builder";
import type { Value } from "../../../../src/engine/graph/graph";
import { eliminateConcatSlice } from "../../../../src/engine/graph/passes/eliminate-concat-slice";
import { fuseReshapes } from "../../../../src/engine/graph/passes/fuse-reshapes";
import { graphOfRows, operators, ROWS, unchangedBy } from "../rewriting";
import { rowsBy } from "../run-graph";

function cut(b: GraphBuilder, x: Value, axis: number, from: number, to: number, ...step: number[]): Value {
  const shape = x.shape.map((extent, i) => (i === axis ? to - from : extent));
  return b.add("Slice", [x, ...[[from], [to], [axis], ...(step.length ? [step] : [])].map(integers)], shape);
}

const halves = [[2], [3]];

it("reads a part where it comes from", async () => {
  const graph = graphOfRows(halves, (b, x, y) => {
    const joined = b.add("Concat", [x, y], [ROWS, 5], "float32", { axis: 1 });
    return [
      b.add("Neg", [cut(b, joined, 1, 2, 5)], [ROWS, 3]),
      b.add("Neg", [cut(b, joined, 1, 0, 2)], [ROWS, 2]),
    ];
  });
  expect(operators(await unchangedBy(eliminateConcatSlice, graph))).toEqual(["Neg", "Neg"]);
});

it("hands the steps of one recurrent layer to the next", async () => {
  const graph = graphOfRows([[4], [4]], (b, x, y) => {
    const steps = [x, y].map((step) => b.add("Reshape", [step, rowsBy(1, 4)], [ROWS, 1, 4]));
    const joined = b.add("Concat", steps, [ROWS, 2, 4], "float32", { axis: 1 });
    const byTime = b.add("Transpose", [joined], [2, ROWS, 4], "float32", { perm: [1, 0, 2] });
    return [0, 1].map((time) => {
      const step = b.add("Reshape", [cut(b, byTime, 0, time, time + 1), rowsBy(4)], [ROWS, 4]);
      return b.add("Neg", [step], [ROWS, 4]);
    });
  });
  const rewrite = (g: typeof graph) => fuseReshapes(eliminateConcatSlice(g));
  expect(operators(await unchangedBy(rewrite, graph))).toEqual(["Neg", "Neg"]);
});

it("transposes the part where that moves entries", async () => {
  const graph = graphOfRows(halves, (b, x, y) => {
    const joined = b.add("Concat", [x, y], [ROWS, 5], "float32", { axis: 1 });
    const turned = b.add("Transpose", [joined], [5, ROWS], "float32", { perm: [1, 0] });
    return [cut(b, turned, 0, 0, 2)];
  });
  expect(operators(await unchangedBy(eliminateConcatSlice, graph))).toEqual(["Transpose"]);
});

it("leaves a stretch of two parts, a stretch backwards, and parts whose extents are free", async () => {
  const graph = graphOfRows(halves, (b, x, y) => {
    const joined = b.add("Concat", [x, y], [ROWS, 5], "float32", { axis: 1 });
    const below = b.add("Concat", [x, x], [2 * ROWS, 2], "float32", { axis: 0 });
    const backwards = [[4], [1], [1], [-1]].map(integers);
    return [
      cut(b, joined, 1, 1, 3),
      cut(b, joined, 1, 2, 5, 2),
      b.add("Slice", [joined, ...backwards], [ROWS, 3]),
      cut(b, below, 0, 0, 1),
    ];
  });
  expect(operators(await unchangedBy(eliminateConcatSlice, graph))).toEqual(operators(graph));
});
