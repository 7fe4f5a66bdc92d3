import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { simplifyRelu6Grad } from "../../../../src/engine/graph/passes/simplify-relu6-grad";
import { apart, normal, runGraph } from "../run-graph";

const SHAPE = [4, 50];

/** A ReLU with a largest value of 6 and its slope, with or without a plain ReLU in front. */
function graphOf(rectified: boolean): Graph {
  const b = new GraphBuilder();
  const x = makeValue(SHAPE, "float32");
  const from: Value = rectified ? b.add("Relu", [x], SHAPE) : x;
  const y = b.add("Clip", [from, b.scalar(0), b.scalar(6)], SHAPE);
  const positive = b.add("Greater", [from, b.scalar(0)], SHAPE, "bool");
  const small = b.add("LessOrEqual", [from, b.scalar(6)], SHAPE, "bool");
  const slope = b.cast(b.add("And", [positive, small], SHAPE, "bool"), "float32");
  return {
    inputs: [{ name: "x", value: x }],
    outputs: [
      { name: "y", value: y },
      { name: "slope", value: slope },
    ],
    nodes: b.nodes,
  };
}

describe.each([
  ["of a value", false],
  ["of a ReLU", true],
] as const)("slopes of a bounded ReLU %s", (_, rectified) => {
  const graph = graphOf(rectified);
  const x = { ...normal(1, SHAPE), data: normal(1, SHAPE).data.map((v) => 5 * v) };
  // Numbers next to the bounds, on both sides.
  x.data.set([0, -0, 6, 6 + 2 ** -21, 6 - 2 ** -21, 1e-38, -1e-38, 100]);

  it("are the same ones, and values within one rounding step", async () => {
    const [expected, found] = [await runGraph(graph, { x }), await runGraph(simplifyRelu6Grad(graph), { x })];
    expect(found["slope"]).toEqual(expected["slope"]);
    expect(apart(found["y"] as Float32Array, expected["y"] as Float32Array)).toBeLessThanOrEqual(
      2 ** -21 / 6,
    );
  });

  it("are asked of what is clipped, once", () => {
    const once = simplifyRelu6Grad(graph);
    const clip = once.nodes.find(({ operator }) => operator === "Clip");
    const asked = once.nodes.filter(({ operator }) => operator === "Greater" || operator === "LessOrEqual");
    expect(asked.map(({ inputs }) => inputs[0])).toEqual([clip?.outputs[0], clip?.outputs[0]]);
    expect(simplifyRelu6Grad(once)).toEqual(once);
  });
});

it("leaves a bounded ReLU alone whose output is subtracted from another", async () => {
  const b = new GraphBuilder();
  const [x, other] = [makeValue(SHAPE, "float32"), makeValue(SHAPE, "float32")];
  const [y, y0] = [x, other].map((v) => b.add("Clip", [v, b.scalar(0), b.scalar(6)], SHAPE)) as [
    Value,
    Value,
  ];
  const turned = [y, y0].map((v) =>
    b.add("Transpose", [v], [...SHAPE].reverse(), "float32", { perm: [1, 0] }),
  );
  const graph: Graph = {
    inputs: [
      { name: "x", value: x },
      { name: "other", value: other },
    ],
    outputs: [
      { name: "difference", value: b.add("Sub", turned, [...SHAPE].reverse()) },
      { name: "small", value: b.add("LessOrEqual", [x, b.scalar(6)], SHAPE, "bool") },
    ],
    nodes: b.nodes,
  };
  expect(simplifyRelu6Grad(graph)).toEqual(graph);
});
