import { expect, it } from "vitest";
import type { GraphBuilder } from "../../../../src/engine/graph/builder";
import type { Value } from "../../../../src/engine/graph/graph";
import { simplifyTanhGrad } from "../../../../src/engine/graph/passes/simplify-tanh-grad";
import { graphOfRows, operators, ROWS, STEPS, unchangedBy, unrolledGraphOfRows } from "../rewriting";
import { runGraph } from "../run-graph";

const SHAPE = [ROWS, 6];

/** `scale` · σ(n · x) · σ(−n · x), which is the slope of tanh(x) for 2 and 4. */
function slope(b: GraphBuilder, x: Value, n = 2, scale = 4): Value {
  const inner = b.add("Mul", [x, b.scalar(n)], SHAPE);
  const falling = b.add("Sigmoid", [b.add("Neg", [inner], SHAPE)], SHAPE);
  const product = b.add("Mul", [b.add("Sigmoid", [inner], SHAPE), falling], SHAPE);
  return b.add("Mul", [product, b.scalar(scale)], SHAPE);
}

const EXPONENTIAL = ["Neg", "Exp", "Reciprocal", "Add", "Div", "Mul"];

it("makes slopes of one exponential", async () => {
  const graph = graphOfRows([[6]], (b, x) => [b.add("Tanh", [x], SHAPE), slope(b, x)]);
  expect(operators(await unchangedBy(simplifyTanhGrad, graph, 1e-6))).toEqual(["Tanh", ...EXPONENTIAL]);
});

it("has all digits at any place, and no infinity", async () => {
  const graph = simplifyTanhGrad(graphOfRows([[6]], (b, x) => [slope(b, x)]));
  const places = [0, 1e-3, 1, 8, 30, 1e4].flatMap((x) => [-x, x]);
  const found = await runGraph(graph, { x0: { data: Float32Array.from(places), shape: [2, 6] } });
  places.forEach((x, i) => {
    const right = 1 / Math.cosh(Math.fround(x)) ** 2;
    expect(Math.abs((found["y0"]?.[i] as number) - right)).toBeLessThanOrEqual(1e-6 * right);
  });
});

it.each([
  ["σ(a)", (_: GraphBuilder, open: Value) => open],
  ["1 − σ(a)", (b: GraphBuilder, open: Value) => b.add("Sub", [b.scalar(1), open], SHAPE)],
  [
    "1 + −σ(a)",
    (b: GraphBuilder, open: Value) => b.add("Add", [b.scalar(1), b.add("Neg", [open], SHAPE)], SHAPE),
  ],
] as const)("in a recurrent layer, next to a gate %s, takes them from the tangent", async (_, gate) => {
  const graph = unrolledGraphOfRows([[6], [6]], (b, a, x) => {
    const t = b.add("Tanh", [x], SHAPE);
    return [b.add("Mul", [gate(b, b.add("Sigmoid", [a], SHAPE)), t], SHAPE), slope(b, x)];
  });
  const found = operators(await unchangedBy(simplifyTanhGrad, graph, 1e-6)).slice(0, -STEPS);
  expect(found.slice(-2)).toEqual(["Mul", "Sub"]);
  expect(found).not.toContain("Exp");
});

it("does not elsewhere, where a tangent is no step of many", async () => {
  const graph = graphOfRows([[6], [6]], (b, a, x) => {
    const t = b.add("Tanh", [x], SHAPE);
    return [b.add("Mul", [b.add("Sigmoid", [a], SHAPE), t], SHAPE), slope(b, x)];
  });
  expect(operators(await unchangedBy(simplifyTanhGrad, graph, 1e-6)).slice(-6)).toEqual(EXPONENTIAL);
});

it("does not next to a gate that has no slope where it is open: a clipped one", async () => {
  const graph = unrolledGraphOfRows([[6], [6]], (b, a, x) => {
    const open = b.add("Clip", [a, b.scalar(0), b.scalar(1)], SHAPE);
    return [b.add("Mul", [open, b.add("Tanh", [x], SHAPE)], SHAPE), slope(b, x)];
  });
  const found = operators(await unchangedBy(simplifyTanhGrad, graph, 1e-6));
  expect(found.slice(0, -STEPS)).toEqual(["Clip", "Tanh", "Mul", ...EXPONENTIAL]);
});

it("does not where the tangent goes on beside the gate", async () => {
  const graph = unrolledGraphOfRows([[6], [6]], (b, a, x) => {
    const t = b.add("Tanh", [x], SHAPE);
    const passed = b.add("Mul", [b.add("Sigmoid", [a], SHAPE), t], SHAPE);
    return [b.add("Add", [passed, t], SHAPE), slope(b, x)];
  });
  expect(operators(await unchangedBy(simplifyTanhGrad, graph, 1e-6))).toContain("Exp");
});

it("leaves other products of sigmoids", async () => {
  const graph = graphOfRows([[6]], (b, x) => [slope(b, x, 3), slope(b, x, 2, 3)]);
  expect(operators(await unchangedBy(simplifyTanhGrad, graph))).toEqual(operators(graph));
});
