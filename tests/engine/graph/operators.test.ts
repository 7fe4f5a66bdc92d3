import { beforeAll, describe, expect, it } from "vitest";
import { GraphBuilder, makeValue } from "../../../src/engine/graph/builder";
import type { Value } from "../../../src/engine/graph/graph";
import { OPERATORS, type Operator } from "../../../src/engine/graph/operators";
import { apart, normal, runGraph } from "./run-graph";

const SHAPE = [3, 4];

/** What ONNX Runtime gives for arrays of this shape, as floats; undefined where it does not take such. */
async function given(
  operator: Operator,
  inputs: readonly Float32Array[],
  asked: (b: GraphBuilder, x: Value) => Value = (_, x) => x,
): Promise<Float32Array | undefined> {
  const b = new GraphBuilder();
  const values = inputs.map(() => makeValue(SHAPE, "float32"));
  const bounds = operator === "Clip" ? [-2, 2].map((bound) => asked(b, b.scalar(bound))) : [];
  const y = b.add(operator, [...values.map((x) => asked(b, x)), ...bounds], SHAPE);
  const graph = {
    inputs: values.map((value, i) => ({ name: `x${i}`, value })),
    outputs: [{ name: "y", value: b.add("Cast", [y], SHAPE, "float32", { to: 1 }) }],
    nodes: b.nodes,
  };
  const feeds = Object.fromEntries(inputs.map((data, i) => [`x${i}`, { data, shape: SHAPE }]));
  try {
    const { y: found } = await runGraph(graph, feeds);
    return found?.length === 12 ? found : undefined;
  } catch {
    return undefined;
  }
}

const sum = (a: Float32Array, b: Float32Array): Float32Array => a.map((v, i) => v + (b[i] as number));
const entries = (seed: number): Float32Array => normal(seed, SHAPE).data;

interface FloatFunction {
  /** How many arrays it takes. */
  readonly count: number;
  /** What it gives for the first so many. */
  of(...inputs: Float32Array[]): Promise<Float32Array>;
}

/** Operators of two arrays of floats, or else of one, that give as many numbers. */
const functions = new Map<Operator, FloatFunction>();

beforeAll(async () => {
  for (const operator of Object.keys(OPERATORS) as Operator[]) {
    for (const count of [2, 1]) {
      if (functions.has(operator)) continue;
      if ((await given(operator, [entries(1), entries(2)].slice(0, count))) === undefined) continue;
      const of: FloatFunction["of"] = async (...inputs) =>
        (await given(operator, inputs.slice(0, count))) as Float32Array;
      functions.set(operator, { count, of });
    }
  }
});

describe("the table of operators, as ONNX Runtime computes", () => {
  it("covers the functions of floats", () => {
    expect(functions.size).toBeGreaterThan(45);
  });

  it("calls elementwise what computes each entry by itself, and nothing else", async () => {
    for (const [operator, { of }] of functions) {
      const [a, b] = [entries(1), entries(2)];
      const y = await of(a, b);
      a[5] = (a[5] as number) + 0.3;
      const other = await of(a, b);
      const changed = Array.from(y.keys()).filter((i) => !Object.is(y[i], other[i]));
      if (OPERATORS[operator].axes === "elementwise") expect([[], [5]], operator).toContainEqual(changed);
      else if (!OPERATORS[operator].moves) expect(changed.length, operator).toBeGreaterThan(1);
    }
  });

  it("calls bounded what stays within 1, and nothing else", async () => {
    const a = Float32Array.of(-40, -3, -1, -0.95, -0.1, -0.01, 0.01, 0.1, 0.95, 1, 3, 40);
    const b = Float32Array.of(-3, 2, 7, 0.2, 3, 5, 0.3, -0.5, 4, 0.1, 2, 0.7);
    for (const [operator, { of }] of functions) {
      const y = (await of(a, b)).filter((v) => !Number.isNaN(v));
      // Answers of yes and no are no factors.
      if (y.every((v) => v === 0 || v === 1)) continue;
      const within = y.every((v) => Math.abs(v) <= 1);
      expect(within, operator).toBe(OPERATORS[operator].bounded);
    }
  });

  it("calls linear what gives the sum for a sum, and nothing else", async () => {
    for (const [operator, { of }] of functions) {
      const { linear } = OPERATORS[operator];
      const [a, b] = [entries(1), entries(2)];
      const other = linear === "jointly" ? new Float32Array(12) : entries(3);
      const parts = sum(await of(a, other), await of(b, other));
      const isLinear = apart(await of(sum(a, b), other), parts) < 1e-5;
      expect(isLinear, operator).toBe(linear !== "nowhere");
    }
  });

  it("knows what takes integers", async () => {
    for (const [operator, { count }] of functions) {
      if (OPERATORS[operator].axes !== "elementwise") continue;
      const whole = Array.from({ length: count }, () => Float32Array.from({ length: 12 }, (_, i) => i + 1));
      const y = await given(operator, whole, (b, x) => b.add("Cast", [x], x.shape, "int32", { to: 6 }));
      expect(y !== undefined, operator).toBe(OPERATORS[operator].integers);
    }
  });
});
