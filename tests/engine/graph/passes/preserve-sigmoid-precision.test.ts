import { describe, expect, it } from "vitest";
import { GraphBuilder, makeConstant, makeValue } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { preserveSigmoidPrecision } from "../../../../src/engine/graph/passes/preserve-sigmoid-precision";

const SHAPE = [3, 4];

/** A sigmoid and what reads it. */
function read(by: (b: GraphBuilder, sigma: Value, x: Value, y: Value) => Value): Graph {
  const b = new GraphBuilder();
  const [x, y] = [makeValue(SHAPE, "float32"), makeValue(SHAPE, "float32")];
  const value = by(b, b.add("Sigmoid", [x], SHAPE), x, y);
  return {
    inputs: [
      { name: "x", value: x },
      { name: "y", value: y },
    ],
    outputs: [{ name: "z", value }],
    nodes: b.nodes,
  };
}

const isKept = (graph: Graph): boolean =>
  preserveSigmoidPrecision(graph).nodes.some(({ operator }) => operator === "Sigmoid");

describe("a sigmoid is written exactly", () => {
  it.each([
    ["an output", read((_, sigma) => sigma)],
    ["a product with a constant", read((b, sigma) => b.add("Mul", [sigma, b.scalar(8103)], SHAPE))],
    [
      "a product of matrices",
      read((b, sigma) =>
        b.add("MatMul", [sigma, makeConstant(new Float32Array(8), [4, 2], "float32")], [3, 2]),
      ),
    ],
    [
      "the slope of another",
      read((b, sigma, x, y) =>
        b.add(
          "Mul",
          [b.add("Mul", [sigma, b.add("Sigmoid", [b.add("Neg", [x], SHAPE)], SHAPE)], SHAPE), y],
          SHAPE,
        ),
      ),
    ],
  ])("as %s", (_, graph) => expect(isKept(graph)).toBe(false));
});

describe("a sigmoid stays one operator", () => {
  it.each([
    ["as a gate", read((b, sigma, _, y) => b.add("Mul", [sigma, y], SHAPE))],
    [
      "before a state of zeros",
      read((b, sigma) => b.add("Mul", [sigma, makeConstant(new Float32Array(12), SHAPE, "float32")], SHAPE)),
    ],
    [
      "as what a gate withholds",
      read((b, sigma, _, y) => b.add("Mul", [b.add("Sub", [b.scalar(1), sigma], SHAPE), y], SHAPE)),
    ],
  ])("%s", (_, graph) => expect(isKept(graph)).toBe(true));
});
