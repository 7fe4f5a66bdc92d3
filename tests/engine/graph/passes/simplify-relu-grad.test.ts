import { describe, expect, it } from "vitest";
import { GraphBuilder, integers, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { simplifyReluGrad } from "../../../../src/engine/graph/passes/simplify-relu-grad";
import { apart, count, normal, runGraph } from "../run-graph";

const SHAPE = [4, 50];

/** A graph of a point x and a slope dy that goes through what `write` adds. */
function graphOf(write: (b: GraphBuilder, x: Value, dy: Value) => readonly Value[]): Graph {
  const b = new GraphBuilder();
  const [x, dy] = [makeValue(SHAPE, "float32"), makeValue(SHAPE, "float32")];
  const outputs = write(b, x, dy).map((value, i) => ({ name: `y${i}`, value }));
  return {
    inputs: [
      { name: "x", value: x },
      { name: "dy", value: dy },
    ],
    outputs,
    nodes: b.nodes,
  };
}

const relu = (b: GraphBuilder, x: Value): Value => b.add("Relu", [x], SHAPE);

const step = (b: GraphBuilder, x: Value): Value =>
  b.cast(b.add("Greater", [x, b.scalar(0)], SHAPE, "bool"), "float32");

const product = (b: GraphBuilder, x: Value, y: Value): Value => b.add("Mul", [x, y], SHAPE);

/** As tfjs leads back through a ReLU with a largest value. */
function clippedSlope(b: GraphBuilder, x: Value, dy: Value): readonly Value[] {
  const positive = relu(b, x);
  const clipped = b.add("Clip", [positive, b.scalar(0), b.scalar(1)], SHAPE);
  const low = b.add("GreaterOrEqual", [positive, b.scalar(0)], SHAPE, "bool");
  const high = b.add("LessOrEqual", [positive, b.scalar(1)], SHAPE, "bool");
  const between = b.add("And", [low, high], SHAPE, "bool");
  const zeros = b.add("Expand", [b.scalar(0), integers(SHAPE)], SHAPE);
  const kept = b.add("Where", [between, dy, zeros], SHAPE);
  return [clipped, product(b, kept, step(b, x))];
}

const graphs: Readonly<Record<string, Graph>> = {
  "the slope of ReLU": graphOf((b, x, dy) => [relu(b, x), product(b, dy, step(b, x))]),
  "the slope of a clipped ReLU": graphOf(clippedSlope),
  "a choice of something else than zero": graphOf((b, x, dy) => [
    b.add("Where", [b.add("Greater", [x, b.scalar(0)], SHAPE, "bool"), dy, x], SHAPE),
  ]),
  "another bound than zero": graphOf((b, x, dy) => [
    relu(b, x),
    product(b, dy, b.cast(b.add("Greater", [x, b.scalar(0.5)], SHAPE, "bool"), "float32")),
  ]),
  "a masked slope that is used twice": graphOf((b, x, dy) => {
    const once = product(b, dy, step(b, x));
    return [product(b, once, step(b, dy)), once];
  }),
};

describe.each(Object.entries(graphs))("%s", (_, graph) => {
  it("stays what it is", async () => {
    const x = normal(1, SHAPE);
    // On the kinks as well.
    x.data.set([0, -0, 1, -1]);
    const feeds = { x, dy: normal(2, SHAPE) };
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(simplifyReluGrad(graph), feeds)];
    for (const { name } of graph.outputs)
      expect(apart(found[name] as Float32Array, expected[name] as Float32Array)).toBe(0);
  });
});

describe("what is cheaper", () => {
  it("asks the output of a ReLU, so that its input has no other reader", () => {
    const graph = simplifyReluGrad(graphs["the slope of ReLU"] as Graph);
    const x = graph.inputs[0]?.value;
    expect(graph.nodes.filter(({ inputs }) => inputs.includes(x)).map(({ operator }) => operator)).toEqual([
      "Relu",
    ]);
  });

  it("leaves one product with one mask of a clipped ReLU", () => {
    const graph = eliminateDeadCode(simplifyReluGrad(graphs["the slope of a clipped ReLU"] as Graph));
    const counts = ["Where", "Expand", "GreaterOrEqual", "Mul", "Cast"].map((name) => count(graph, name));
    expect(counts).toEqual([0, 0, 0, 1, 1]);
  });
});
