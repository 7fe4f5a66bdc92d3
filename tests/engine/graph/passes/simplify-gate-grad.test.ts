import { expect, it } from "vitest";
import type { GraphBuilder } from "../../../../src/engine/graph/builder";
import type { Value } from "../../../../src/engine/graph/graph";
import { simplifyGateGrad } from "../../../../src/engine/graph/passes/simplify-gate-grad";
import { graphOfRows, operators, ROWS, unchangedBy, unrolledGraphOfRows } from "../rewriting";
import { count, runGraph } from "../run-graph";

const SHAPE = [ROWS, 6];

const product = (b: GraphBuilder, x: Value, y: Value): Value => b.add("Mul", [x, y], SHAPE);

const closed = (b: GraphBuilder, a: Value): Value => b.add("Sigmoid", [b.add("Neg", [a], SHAPE)], SHAPE);

const squareSlope = (b: GraphBuilder, t: Value): Value =>
  b.add("Sub", [b.scalar(1), product(b, t, t)], SHAPE);

/** y = σ(a) tanh(c), and dy times its slopes, as products at hand leave them. */
const gates = (b: GraphBuilder, ...[a, c, dy]: Value[]): Value[] => {
  const open = b.add("Sigmoid", [a as Value], SHAPE);
  const t = b.add("Tanh", [c as Value], SHAPE);
  const y = product(b, open, t);
  const atGate = product(b, product(b, dy as Value, y), closed(b, a as Value));
  return [y, atGate, product(b, squareSlope(b, t), product(b, dy as Value, open))];
};
const gated = unrolledGraphOfRows([[6], [6], [6]], gates);

it("needs no second sigmoid and fewer products", async () => {
  const rewritten = await unchangedBy(simplifyGateGrad, gated, 1e-6);
  const counts = (name: string): number[] => [count(gated, name), count(rewritten, name)];
  expect(["Sigmoid", "Neg", "Mul", "Sub"].map(counts)).toEqual([
    [2, 1],
    [1, 0],
    [6, 5],
    [1, 2],
  ]);
});

it("leaves gates that are not those of a recurrent layer", async () => {
  const graph = graphOfRows([[6], [6], [6]], gates);
  expect(simplifyGateGrad(graph)).toBe(graph);
});

it("is right to roundings of 1 for gates that are all but open or shut", async () => {
  const places = Float32Array.of(-12, -8, -3, 3, 8, 12);
  const feeds = Object.fromEntries(
    [places, places.map((x) => x / 2), new Float32Array(6).fill(1)].map((data, i) => [
      `x${i}`,
      { data, shape: [1, 6] },
    ]),
  );
  const found = await runGraph(simplifyGateGrad(gated), feeds);
  places.forEach((a, i) => {
    const [open, t] = [1 / (1 + Math.exp(-a)), Math.tanh(a / 2)];
    expect(Math.abs((found["y1"]?.[i] as number) - open * t * (1 - open))).toBeLessThan(3e-7);
    expect(Math.abs((found["y2"]?.[i] as number) - open * (1 - t * t))).toBeLessThan(6e-7);
  });
});

it("leaves the slope of what is explained itself", async () => {
  const graph = unrolledGraphOfRows([[6], [6]], (b, a, mask) => {
    const open = b.add("Sigmoid", [a], SHAPE);
    const score = product(b, open, mask);
    return [score, product(b, score, closed(b, a))];
  });
  expect(operators(await unchangedBy(simplifyGateGrad, graph))).toEqual(operators(graph));
});

it("leaves other slopes: of no gate, of another tangent, of another number than 1", async () => {
  const graph = unrolledGraphOfRows([[6], [6], [6]], (b, a, c, dy) => {
    const [open, t, other] = [
      b.add("Sigmoid", [a], SHAPE),
      b.add("Tanh", [c], SHAPE),
      b.add("Tanh", [a], SHAPE),
    ];
    const two = b.add("Sub", [b.scalar(2), product(b, t, t)], SHAPE);
    return [
      product(b, product(b, dy, open), closed(b, c)),
      product(b, product(b, open, t), two),
      product(b, product(b, dy, squareSlope(b, other)), c),
    ];
  });
  expect(operators(await unchangedBy(simplifyGateGrad, graph))).toEqual(operators(graph));
});
