import { expect, it } from "vitest";
import type { GraphBuilder } from "../../../../src/engine/graph/builder";
import type { Graph, Value } from "../../../../src/engine/graph/graph";
import { decomposeTanhGrad } from "../../../../src/engine/graph/passes/decompose-tanh-grad";
import { graphOfRows, operators, ROWS, STEPS, unrolledGraphOfRows } from "../rewriting";
import { apart, normal, runGraph } from "../run-graph";

const SHAPE = [ROWS, 6];

/** What is led back from dy, an input of its own. */
const gradient = (b: GraphBuilder, x: Value, dy: Value): Value => b.add("TanhGrad", [x, dy], SHAPE);

const EXPONENTIAL = ["Neg", "Exp", "Reciprocal", "Add", "Div", "Mul", "Mul"];

/** The operators of a graph when gradients are decomposed; `y1` of it must be dy · (1 − tanh²(x)) of its last two inputs. */
async function decomposed(graph: Graph): Promise<string[]> {
  const written = decomposeTanhGrad(graph);
  const feeds = Object.fromEntries(graph.inputs.map(({ name }, i) => [name, normal(i + 1, SHAPE)]));
  const found = await runGraph(written, feeds);
  const [x, dy] = graph.inputs.slice(-2).map(({ name }) => feeds[name]?.data as Float32Array);
  const expected = x?.map((v, i) => (dy?.[i] as number) / Math.cosh(v) ** 2) as Float32Array;
  expect(apart(found["y1"] as Float32Array, expected)).toBeLessThan(1e-6);
  return operators(written);
}

it("makes gradients of one exponential", async () => {
  const graph = graphOfRows([[6], [6]], (b, x, dy) => [
    b.add("Tanh", [x as Value], SHAPE),
    gradient(b, x as Value, dy as Value),
  ]);
  expect(await decomposed(graph)).toEqual(["Tanh", ...EXPONENTIAL]);
});

it("has all digits at any place, and no infinity", async () => {
  const graph = decomposeTanhGrad(
    graphOfRows([[6], [6]], (b, x, dy) => [gradient(b, x as Value, dy as Value)]),
  );
  const places = [0, 1e-3, 1, 8, 30, 1e4].flatMap((x) => [-x, x]);
  const found = await runGraph(graph, {
    x0: { data: Float32Array.from(places), shape: [2, 6] },
    x1: { data: new Float32Array(12).fill(1), shape: [2, 6] },
  });
  places.forEach((x, i) => {
    const right = 1 / Math.cosh(Math.fround(x)) ** 2;
    expect(Math.abs((found["y0"]?.[i] as number) - right)).toBeLessThanOrEqual(1e-6 * right);
  });
});

/** A tangent behind a gate, and the gradient at the tangent. */
function gated(
  make: typeof graphOfRows,
  gate: (b: GraphBuilder, a: Value) => Value,
  passed: (b: GraphBuilder, y: Value, t: Value) => Value = (_, y) => y,
): Graph {
  return make([[6], [6], [6]], (b, ...[a, x, dy]) => {
    const t = b.add("Tanh", [x as Value], SHAPE);
    const y = b.add("Mul", [gate(b, a as Value), t], SHAPE);
    return [passed(b, y, t), gradient(b, x as Value, dy as Value)];
  });
}

const sigmoid = (b: GraphBuilder, a: Value): Value => b.add("Sigmoid", [a], SHAPE);

it.each([
  ["σ(a)", sigmoid],
  ["1 − σ(a)", (b, a) => b.add("Sub", [b.scalar(1), sigmoid(b, a)], SHAPE)],
  ["1 + −σ(a)", (b, a) => b.add("Add", [b.scalar(1), b.add("Neg", [sigmoid(b, a)], SHAPE)], SHAPE)],
] as const satisfies readonly [string, Parameters<typeof gated>[1]][])(
  "in a recurrent layer, next to a gate %s, takes them from the tangent",
  async (_, gate) => {
    const found = (await decomposed(gated(unrolledGraphOfRows, gate))).slice(0, -STEPS);
    expect(found.slice(-3)).toEqual(["Mul", "Sub", "Mul"]);
    expect(found).not.toContain("Exp");
  },
);

it("does not elsewhere, where a tangent is no step of many", async () => {
  expect((await decomposed(gated(graphOfRows, sigmoid))).slice(-7)).toEqual(EXPONENTIAL);
});

it("does not next to a gate that has no gradient where it is open: a clipped one", async () => {
  const clipped = gated(unrolledGraphOfRows, (b, a) => b.add("Clip", [a, b.scalar(0), b.scalar(1)], SHAPE));
  expect((await decomposed(clipped)).slice(0, -STEPS)).toEqual(["Tanh", "Clip", "Mul", ...EXPONENTIAL]);
});

it("does not where the tangent goes on beside the gate", async () => {
  const beside = gated(unrolledGraphOfRows, sigmoid, (b, y, t) => b.add("Add", [y, t], SHAPE));
  expect(await decomposed(beside)).toContain("Exp");
});

it("leaves a graph without such gradients", () => {
  const graph = graphOfRows([[6]], (b, x) => [b.add("Tanh", [x as Value], SHAPE)]);
  expect(decomposeTanhGrad(graph)).toBe(graph);
});
