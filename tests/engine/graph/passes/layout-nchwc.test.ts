import { describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Port, Value } from "../../../../src/engine/graph/graph";
import { layoutNchwc } from "../../../../src/engine/graph/passes/layout-nchwc";
import { apart, count, normal, runGraph, weights } from "../run-graph";

const SHAPE = [3, 16, 5, 6];

function graphOf(
  write: (b: GraphBuilder, image: Value, other: Value) => readonly Value[],
  shape = SHAPE,
): Graph {
  const b = new GraphBuilder();
  const [x, other] = [makeValue(shape, "float32"), makeValue(shape, "float32")];
  const outputs = write(b, convolved(b, x), other).map((value, i) => ({ name: `y${i}`, value }));
  const free = { 0: "rows" };
  return {
    inputs: [
      { name: "x", value: x, free },
      { name: "other", value: other, free },
    ],
    outputs: outputs.map((port) => ({ ...port, free })),
    nodes: b.nodes,
  };
}

function convolved(b: GraphBuilder, x: Value): Value {
  const channels = x.shape[1] as number;
  return b.add("Conv", [x, weights(1, [channels, channels, 3, 3])], x.shape, "float32", {
    kernel_shape: [3, 3],
    strides: [1, 1],
    dilations: [1, 1],
    pads: [1, 1, 1, 1],
    group: 1,
  });
}

const slope = (b: GraphBuilder, condition: Value): Value => b.cast(condition, "float32");
const positive = (b: GraphBuilder, x: Value): Value => b.add("Greater", [x, b.scalar(0)], x.shape, "bool");
const small = (b: GraphBuilder, x: Value): Value => b.add("LessOrEqual", [x, b.scalar(1.5)], x.shape, "bool");

/** Graphs, and what is left of the operators that do not take blocks. */
const graphs: Readonly<Record<string, readonly [Graph, Readonly<Record<string, number>>]>> = {
  "slopes of ReLU": [
    graphOf((b, x) => {
      const y = b.add("Relu", [x], SHAPE);
      return [convolved(b, b.add("Mul", [y, slope(b, positive(b, y))], SHAPE))];
    }),
    { Greater: 0, Cast: 0 },
  ],
  "slopes between two bounds": [
    graphOf((b, x) => {
      const y = b.add("Clip", [x, b.scalar(0), b.scalar(2)], SHAPE);
      const both = b.add("And", [positive(b, y), small(b, y)], SHAPE, "bool");
      return [convolved(b, b.add("Mul", [y, slope(b, both)], SHAPE))];
    }),
    { Greater: 0, LessOrEqual: 0, And: 0, Cast: 0 },
  ],
  "another condition": [
    graphOf((b, x) => {
      const less = b.add("Greater", [x, b.scalar(0.25)], SHAPE, "bool");
      return [convolved(b, b.add("Mul", [x, slope(b, less)], SHAPE))];
    }),
    { Greater: 1, Cast: 1 },
  ],
  "numbers by channel and for all": [
    graphOf((b, x) => {
      const bent = b.add("Relu", [x], SHAPE);
      const scaled = b.add("Mul", [bent, weights(2, [16, 1, 1])], SHAPE);
      const shifted = b.add("Sub", [weights(3, [1, 16, 1, 1]), scaled], SHAPE);
      const less = b.add("Sub", [shifted, b.scalar(0.5)], SHAPE);
      return [convolved(b, b.add("Neg", [b.add("Add", [less, b.scalar(2)], SHAPE)], SHAPE))];
    }),
    { Mul: 0, Sub: 0, Add: 0, Neg: 0 },
  ],
  "numbers by place": [
    graphOf((b, x) => [convolved(b, b.add("Mul", [b.add("Relu", [x], SHAPE), weights(2, [5, 6])], SHAPE))]),
    { Mul: 1 },
  ],
  "factors and biases behind a convolution": [
    graphOf((b, x) => {
      const scaled = b.add("Mul", [x, weights(2, [16, 1, 1])], SHAPE);
      return [b.add("Relu", [b.add("Add", [scaled, weights(3, [16, 1, 1])], SHAPE)], SHAPE)];
    }),
    { Mul: 1, Add: 1, Conv: 1 },
  ],
  "an image from elsewhere": [
    graphOf((b, x, other) => {
      const together = b.add("Sub", [b.add("Add", [x, other], SHAPE), other], SHAPE);
      return [
        convolved(b, b.add("Mul", [together, other], SHAPE)),
        convolved(b, b.add("Relu", [other], SHAPE)),
      ];
    }),
    { Sub: 0 },
  ],
  "repeated cells": [
    graphOf((b, x) => {
      const wide = [3, 16, 10, 12];
      const scales = { ...makeValue([4], "float32"), entries: new Float32Array([1, 1, 2, 2]) };
      const spread = b.add("Resize", [x, undefined, scales], wide, "float32", {
        mode: "nearest",
        coordinate_transformation_mode: "asymmetric",
        nearest_mode: "floor",
      });
      return [b.add("Mul", [spread, convolved(b, spread)], wide)];
    }),
    { Resize: 1 },
  ],
  "too few channels": [
    graphOf(
      (b, x) => {
        const y = b.add("Relu", [x], x.shape);
        return [b.add("Mul", [y, slope(b, positive(b, y))], x.shape)];
      },
      [3, 6, 5, 6],
    ),
    { Greater: 1, Cast: 1 },
  ],
};

describe.each(Object.entries(graphs))("%s", (_, [graph, left]) => {
  const blocked = layoutNchwc(graph);

  it("leaves what takes blocks", () => {
    const found = Object.fromEntries(
      Object.keys(left).map((operator) => [operator, count(blocked, operator)]),
    );
    expect(found).toEqual(left);
  });

  it.each([1, 3, 4])("stays what it is, with %i rows", async (rows) => {
    const [, ...shape] = (graph.inputs[0] as Port).value.shape;
    const feeds = { x: normal(1, [rows, ...shape]), other: normal(2, [rows, ...shape]) };
    const [expected, found] = [await runGraph(graph, feeds), await runGraph(blocked, feeds)];
    for (const { name } of graph.outputs)
      expect(apart(found[name] as Float32Array, expected[name] as Float32Array)).toBeLessThan(1e-6);
  });
});
