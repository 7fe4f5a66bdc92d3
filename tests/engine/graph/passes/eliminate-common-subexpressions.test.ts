import { expect, it } from "vitest";
import { makeConstant } from "../../../../src/engine/graph/builder";
import { isConstant, type Value } from "../../../../src/engine/graph/graph";
import { eliminateCommonSubexpressions } from "../../../../src/engine/graph/passes/eliminate-common-subexpressions";
import { graphOfRows, ROWS, unchangedBy } from "../rewriting";
import { count, weights } from "../run-graph";

const constantsOf = ({
  nodes,
}: {
  readonly nodes: readonly { readonly inputs: readonly (Value | undefined)[] }[];
}) => new Set(nodes.flatMap(({ inputs }) => inputs.filter((value) => value && isConstant(value))));

it("computes once what is computed several times, also with the same numbers twice", async () => {
  const graph = graphOfRows([[4]], (b, x) => {
    const twice = (): Value => b.add("Mul", [b.add("Tanh", [x], [ROWS, 4]), b.scalar(2)], [ROWS, 4]);
    return [twice(), b.add("Neg", [twice()], [ROWS, 4])];
  });
  const rewritten = await unchangedBy(eliminateCommonSubexpressions, graph);
  expect([count(rewritten, "Tanh"), count(rewritten, "Mul")]).toEqual([1, 1]);
});

it("keeps weights once that several steps multiply by, and apart what only has the same shape", async () => {
  const { entries } = weights(1, [10, 10]);
  const own = (): Value => makeConstant(entries as Float32Array, [10, 10], "float32");
  const graph = graphOfRows([[10]], (b, x) => {
    const first = b.add("MatMul", [x, own()], [ROWS, 10]);
    const second = b.add("MatMul", [first, own()], [ROWS, 10]);
    return [b.add("MatMul", [second, weights(2, [10, 10])], [ROWS, 10])];
  });
  const rewritten = await unchangedBy(eliminateCommonSubexpressions, graph);
  expect(count(rewritten, "MatMul")).toBe(3);
  expect([constantsOf(graph).size, constantsOf(rewritten).size]).toEqual([3, 2]);
});

it("tells 0 from −0, and attributes", async () => {
  const graph = graphOfRows([[4]], (b, x) => {
    const signed = [0, -0].map((zero) => b.add("Mul", [x, b.scalar(zero)], [ROWS, 4]));
    const leaky = [0.1, 0.2].map((alpha) =>
      b.add("LeakyRelu", [x], [ROWS, 4], "float32", { alpha: { float: alpha } }),
    );
    return [...signed.map((y) => b.add("Reciprocal", [y], [ROWS, 4])), ...leaky];
  });
  const rewritten = eliminateCommonSubexpressions(graph);
  expect([count(rewritten, "Mul"), count(rewritten, "LeakyRelu")]).toEqual([2, 2]);
});
