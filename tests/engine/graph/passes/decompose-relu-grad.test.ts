import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { decomposeReluGrad } from "../../../../src/engine/graph/passes/decompose-relu-grad";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { apart, count, normal, runGraph } from "../run-graph";

const SHAPE = [4, 50];

/** A graph of a point x and of dy that is led back through what `write` adds. */
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

const clip = (b: GraphBuilder, x: Value, low: number, high: number): Value =>
  b.add("Clip", [x, b.scalar(low), b.scalar(high)], SHAPE);

const reluGrad = (b: GraphBuilder, x: Value, dy: Value, most?: number): Value =>
  b.add("ReluGrad", [x, dy, ...(most === undefined ? [] : [b.scalar(most)])], SHAPE);

const clipGrad = (b: GraphBuilder, x: Value, dy: Value, low: number, high: number): Value =>
  b.add("ClipGrad", [x, dy, b.scalar(low), b.scalar(high)], SHAPE);

/** As tfjs leads back through a ReLU and a clipping of what it gives. */
function clippedRelu(b: GraphBuilder, x: Value, dy: Value, low: number, high: number): readonly Value[] {
  const positive = relu(b, x);
  return [reluGrad(b, x, clipGrad(b, positive, dy, low, high)), clip(b, positive, low, high)];
}

/** Numbers at the kinks and next to them, on both sides, and others. */
function points(): Float32Array {
  const { data } = normal(1, SHAPE);
  const x = data.map((v) => 5 * v);
  x.set([0, -0, 1, -1, 6, 6 + 2 ** -21, 6 - 2 ** -21, 1e-38, -1e-38, 100, 0.5, -100]);
  return x;
}

const cases: Readonly<Record<string, [Graph, (x: number, dy: number) => number]>> = {
  "the gradient of ReLU": [
    graphOf((b, x, dy) => [reluGrad(b, x, dy), relu(b, x)]),
    (x, dy) => (x > 0 ? dy : 0),
  ],
  "the gradient of a ReLU that nobody reads": [
    graphOf((b, x, dy) => [reluGrad(b, x, dy)]),
    (x, dy) => (x > 0 ? dy : 0),
  ],
  "the gradient of a ReLU with a largest value": [
    graphOf((b, x, dy) => [reluGrad(b, x, dy, 6), clip(b, x, 0, 6)]),
    (x, dy) => (x > 0 && x <= 6 ? dy : 0),
  ],
  "the gradient of a ReLU and a largest value": [
    graphOf((b, x, dy) => clippedRelu(b, x, dy, 0, 6)),
    (x, dy) => (x > 0 && x <= 6 ? dy : 0),
  ],
  "the gradient of a ReLU, clipped at a smallest value": [
    graphOf((b, x, dy) => clippedRelu(b, x, dy, 0.5, 6)),
    (x, dy) => (x >= 0.5 && x <= 6 ? dy : 0),
  ],
  "the gradient of clipping": [
    graphOf((b, x, dy) => [clipGrad(b, x, dy, -1, 1), clip(b, x, -1, 1)]),
    (x, dy) => (x >= -1 && x <= 1 ? dy : 0),
  ],
  "the gradient of clipping at zero": [
    graphOf((b, x, dy) => [clipGrad(b, x, dy, 0, 6), clip(b, x, 0, 6)]),
    (x, dy) => (x >= 0 && x <= 6 ? dy : 0),
  ],
  "the gradient of a clipped ReLU that is read twice": [
    graphOf((b, x, dy) => {
      const positive = relu(b, x);
      const once = clipGrad(b, positive, dy, 0, 6);
      return [reluGrad(b, x, once), once, clip(b, positive, 0, 6)];
    }),
    (x, dy) => (x > 0 && x <= 6 ? dy : 0),
  ],
};

describe.each(Object.entries(cases))("%s", (_, [graph, expected]) => {
  it("is what it is by definition", async () => {
    const [x, dy] = [points(), normal(2, SHAPE).data];
    const feeds = { x: { data: x, shape: SHAPE }, dy: { data: dy, shape: SHAPE } };
    const { y0 } = await runGraph(decomposeReluGrad(graph), feeds);
    expect(
      apart(
        y0 as Float32Array,
        x.map((v, i) => expected(v, dy[i] as number)),
      ),
    ).toBe(0);
  });
});

const graphNamed = (name: string): Graph => (cases[name] as [Graph, unknown])[0];

describe("what is cheaper", () => {
  it("asks the output of a ReLU, so that its input has no other reader", () => {
    const graph = decomposeReluGrad(graphNamed("the gradient of ReLU"));
    const x = graph.inputs[0]?.value;
    expect(graph.nodes.filter(({ inputs }) => inputs.includes(x)).map(({ operator }) => operator)).toEqual([
      "Relu",
    ]);
  });

  it("leaves one product with one mask of a ReLU and a largest value", () => {
    const graph = eliminateDeadCode(
      decomposeReluGrad(graphNamed("the gradient of a ReLU and a largest value")),
    );
    const counts = ["GreaterOrEqual", "Relu", "Clip", "Mul", "Cast"].map((name) => count(graph, name));
    expect(counts).toEqual([0, 0, 1, 1, 1]);
  });
});

describe.each([
  ["of a value", "the gradient of a ReLU with a largest value"],
  ["of a ReLU", "the gradient of a ReLU and a largest value"],
])("bounds of a ReLU %s", (_, name) => {
  const graph = graphNamed(name);

  it("move values by one rounding step at most", async () => {
    const feeds = { x: { data: points(), shape: SHAPE }, dy: normal(2, SHAPE) };
    const { y1 } = await runGraph(decomposeReluGrad(graph), feeds);
    const expected = points().map((v) => Math.min(Math.max(v, 0), 6));
    expect(apart(y1 as Float32Array, expected)).toBeLessThanOrEqual(2 ** -21 / 6);
  });

  it("are asked of what is clipped, once", () => {
    const once = eliminateDeadCode(decomposeReluGrad(graph));
    const clipped = once.nodes.find(({ operator }) => operator === "Clip")?.outputs[0];
    const asked = once.nodes.filter(({ operator }) => operator === "Greater" || operator === "LessOrEqual");
    expect(asked.map(({ inputs }) => inputs[0])).toEqual([clipped, clipped]);
    expect(decomposeReluGrad(once)).toEqual(once);
  });
});

it("leaves a bounded ReLU alone whose output is subtracted from another", async () => {
  const turned = [...SHAPE].reverse();
  const graph = graphOf((b, x, other) => {
    const [y, y0] = [x, other].map((v) =>
      b.add("Transpose", [clip(b, v, 0, 6)], turned, "float32", { perm: [1, 0] }),
    );
    return [b.add("Sub", [y, y0], turned), reluGrad(b, x, other, 6)];
  });
  const clips = (of: Graph): unknown[] => of.nodes.filter(({ operator }) => operator === "Clip");
  expect(clips(decomposeReluGrad(graph))).toEqual(clips(graph));
});
