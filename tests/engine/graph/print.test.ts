import { describe, expect, it } from "vitest";
import { GraphBuilder, integers, makeConstant, makeValue } from "../../../src/engine/graph/builder";
import type { Graph } from "../../../src/engine/graph/graph";
import { print } from "../../../src/engine/graph/print";
import { verify } from "../../../src/engine/graph/verify";

/** relu(x · w), transposed, with rows left free. */
function small(): Graph {
  const builder = new GraphBuilder();
  const x = makeValue([3, 2], "float32");
  const weights = makeConstant([1, -0, 0.5, 2, 3, 4, 5, 6, 7, 8], [2, 5], "float32");
  const product = builder.add("MatMul", [x, weights], [3, 5]);
  const positive = builder.add("Clip", [product, builder.scalar(-0), undefined], [3, 5]);
  const turned = builder.add("Transpose", [positive], [5, 3], "float32", { perm: [1, 0] });
  const y = builder.add("Reshape", [turned, integers([-1])], [15]);
  return {
    inputs: [{ name: "x", value: x, free: { 0: "rows" } }],
    outputs: [{ name: "y", value: y }],
    nodes: builder.nodes,
  };
}

describe("print", () => {
  it("writes ports, nodes in order, constants and attributes", () => {
    expect(print(small()).replace(/#\w+/, "#…")).toBe(
      [
        "graph(x: float32[rows, 2])",
        "  %0: float32[3, 5] = MatMul(x, float32[2, 5]{#…})",
        "  %1: float32[3, 5] = Clip(%0, -0, –)",
        "  %2: float32[5, 3] = Transpose(%1) {perm: [1, 0]}",
        "  %3: float32[15] = Reshape(%2, int64[1]{-1})",
        "return y = %3",
        "",
      ].join("\n"),
    );
  });

  it("writes equal graphs alike, and tells others apart", () => {
    expect(print(small())).toBe(print(small()));
    const { nodes, ...ports } = small();
    const [product, ...rest] = nodes as [Graph["nodes"][0], ...Graph["nodes"]];
    const weights = makeConstant([1, 0, 0.5, 2, 3, 4, 5, 6, 7, 8], [2, 5], "float32");
    const other = { ...product, inputs: [product.inputs[0], weights] };
    expect(print({ ...ports, nodes: [other, ...rest] })).not.toBe(print(small()));
  });
});

describe("verify", () => {
  const changed = (change: (nodes: Graph["nodes"]) => Graph["nodes"]): Graph => {
    const graph = small();
    return { ...graph, nodes: change(graph.nodes) };
  };

  it("lets a graph be", () => {
    expect(() => verify(small())).not.toThrow();
  });

  it.each<[string, Graph, RegExp]>([
    [
      "another order",
      changed((nodes) => [...nodes].reverse()),
      /values that are known at node 0 \(Reshape\)/,
    ],
    [
      "a value that is computed twice",
      changed((nodes) => nodes.flatMap((node) => [node, node])),
      /computed once at node 1 \(MatMul\)/,
    ],
    ["an output that nothing computes", changed((nodes) => nodes.slice(0, -1)), /known at output y/],
    [
      "an extent that no array has",
      changed((nodes) =>
        nodes.map((node) => ({ ...node, outputs: node.outputs.map((v) => ({ ...v, shape: [1.5] })) })),
      ),
      /whole numbers at node 0 \(MatMul\), got \[1.5\]/,
    ],
    [
      "a constant of another size",
      changed((nodes) =>
        nodes.map((node) => ({
          ...node,
          inputs: node.inputs.map((value) =>
            value?.entries?.length === 10 ? { ...value, shape: [2, 6] } : value,
          ),
        })),
      ),
      /expected 12 entries of shape \[2, 6\] at node 0 \(MatMul\), got 10/,
    ],
    [
      "ports of one name",
      { ...small(), inputs: [...small().inputs, ...small().inputs] },
      /names of their own at the inputs, got x twice/,
    ],
  ])("refuses %s", (_, graph, message) => {
    expect(() => verify(graph)).toThrow(message);
  });
});
