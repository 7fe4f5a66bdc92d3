import { expect, it } from "vitest";
import { fuseMatMulAdd } from "../../../../src/engine/graph/passes/fuse-matmul-add";
import { graphOfRows, operators, ROWS, unchangedBy } from "../rewriting";
import { weights } from "../run-graph";

it("adds a bias, and one product to another", async () => {
  const graph = graphOfRows([[4], [2]], (b, x, h) => {
    const fromInput = b.add("MatMul", [x, weights(1, [4, 5])], [ROWS, 5]);
    const biased = b.add("Add", [weights(3, [5]), fromInput], [ROWS, 5]);
    const fromState = b.add("MatMul", [h, weights(2, [2, 5])], [ROWS, 5]);
    return [b.add("Add", [biased, fromState], [ROWS, 5])];
  });
  expect(operators(await unchangedBy(fuseMatMulAdd, graph, 1e-6))).toEqual(["Gemm", "Gemm"]);
});

it("leaves products that others read, more than two axes, and what is spread over rows or columns", async () => {
  const graph = graphOfRows([[4], [2, 4], [1]], (b, x, deep, column) => {
    const read = b.add("MatMul", [x, weights(1, [4, 5])], [ROWS, 5]);
    const stacked = b.add("MatMul", [deep, weights(2, [4, 5])], [ROWS, 2, 5]);
    const narrow = b.add("MatMul", [x, weights(3, [4, 1])], [ROWS, 1]);
    const other = b.add("MatMul", [x, weights(4, [4, 5])], [ROWS, 5]);
    return [
      read,
      b.add("Add", [read, weights(5, [5])], [ROWS, 5]),
      b.add("Add", [stacked, weights(6, [5])], [ROWS, 2, 5]),
      b.add("Add", [narrow, x], [ROWS, 4]),
      b.add("Add", [other, column], [ROWS, 5]),
    ];
  });
  expect(await unchangedBy(fuseMatMulAdd, graph)).toEqual(graph);
});
