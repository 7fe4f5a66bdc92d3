import { expect, it } from "vitest";
import type { GraphBuilder } from "../../../../src/engine/graph/builder";
import type { Value } from "../../../../src/engine/graph/graph";
import { reuseProducts } from "../../../../src/engine/graph/passes/reuse-products";
import { graphOfRows, operators, ROWS, unchangedBy } from "../rewriting";
import { count, runGraph } from "../run-graph";

const SHAPE = [ROWS, 6];

const product = (b: GraphBuilder, x: Value, y: Value): Value => b.add("Mul", [x, y], SHAPE);

/** y = σ(a) b, and dy times its slope at a. */
function gated(b: GraphBuilder, a: Value, other: Value, dy: Value): Value[] {
  const open = b.add("Sigmoid", [a], SHAPE);
  const closed = b.add("Sigmoid", [b.add("Neg", [a], SHAPE)], SHAPE);
  const y = product(b, open, other);
  return [y, product(b, product(b, dy, other), product(b, open, closed))];
}

it("leads back through what the way forward multiplied", async () => {
  const graph = graphOfRows([[6], [6], [6]], gated);
  const rewritten = await unchangedBy(reuseProducts, graph, 1e-6);
  expect([count(graph, "Mul"), count(rewritten, "Mul")]).toEqual([4, 3]);
});

it("keeps slopes where gates are all but open or shut", async () => {
  const graph = graphOfRows([[6], [6], [6]], gated);
  const feeds = {
    x0: { data: Float32Array.of(-80, -6, -3, 3, 6, 80), shape: [1, 6] },
    x1: { data: new Float32Array(6).fill(3), shape: [1, 6] },
    x2: { data: new Float32Array(6).fill(2), shape: [1, 6] },
  };
  const found = await runGraph(reuseProducts(graph), feeds);
  found["y1"]?.forEach((slope, i) => {
    const a = feeds.x0.data[i] as number;
    const expected = 6 / (2 + Math.exp(a) + Math.exp(-a));
    if (Math.abs(a) > 10) expect(Math.abs(slope)).toBeLessThan(1e-6);
    else expect(Math.abs(slope / expected - 1)).toBeLessThan(2e-5);
  });
});

it("leaves products of factors without a bound: one of two may be too large for a number", async () => {
  const graph = graphOfRows([[6], [6], [6]], (b, x, y, z) => [
    product(b, x, y),
    product(b, product(b, z, y), b.add("Sigmoid", [x], SHAPE)),
    product(b, product(b, z, x), y),
  ]);
  expect(operators(await unchangedBy(reuseProducts, graph))).toEqual(operators(graph));
  const feeds = Object.fromEntries(
    [1e30, 1e30, 1e-30].map((entry, i) => [
      `x${i}`,
      { data: new Float32Array(6).fill(entry), shape: [1, 6] },
    ]),
  );
  const { y2 } = await runGraph(reuseProducts(graph), feeds);
  expect(y2?.every(Number.isFinite)).toBe(true);
});

it("leaves products that come later, and steps that others read", async () => {
  const graph = graphOfRows([[6], [6], [6]], (b, x, y, z) => {
    const open = b.add("Sigmoid", [x], SHAPE);
    const step = product(b, z, y);
    return [product(b, step, open), step, product(b, open, y)];
  });
  expect(operators(await unchangedBy(reuseProducts, graph))).toEqual(operators(graph));
});

it("leaves products that spread rows or columns", async () => {
  const graph = graphOfRows([[6], [1], [6]], (b, x, narrow, z) => {
    const open = b.add("Sigmoid", [narrow], [ROWS, 1]);
    return [product(b, open, x), product(b, product(b, z, open), x)];
  });
  expect(operators(await unchangedBy(reuseProducts, graph))).toEqual(operators(graph));
});
