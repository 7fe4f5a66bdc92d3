import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Attribute, Graph, Value } from "../../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { foldMulIntoConv } from "../../../../src/engine/graph/passes/fold-mul-into-conv";
import { apart, count, normal, runGraph, weights } from "../run-graph";

const SHAPE = [2, 5, 5, 4];

function graphOf(write: (b: GraphBuilder, x: Value) => readonly Value[]): Graph {
  const b = new GraphBuilder();
  const x = makeValue(SHAPE, "float32");
  const outputs = write(b, x).map((value, i) => ({ name: `y${i}`, value }));
  return { inputs: [{ name: "x", value: x }], outputs, nodes: b.nodes };
}

const first = (b: GraphBuilder, x: Value): Value => b.transpose(x, [0, 3, 1, 2]);

/** A convolution without padding, 3×3 to 3×3. */
function convolved(
  b: GraphBuilder,
  x: Value,
  filters: readonly number[],
  operator: "Conv" | "ConvTranspose" = "Conv",
  attributes: Readonly<Record<string, Attribute>> = {},
): Value {
  const groups = (attributes["group"] as number | undefined) ?? 1;
  const transposed = operator === "ConvTranspose";
  const outputs = transposed ? (filters[1] as number) * groups : (filters[0] as number);
  const side = transposed ? 7 : 3;
  return b.add(operator, [x, weights(1, filters)], [2, outputs, side, side], "float32", {
    kernel_shape: [3, 3],
    ...attributes,
  });
}

const folded: Readonly<Record<string, Graph>> = {
  "behind a change of axes": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, weights(2, [4])], SHAPE)), [3, 4, 3, 3]),
  ]),
  "with the factor on the left": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [weights(2, [1, 1, 1, 4]), x], SHAPE)), [3, 4, 3, 3]),
  ]),
  directly: graphOf((b, x) => [
    convolved(b, b.add("Mul", [first(b, x), weights(2, [4, 1, 1])], [2, 4, 5, 5]), [3, 4, 3, 3]),
  ]),
  "by one number": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, b.scalar(0.25)], SHAPE)), [3, 4, 3, 3]),
  ]),
  "by channel": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, weights(2, [4])], SHAPE)), [8, 1, 3, 3], "Conv", { group: 4 }),
  ]),
  "in two groups": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, weights(2, [4])], SHAPE)), [6, 2, 3, 3], "Conv", { group: 2 }),
  ]),
  transposed: graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, weights(2, [4])], SHAPE)), [4, 3, 3, 3], "ConvTranspose"),
  ]),
  "transposed, by channel": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, weights(2, [4])], SHAPE)), [4, 2, 3, 3], "ConvTranspose", {
      group: 4,
    }),
  ]),
};

const kept: Readonly<Record<string, Graph>> = {
  "a product that others read": graphOf((b, x) => {
    const product = b.add("Mul", [x, weights(2, [4])], SHAPE);
    return [convolved(b, first(b, product), [3, 4, 3, 3]), product];
  }),
  "factors of another axis": graphOf((b, x) => [
    convolved(b, first(b, b.add("Mul", [x, weights(2, [5, 1])], SHAPE)), [3, 4, 3, 3]),
  ]),
};

async function unchanged(graph: Graph): Promise<Graph> {
  const rewritten = eliminateDeadCode(foldMulIntoConv(graph));
  const feeds = { x: normal(7, SHAPE) };
  const [expected, found] = [await runGraph(graph, feeds), await runGraph(rewritten, feeds)];
  for (const { name } of graph.outputs)
    expect(apart(found[name] as Float32Array, expected[name] as Float32Array)).toBeLessThanOrEqual(1e-6);
  return rewritten;
}

describe("factors in front of a convolution", () => {
  it.each(Object.entries(folded))("go into its filters: %s", async (_, graph) => {
    expect(count(await unchanged(graph), "Mul")).toBe(0);
  });

  it.each(Object.entries(kept))("stay: %s", async (_, graph) => {
    expect(count(await unchanged(graph), "Mul")).toBe(1);
  });
});
