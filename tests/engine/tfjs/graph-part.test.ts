import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  asModel,
  integratedGradients,
  type NdArray,
  saliency,
  UnsupportedOperationError,
} from "../../../src";
import { type GraphNode, graphModel as graphOf, placeholder } from "../../graph-models";
import { normals, relativeDifference } from "../../models";

const engines = ["eager", "compiled"] as const;
const type = { type: "DT_FLOAT" };
const node = (name: string, op: string, input: string[], attr: object = {}): GraphNode => ({
  name,
  op,
  input,
  attr: { T: type, ...attr },
});
const [A, B] = [normals(1, [4, 3]), normals(2, [3, 2])];
const weights = {
  A: tf.tensor2d(A.data, [4, 3]),
  B: tf.tensor2d(B.data, [3, 2]),
  three: tf.tensor1d([3], "int32"),
  zero: tf.scalar(0, "int32"),
  table: tf.tensor2d(normals(3, [10, 3]).data, [10, 3]),
};

/** A GraphModel with those of the weights that it uses: others were outputs. */
const graphModel = (
  nodes: readonly GraphNode[],
  constants: Readonly<Record<string, tf.Tensor>>,
): Promise<tf.GraphModel> => {
  const used = Object.entries(constants).filter(([name]) => nodes.some(({ input }) => input?.includes(name)));
  return graphOf(nodes, Object.fromEntries(used));
};

/** x A, its square, that times B. */
const plain = [
  placeholder("x", [-1, 4]),
  node("hidden", "MatMul", ["x", "A"]),
  node("squared", "Square", ["hidden"]),
  node("scores", "MatMul", ["squared", "B"]),
];

const x: NdArray = normals(5, [2, 4]);
const h: NdArray = normals(6, [2, 3]);
const a = (i: number, j: number): number => A.data[3 * i + j] as number;
const b = (j: number, k: number): number => B.data[2 * j + k] as number;
const hidden = (row: number, j: number): number =>
  [0, 1, 2, 3].reduce((sum, i) => sum + (x.data[4 * row + i] as number) * a(i, j), 0);

describe.each(engines)("a part of a GraphModel, on the %s engine", (engine) => {
  const rows = (width: number, entry: (row: number, i: number) => number): number[] =>
    [0, 1].flatMap((row) => Array.from({ length: width }, (_, i) => entry(row, i)));

  it("up to a node", async () => {
    const model = asModel(await graphModel(plain, weights), { to: "squared", engine });
    const map = await saliency(model, x, { target: 1 });
    expect(map.engine).toBe(engine);
    expect(
      relativeDifference(
        map.values.data,
        rows(4, (row, i) => 2 * hidden(row, 1) * a(i, 1)),
      ),
    ).toBeLessThan(1e-5);
  });

  it("from a node on", async () => {
    const model = asModel(await graphModel(plain, weights), { from: "hidden", engine });
    expect(model.inputs.map(({ name }) => name)).toEqual(["hidden"]);
    const map = await integratedGradients(model, h, { target: 0, baseline: 0, steps: 10 });
    const right = rows(3, (row, j) => (h.data[3 * row + j] as number) ** 2 * b(j, 0));
    expect(relativeDifference(map.values.data, right)).toBeLessThan(1e-5);
  });

  it("from one node to another", async () => {
    const model = asModel(await graphModel(plain, weights), { from: ["hidden"], to: ["squared"], engine });
    expect(model.layers.map(({ name }) => name)).toEqual(["squared"]);
    const map = await saliency(model, h, { target: 2 });
    const right = rows(3, (row, j) => (j === 2 ? 2 * (h.data[3 * row + j] as number) : 0));
    expect(relativeDifference(map.values.data, right)).toBeLessThan(1e-5);
  });

  it("up to what a loop begins with, and behind it", async () => {
    const graph = await graphModel(
      [
        ...plain.slice(0, 3),
        node("enter", "Enter", ["squared"], { frame_name: { s: "" }, is_constant: { b: false } }),
        node("exit", "Exit", ["enter"]),
        node("rest", "Square", ["exit"]),
        node("scores", "MatMul", ["rest", "B"]),
      ],
      weights,
    );
    expect(() => asModel(graph)).toThrow(UnsupportedOperationError);
    expect(() => asModel(graph)).toThrow(
      /control flow, got Exit \(exit\), Enter \(enter\); asModel\(graph, \{ to: "squared" \}\) explains what comes before; asModel\(graph, \{ from: "rest" \}\) explains what comes behind/,
    );
    const before = await saliency(asModel(graph, { to: "squared", engine }), x, { target: 1 });
    expect(
      relativeDifference(
        before.values.data,
        rows(4, (row, i) => 2 * hidden(row, 1) * a(i, 1)),
      ),
    ).toBeLessThan(1e-5);
    const behind = await saliency(asModel(graph, { from: "rest", engine }), h, { target: 1 });
    expect(
      relativeDifference(
        behind.values.data,
        rows(3, (_, j) => b(j, 1)),
      ),
    ).toBeLessThan(1e-5);
  });

  it("behind what reads texts", async () => {
    const graph = await graphModel(
      [
        placeholder("text", [-1], "string"),
        node("bucket", "StringToHashBucketFast", ["text"], { num_buckets: { i: "10" } }),
        node("row", "GatherV2", ["table", "bucket", "zero"]),
        node("scores", "MatMul", ["row", "B"]),
      ],
      weights,
    );
    expect(() => asModel(graph)).toThrow(
      /expected inputs that are numbers, got texts as input "text"; asModel\(graph, \{ from: "row" \}\)/,
    );
    const map = await saliency(asModel(graph, { from: "row", engine }), h, { target: 1 });
    expect(
      relativeDifference(
        map.values.data,
        rows(3, (_, j) => b(j, 1)),
      ),
    ).toBeLessThan(1e-5);
  });

  it("behind what chooses boxes", async () => {
    const graph = await graphModel(
      [...plain.slice(0, 3), node("chosen", "Where", ["squared"]), node("scores", "Square", ["chosen"])],
      weights,
    );
    expect(() => asModel(graph)).toThrow(/got Where \(chosen\); asModel\(graph, \{ to: "squared" \}\)/);
    const map = await saliency(asModel(graph, { to: "squared", engine }), x, { target: 0 });
    expect(
      relativeDifference(
        map.values.data,
        rows(4, (row, i) => 2 * hidden(row, 0) * a(i, 0)),
      ),
    ).toBeLessThan(1e-5);
  });
});

it("names the nodes that a part may begin or end with, and what is missing", async () => {
  const graph = await graphModel(
    [...plain, placeholder("y", [-1, 2]), node("sum", "AddV2", ["scores", "y"])],
    weights,
  );
  expect(() => asModel(graph, { from: "hiden" })).toThrow(
    /from to name a node, got "hiden" \(nearest: "hidden"\)/,
  );
  expect(() => asModel(graph, { to: ["squard"] })).toThrow(
    /to to name a node, got "squard" \(nearest: "squared"/,
  );
  expect(() => asModel(graph, { from: "hidden" })).toThrow(
    /all ways to the output go through, got a way from "y"/,
  );
  expect(() => asModel(graph, { from: 3 as never })).toThrow(
    /from to be the name of a node, or names, got 3/,
  );
  const layers = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
  expect(() => asModel(layers, { to: "x" })).toThrow(/from and to to be told of a GraphModel/);
  expect(() => asModel(asModel(graph), { to: "squared" })).toThrow(
    /to to be told of the net itself, got a Model/,
  );
});

describe("nodes that hold extents are no layers", () => {
  const int = { type: "DT_INT32" };
  const first = {
    shrink_axis_mask: { i: "1" },
    begin_mask: { i: "0" },
    end_mask: { i: "0" },
    ellipsis_mask: { i: "0" },
    new_axis_mask: { i: "0" },
  };
  const constants = {
    ...weights,
    begin: tf.tensor1d([0], "int32"),
    end: tf.tensor1d([1], "int32"),
    two: tf.scalar(2, "int32"),
    axis: tf.tensor1d([2], "int32"),
    one: tf.scalar(1),
  };
  const cases: Readonly<Record<string, readonly [GraphNode[], string[]]>> = {
    "a shape, one of its entries, a new shape": [
      [
        node("shape", "Shape", ["x"], { out_type: int }),
        node("n", "StridedSlice", ["shape", "begin", "end", "end"], { T: int, ...first }),
        node("new", "Pack", ["n", "two", "two"], { T: int, N: { i: "3" }, axis: { i: "0" } }),
        node("folded", "Reshape", ["x", "new"]),
        node("out", "Sum", ["folded", "axis"], { keep_dims: { b: false } }),
      ],
      ["folded", "out"],
    ],
    "how many entries there are": [
      [
        node("size", "Size", ["x"], { out_type: int }),
        node("number", "Cast", ["size"], { SrcT: int, DstT: type }),
        node("share", "RealDiv", ["number", "number"]),
        node("out", "Mul", ["x", "share"]),
      ],
      ["out"],
    ],
    "values that fill a shape": [
      [
        node("shape", "Shape", ["x"], { out_type: int }),
        node("filled", "Fill", ["shape", "one"]),
        node("out", "AddV2", ["x", "filled"]),
      ],
      ["out"],
    ],
  };
  it.each(Object.entries(cases))("%s", async (_, [nodes, layers]) => {
    const model = asModel(await graphModel([placeholder("x", [-1, 4]), ...nodes], constants));
    expect(model.layers.map(({ name }) => name)).toEqual(layers);
    for (const layer of layers)
      for (const side of ["input", "output"] as const) {
        const map = await saliency(model, normals(4, [1, 4]), { target: 1, layer: { layer, side } });
        expect(map.values.data.every(Number.isFinite)).toBe(true);
      }
    await expect(saliency(model, normals(4, [1, 4]), { target: 1, layer: "shape" })).rejects.toThrow(
      /expected layer/,
    );
  });
});

class Failing extends tf.layers.Layer {
  override computeOutputShape(shape: number[]): number[] {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const value = [inputs].flat()[0] as tf.Tensor;
    return tf.matMul(value as tf.Tensor2D, tf.zeros([5, 5]));
  }
  static get className(): string {
    return "Failing";
  }
}

describe("an error of TensorFlow.js names the layer that it came from", () => {
  const words = (layer: string): RegExp =>
    new RegExp(`^(forward|gradient)\\(\\): expected layer "${layer}" to compute, got "Error in matMul`);
  it("of a LayersModel, also in a model inside", async () => {
    const failing = (): tf.LayersModel =>
      tf.sequential({ name: "inner", layers: [new Failing({ inputShape: [4], name: "broken" })] });
    const outer = tf.sequential({ layers: [tf.layers.dense({ units: 4, inputShape: [4] }), failing()] });
    for (const [net, layer] of [
      [failing(), "broken"],
      [outer, "inner/broken"],
    ] as const) {
      const error: unknown = await saliency(net, normals(1, [1, 4]), { target: 0 }).catch((e: unknown) => e);
      expect((error as Error).message).toMatch(words(layer));
      expect((error as Error).cause).toBeInstanceOf(Error);
      net.dispose();
    }
  });

  it("of a GraphModel", async () => {
    const graph = await graphModel(
      [placeholder("x", [-1, -1]), node("product", "MatMul", ["x", "B"])],
      weights,
    );
    await expect(saliency(graph, normals(1, [1, 4]), { target: 0 })).rejects.toThrow(words("product"));
  });

  it("and leaves a function's errors to whoever wrote it", async () => {
    const net = (t: tf.Tensor): tf.Tensor => {
      if (t.shape[0] !== undefined) throw new Error("not today");
      return t;
    };
    await expect(saliency(net, normals(1, [1, 4]), { target: 0 })).rejects.toThrow(/^not today$/);
  });
});

it.each<[string, unknown, RegExp]>([
  ["a record", { scores: tf.scalar(1), boxes: tf.scalar(2) }, /got a record of scores, boxes$/],
  [
    "a promise",
    Promise.resolve(tf.scalar(1)),
    /got a promise: only a black box \(the fact outputs\) may be asynchronous$/,
  ],
  ["a number", 3, /got the number 3, which has no gradient$/],
  ["nothing", undefined, /got undefined$/],
  ["a text", "scores", /got "scores"$/],
  ["an array of records", [{ a: 1 }], /got a record of a$/],
  ["a typed array", new Float32Array(3), /got a Float32Array$/],
])("a function that gives %s is told what is accepted", async (_, given, words) => {
  const asked = saliency(() => given as never, normals(1, [1, 4]), { target: 0 });
  await expect(asked).rejects.toThrow(TypeError);
  await expect(asked).rejects.toThrow(
    /expected the function to return a tensor, or an array of tensors, got/,
  );
  await expect(asked).rejects.toThrow(words);
});
