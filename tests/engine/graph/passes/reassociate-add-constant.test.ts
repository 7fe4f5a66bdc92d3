import { expect, it } from "vitest";
import { reassociateAddConstant } from "../../../../src/engine/graph/passes/reassociate-add-constant";
import { graphOfRows, ROWS, unchangedBy } from "../rewriting";
import { weights } from "../run-graph";

it("adds a bias to the product that is known first", async () => {
  const bias = weights(3, [5]);
  const graph = graphOfRows([[4], [2]], (b, x, h) => {
    const fromInput = b.add("MatMul", [x, weights(1, [4, 5])], [ROWS, 5]);
    const fromState = b.add("MatMul", [h, weights(2, [2, 5])], [ROWS, 5]);
    return [b.add("Add", [b.add("Add", [fromState, fromInput], [ROWS, 5]), bias], [ROWS, 5])];
  });
  const { nodes } = await unchangedBy(reassociateAddConstant, graph, 1e-6);
  expect(nodes.find(({ inputs }) => inputs.includes(bias))?.inputs[0]).toBe(nodes[0]?.outputs[0]);
});

it("leaves a sum that others read, and a constant with more axes than the sum", async () => {
  const graph = graphOfRows([[4], [2]], (b, x, h) => {
    const sum = (): ReturnType<typeof b.add> =>
      b.add(
        "Add",
        [
          b.add("MatMul", [x, weights(1, [4, 5])], [ROWS, 5]),
          b.add("MatMul", [h, weights(2, [2, 5])], [ROWS, 5]),
        ],
        [ROWS, 5],
      );
    const read = sum();
    return [
      read,
      b.add("Add", [read, weights(3, [5])], [ROWS, 5]),
      b.add("Add", [sum(), weights(4, [2, 1, 5])], [2, ROWS, 5]),
    ];
  });
  expect(await unchangedBy(reassociateAddConstant, graph)).toEqual(graph);
});
