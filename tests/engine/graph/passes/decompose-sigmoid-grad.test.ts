import { expect, it } from "vitest";
import type { GraphBuilder } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { decomposeSigmoidGrad } from "../../../../src/engine/graph/passes/decompose-sigmoid-grad";
import { decomposeTanhGrad } from "../../../../src/engine/graph/passes/decompose-tanh-grad";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { preserveSigmoidPrecision } from "../../../../src/engine/graph/passes/preserve-sigmoid-precision";
import { graphOfRows, operators, ROWS, STEPS, unrolledGraphOfRows } from "../rewriting";
import { apart, count, normal, runGraph } from "../run-graph";

const SHAPE = [ROWS, 6];

const product = (b: GraphBuilder, x: Value, y: Value): Value => b.add("Mul", [x, y], SHAPE);

const sigmoid = (b: GraphBuilder, a: Value): Value => b.add("Sigmoid", [a], SHAPE);

const gradient = (b: GraphBuilder, a: Value, dy: Value): Value => b.add("SigmoidGrad", [a, dy], SHAPE);

const decomposed = (graph: Graph): Graph => eliminateDeadCode(decomposeSigmoidGrad(decomposeTanhGrad(graph)));

const feedsOf = (graph: Graph): Record<string, ReturnType<typeof normal>> =>
  Object.fromEntries(graph.inputs.map(({ name }, i) => [name, normal(i + 1, SHAPE)]));

const σ = (x: number): number => 1 / (1 + Math.exp(-x));

/** y = σ(a) tanh(c), and dy led back to a and to c. */
const gates = (b: GraphBuilder, ...[a, c, dy]: Value[]): Value[] => {
  const open = sigmoid(b, a as Value);
  const t = b.add("Tanh", [c as Value], SHAPE);
  return [
    product(b, open, t),
    gradient(b, a as Value, product(b, dy as Value, t)),
    b.add("TanhGrad", [c as Value, product(b, dy as Value, open)], SHAPE),
  ];
};
const gated = unrolledGraphOfRows([[6], [6], [6]], gates);

it("needs no second sigmoid behind a gate, and few products", async () => {
  const written = decomposed(gated);
  const counts = ["Sigmoid", "Neg", "Exp", "Mul", "Sub"].map((name) => count(written, name));
  expect(counts).toEqual([1, 0, 0, 5, 2]);
  const feeds = feedsOf(gated);
  const found = await runGraph(written, feeds);
  const [a, c, dy] = ["x0", "x1", "x2"].map((name) => Array.from(feeds[name]?.data as Float32Array));
  const led = (of: (a: number, c: number) => number): number[] =>
    (dy as number[]).map((v, i) => v * of(a?.[i] as number, c?.[i] as number));
  const atGate = led((x, z) => Math.tanh(z) * σ(x) * σ(-x));
  const atTangent = led((x, z) => σ(x) / Math.cosh(z) ** 2);
  expect(apart(found["y1"] as Float32Array, atGate)).toBeLessThan(1e-6);
  expect(apart(found["y2"] as Float32Array, atTangent)).toBeLessThan(1e-6);
});

it("is written with all digits at gates that are not those of a recurrent layer", async () => {
  const graph = graphOfRows([[6], [6], [6]], gates);
  const written = decomposed(graph);
  expect([count(written, "Sigmoid"), count(written, "Neg"), count(written, "Exp")]).toEqual([2, 2, 1]);
});

it("is right to roundings of 1 for gates that are all but open or shut", async () => {
  const places = Float32Array.of(-12, -8, -3, 3, 8, 12);
  const feeds = Object.fromEntries(
    [places, places.map((x) => x / 2), new Float32Array(6).fill(1)].map((data, i) => [
      `x${i}`,
      { data, shape: [1, 6] },
    ]),
  );
  const found = await runGraph(decomposed(gated), feeds);
  places.forEach((a, i) => {
    const [open, t] = [σ(a), Math.tanh(a / 2)];
    expect(Math.abs((found["y1"]?.[i] as number) - open * t * (1 - open))).toBeLessThan(3e-7);
    expect(Math.abs((found["y2"]?.[i] as number) - open * (1 - t * t))).toBeLessThan(6e-7);
  });
});

it("has all digits where the sigmoid itself is explained, at any place", async () => {
  const graph = unrolledGraphOfRows([[6], [6]], (b, a, mask) => [
    product(b, sigmoid(b, a as Value), mask as Value),
    gradient(b, a as Value, mask as Value),
  ]);
  const places = [0.1, 1, 8, 20, 40, 80].flatMap((x) => [-x, x]);
  const found = await runGraph(preserveSigmoidPrecision(decomposed(graph)), {
    x0: { data: Float32Array.from(places), shape: [2, 6] },
    x1: { data: new Float32Array(12).fill(1), shape: [2, 6] },
  });
  places.forEach((x, i) => {
    const right = σ(Math.fround(x)) * σ(-Math.fround(x));
    expect(Math.abs((found["y1"]?.[i] as number) - right)).toBeLessThanOrEqual(1e-6 * right);
  });
});

it("keeps the digits next to other products: of another gate, of a gate by an input", () => {
  const graph = unrolledGraphOfRows([[6], [6], [6]], (b, ...[a, c, dy]) => {
    const other = b.add("Tanh", [c as Value], SHAPE);
    return [
      product(b, sigmoid(b, c as Value), other),
      product(b, sigmoid(b, a as Value), dy as Value),
      gradient(b, a as Value, product(b, dy as Value, other)),
      gradient(b, a as Value, product(b, other, dy as Value)),
    ];
  });
  const found = operators(decomposed(graph)).slice(0, -STEPS);
  expect(found).not.toContain("Sub");
  expect(found.filter((name) => name === "Neg")).toHaveLength(2);
});

it("leaves a graph without such gradients", () => {
  const graph = graphOfRows([[6]], (b, x) => [sigmoid(b, x as Value)]);
  expect(decomposeSigmoidGrad(graph)).toBe(graph);
});
