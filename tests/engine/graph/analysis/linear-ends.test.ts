import { describe, expect, it } from "vitest";
import { linearEnds } from "../../../../src/engine/graph/analysis/linear-ends";
import { GraphBuilder, integers, makeConstant, makeValue } from "../../../../src/engine/graph/builder";
import { RECORDED_ROWS, ROWS } from "../../../../src/engine/graph/dynamic-batch";
import type { Constant, Graph, Port, Value } from "../../../../src/engine/graph/graph";
import { eliminateDeadCode } from "../../../../src/engine/graph/passes/eliminate-dead-code";
import { pathGraph } from "../../../../src/engine/graph/path-graph";
import { quadrature } from "../../../../src/quadrature";
import { apart, type Filled, normal, rowsBy, runGraph, weights } from "../run-graph";

const [R] = RECORDED_ROWS;
const free = { 0: ROWS };

interface Net {
  readonly graph: Graph;
  /** Shapes of one row of each input. */
  readonly rows: Readonly<Record<string, readonly number[]>>;
}

type Write = (builder: GraphBuilder, input: (name: string, ...row: number[]) => Value) => readonly Value[];

/** A gradient's graph: `write` gives the gradient at each input, in the order of the inputs. */
function net(write: Write): Net {
  const builder = new GraphBuilder();
  const ports: Port[] = [];
  const gradients = write(builder, (name, ...row) => {
    const value = makeValue([R, ...row], "float32");
    ports.push({ name, value, free });
    return value;
  });
  const outputs = gradients.map((value, i) => ({ name: `gradient${i}`, value, free }));
  return {
    graph: { inputs: ports, outputs, nodes: builder.nodes },
    rows: Object.fromEntries(ports.map(({ name, value }) => [name, value.shape.slice(1)])),
  };
}

/** dy where x is positive. */
function masked(b: GraphBuilder, x: Value, dy: Value): Value {
  const positive = b.add("Greater", [x, b.scalar(0)], x.shape, "bool");
  return b.add("Mul", [dy, b.cast(positive, "float32")], dy.shape);
}

/** As recordings have it: what is constant is computed before. */
function transposed({ entries, shape: [rows = 0, columns = 0] }: Constant): Constant {
  const turned = Array.from(
    { length: rows * columns },
    (_, i) => entries[(i % rows) * columns + Math.floor(i / rows)],
  );
  return makeConstant(turned as number[], [columns, rows], "float32");
}

const dense = net((b, input) => {
  const [x, mask] = [input("input0", 13), input("mask", 2)];
  const [first, second] = [weights(1, [13, 7]), weights(2, [7, 2])];
  const hidden = b.add("Add", [b.add("MatMul", [x, first], [R, 7]), weights(3, [7])], [R, 7]);
  const dHidden = masked(b, hidden, b.add("MatMul", [mask, transposed(second)], [R, 7]));
  return [b.add("MatMul", [dHidden, transposed(first)], [R, 13])];
});

const convolution = net((b, input) => {
  const [x, mask] = [input("input0", 6, 6, 2), input("mask", 4 * 4 * 3)];
  const filters = weights(1, [3, 2, 3, 3]);
  const y = b.add("Conv", [b.transpose(x, [0, 3, 1, 2]), filters, weights(2, [3])], [R, 3, 4, 4], "float32", {
    kernel_shape: [3, 3],
  });
  const last = b.transpose(y, [0, 2, 3, 1]);
  const scaled = b.add(
    "Add",
    [b.add("Mul", [last, weights(3, [3])], last.shape), weights(4, [3])],
    last.shape,
  );
  const dy = b.add("Reshape", [mask, rowsBy(4, 4, 3)], [R, 4, 4, 3]);
  const dLast = b.add("Mul", [masked(b, scaled, dy), weights(3, [3])], last.shape);
  const dx = b.add("ConvTranspose", [b.transpose(dLast, [0, 3, 1, 2]), filters], [R, 2, 6, 6], "float32", {
    kernel_shape: [3, 3],
  });
  return [b.transpose(dx, [0, 2, 3, 1])];
});

/** Steps in front of rows, as recurrent layers have them; the number of steps is that of the recorded rows. */
const recurrent = net((b, input) => {
  const [x, mask] = [input("input0", R, 13), input("mask", 6)];
  const kernel = weights(1, [13, 6]);
  const steps = b.transpose(x, [1, 0, 2]);
  const slopes: Value[] = [];
  for (let t = 0; t < R; t++) {
    const step = b.add("Reshape", [b.slice(steps, [t, 0, 0], [1, R, 13]), rowsBy(13)], [R, 13]);
    const state = b.add("MatMul", [step, kernel], [R, 6]);
    const back = b.add("MatMul", [masked(b, state, mask), transposed(kernel)], [R, 13]);
    slopes.push(b.add("Reshape", [back, integers([1, -1, 13])], [1, R, 13]));
  }
  return [b.transpose(b.add("Concat", slopes, [R, R, 13], "float32", { axis: 0 }), [1, 0, 2])];
});

/** What is used after the first product is also used as it is; the other input is not on the path. */
const shortcut = net((b, input) => {
  const [x, other, mask] = [input("input0", 13), input("input1", 13), input("mask", 13)];
  const kernel = weights(1, [13, 13]);
  const product = b.add("MatMul", [x, kernel], [R, 13]);
  const both = b.add("Mul", [b.add("Add", [product, x], [R, 13]), other], [R, 13]);
  const dBoth = b.add("Mul", [masked(b, both, mask), other], [R, 13]);
  const back = b.add("MatMul", [dBoth, transposed(kernel)], [R, 13]);
  return [b.add("Add", [back, dBoth], [R, 13])];
});

const twoInputs = net((b, input) => {
  const [x, y, mask] = [input("input0", 12), input("input1", 13), input("mask", 5)];
  const [first, second] = [weights(1, [12, 5]), weights(2, [13, 5])];
  const sum = b.add(
    "Add",
    [b.add("MatMul", [x, first], [R, 5]), b.add("MatMul", [y, second], [R, 5])],
    [R, 5],
  );
  const dSum = masked(b, sum, mask);
  return [first, second].map((kernel) =>
    b.add("MatMul", [dSum, transposed(kernel)], [R, kernel.shape[0] as number]),
  );
});

/** The number of rows is an argument of the operators at both ends. */
const countingRows = net((b, input) => {
  const [x, mask] = [input("input0", 4, 3), input("mask", 6)];
  const rows = b.add("Shape", [x], [1], "int64", { start: 0, end: 1 });
  const shape = (...rest: number[]): Value =>
    b.add("Concat", [rows, integers(rest)], [1 + rest.length], "int64", { axis: 0 });
  const kernel = weights(1, [12, 6]);
  const flat = b.add("Reshape", [x, shape(12)], [R, 12]);
  const y = b.add("MatMul", [flat, kernel], [R, 6]);
  const dFlat = b.add("MatMul", [masked(b, y, mask), transposed(kernel)], [R, 12]);
  return [b.add("Reshape", [dFlat, shape(4, 3)], [R, 4, 3])];
});

const linear = net((b, input) => {
  const [, mask] = [input("input0", 13), input("mask", 2)];
  return [b.add("MatMul", [mask, weights(1, [2, 13])], [R, 13])];
});

/** The gradient itself is linear in the input. */
const quadratic = net((b, input) => {
  const [x, mask] = [input("input0", 13), input("mask", 13)];
  const product = b.add("MatMul", [x, weights(1, [13, 13])], [R, 13]);
  return [b.add("Mul", [product, mask], [R, 13])];
});

const nets = {
  dense,
  convolution,
  recurrent,
  shortcut,
  "two inputs": twoInputs,
  "counting rows": countingRows,
  linear,
  quadratic,
};

const { nodes, weights: shares } = quadrature("gauss-legendre", 7);

/** Σ_k w_k gradient at from + α_k (to − from), point by point on the gradient's own graph. */
async function pointByPoint(
  { graph, rows }: Net,
  at: readonly string[],
  ends: Readonly<Record<string, readonly [Filled, Filled]>>,
): Promise<Float64Array[]> {
  const sums: Float64Array[] = [];
  for (const [k, alpha] of nodes.entries()) {
    const feeds = Object.fromEntries(
      Object.keys(rows).map((name) => {
        const [from, to] = ends[name] as [Filled, Filled];
        if (!at.includes(name)) return [name, from];
        const data = from.data.map((value, i) => value + alpha * ((to.data[i] as number) - value));
        return [name, { data, shape: from.shape }];
      }),
    );
    const outputs = await runGraph(graph, feeds);
    graph.outputs.forEach(({ name }, i) => {
      const values = outputs[name] as Float32Array;
      sums[i] ??= new Float64Array(values.length);
      values.forEach((value, j) => {
        (sums[i] as Float64Array)[j] =
          ((sums[i] as Float64Array)[j] as number) + (shares[k] as number) * value;
      });
    });
  }
  return sums;
}

describe.each(Object.entries(nets))("the path of a net: %s", (_, tested) => {
  it.each([1, 2, 4])("equals the sum over its points, with %i examples", async (examples) => {
    const at = Object.keys(tested.rows).filter(
      (name) => name.startsWith("input") && !(tested === shortcut && name === "input1"),
    );
    const ends = Object.fromEntries(
      Object.entries(tested.rows).map(([name, row], i) => [
        name,
        [normal(10 + i, [examples, ...row]), normal(20 + i, [examples, ...row])] as const,
      ]),
    );
    const feeds: Record<string, Filled> = {
      alphas: { data: Float32Array.from(nodes), shape: [nodes.length] },
      weights: { data: Float32Array.from(shares), shape: [nodes.length] },
    };
    for (const [name, [from, to]] of Object.entries(ends)) {
      const place = at.indexOf(name);
      if (place < 0) feeds[name] = from;
      else Object.assign(feeds, { [`from${place}`]: from, [`to${place}`]: to });
    }
    const outputs = await runGraph(eliminateDeadCode(pathGraph(tested.graph, at, false)), feeds);
    const expected = await pointByPoint(tested, at, ends);
    expected.forEach((sum, i) => {
      expect(apart(outputs[`gradient${i}`] as Float32Array, sum)).toBeLessThanOrEqual(1e-5);
    });
  });
});

describe("what is computed once", () => {
  const operators = (nodes: readonly { readonly operator: string }[]): string[] =>
    nodes.map(({ operator }) => operator);

  it("the first product and the last", () => {
    const { prefix, suffix } = linearEnds(dense.graph, ["input0"]);
    expect(operators(prefix.nodes)).toEqual(["MatMul", "Add"]);
    expect(operators(suffix.nodes)).toEqual(["MatMul"]);
  });

  it("a convolution with what normalises it", () => {
    const { prefix, suffix } = linearEnds(convolution.graph, ["input0"]);
    expect(operators(prefix.nodes)).toEqual(["Transpose", "Conv", "Transpose", "Mul", "Add"]);
    expect(operators(suffix.nodes)).toEqual(["Mul", "Transpose", "ConvTranspose", "Transpose"]);
  });

  it("products of each step, with rows as the second axis in between", () => {
    const { prefix, suffix } = linearEnds(recurrent.graph, ["input0"]);
    expect(operators(prefix.nodes).filter((operator) => operator === "MatMul")).toHaveLength(R);
    expect(operators(suffix.nodes).filter((operator) => operator === "MatMul")).toHaveLength(R);
  });

  it("nothing where reading between the ends costs more than computing", () => {
    const cheap = net((b, input) => {
      const [x, mask] = [input("input0", 5), input("mask", 5)];
      const shifted = b.add("Add", [x, weights(1, [5])], [R, 5]);
      return [masked(b, shifted, mask)];
    });
    const { prefix, suffix } = linearEnds(cheap.graph, ["input0"]);
    expect(prefix.nodes).toEqual([]);
    expect(suffix.nodes).toEqual([]);
  });

  it("no product of few columns, which costs as little as reading between the ends", () => {
    const narrow = net((b, input) => {
      const [x, mask] = [input("input0", 8), input("mask", 5)];
      const kernel = weights(1, [8, 5]);
      const y = b.add("MatMul", [x, kernel], [R, 5]);
      return [b.add("MatMul", [masked(b, y, mask), transposed(kernel)], [R, 8])];
    });
    const { prefix, suffix } = linearEnds(narrow.graph, ["input0"]);
    expect([...prefix.nodes, ...suffix.nodes]).toEqual([]);
  });

  it("not what mixes rows, multiplies by another input, or is not linear", () => {
    const mixing = net((b, input) => {
      const [x, other] = [input("input0", R), input("input1", R)];
      const turned = b.add("Transpose", [x], [R, R], "float32", { perm: [1, 0] });
      const mixed = b.add("MatMul", [turned, weights(1, [R, R])], [R, R]);
      const product = b.add("Mul", [x, other], [R, R]);
      const bent = b.add("Tanh", [x], [R, R]);
      return [b.add("Add", [b.add("Add", [mixed, product], [R, R]), bent], [R, R])];
    });
    const { prefix } = linearEnds(mixing.graph, ["input0"]);
    expect(operators(prefix.nodes)).not.toContain("Tanh");
    expect(operators(prefix.nodes)).not.toContain("Mul");
    expect(operators(prefix.nodes)).not.toContain("Add");
  });
});
