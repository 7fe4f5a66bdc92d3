import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  activations,
  asModel,
  gradCam,
  integratedGradients,
  type NdArray,
  neuron,
  saliency,
  smoothGrad,
} from "../../src";
import { graphModel, placeholder } from "../graph-models";

/** `{ layer, side: "input" }` of a layer that several values go into: one part for each. */

const input = tf.input({ shape: [3], name: "x" });
const left = tf.layers
  .dense({ units: 4, name: "left", activation: "tanh" })
  .apply(input) as tf.SymbolicTensor;
const right = tf.layers
  .dense({ units: 4, name: "right", activation: "tanh" })
  .apply(left) as tf.SymbolicTensor;
const product = tf.layers.multiply({ name: "product" }).apply([left, right, left]) as tf.SymbolicTensor;
const model = tf.model({
  inputs: input,
  outputs: tf.layers.dense({ units: 2, name: "top" }).apply(product) as tf.SymbolicTensor,
});
const x = [
  [0.5, -0.2, 0.8],
  [-1, 0.3, 0.1],
];
const layer = { layer: "product", side: "input" } as const;
const target = 1;

afterAll(() => model.dispose());

const sum = (map: Attribution, row: number): number =>
  map.parts.reduce((all, { values }) => all + rowOf(values, row).reduce((a, b) => a + b, 0), 0);

function rowOf({ data, shape }: NdArray, row: number): number[] {
  const width = data.length / (shape[0] as number);
  return Array.from(data.subarray(row * width, (row + 1) * width));
}

describe.each(["eager", "compiled"] as const)("what goes into a layer of several values, %s", (engine) => {
  const net = asModel(model, { engine });

  it("has a part for each value, named by where it comes from", async () => {
    const map = await integratedGradients(net, x, { layer, target });
    expect(map.engine).toBe(engine);
    expect(map.parts.map(({ name, at }) => [name, at])).toEqual([
      ["product (input 1: left)", "layer"],
      ["product (input 2: right)", "layer"],
      ["product (input 3: left)", "layer"],
    ]);
    expect(map.options.layer).toEqual(layer);
  });

  it("has the gradient of each value alone, which is the product of the others", async () => {
    const { parts } = await saliency(net, x, { layer, target });
    const kernel = (model.getLayer("top").getWeights()[0] as tf.Tensor2D).arraySync();
    const values = parts.map((part) => Array.from(part.input.data));
    parts.forEach((part, p) => {
      part.values.data.forEach((slope, i) => {
        const others = values.filter((_, other) => other !== p).map((each) => each[i] as number);
        const expected = (kernel[i % 4]?.[target] as number) * others.reduce((a, b) => a * b, 1);
        expect(slope).toBeCloseTo(expected, 5);
      });
    });
  });

  it("is complete over all parts, and keeps the path of each", async () => {
    const map = await integratedGradients(net, x, { layer, target, keepPath: 3 });
    for (const row of [0, 1]) {
      const [score, before] = [map.score[row] as number, map.baselineScore?.[row] as number];
      expect(sum(map, row)).toBeCloseTo(score - before, 4);
    }
    expect(map.path?.accumulated.map(({ shape }) => shape)).toEqual([
      [2, 3, 4],
      [2, 3, 4],
      [2, 3, 4],
    ]);
  });

  it("serves methods that move the input, and those that make maps of their own", async () => {
    expect((await smoothGrad(net, x, { layer, target, samples: 3 })).parts).toHaveLength(3);
    const maps = await gradCam(net, x, { layer, target });
    expect(maps.parts.map(({ values }) => values.shape)).toEqual([
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
  });

  it("of a GraphModel is that output of a node that goes in", async () => {
    const float = { T: { type: "DT_FLOAT" } };
    const net = (product: readonly string[]): ReturnType<typeof graphModel> =>
      graphModel(
        [
          placeholder("x", [-1, 4]),
          { name: "split", op: "Split", input: ["axis", "x"], attr: { ...float, num_split: { i: 2 } } },
          { name: "tanh", op: "Tanh", input: ["split:1"], attr: float },
          { name: "product", op: "Mul", input: [...product], attr: float },
        ],
        { axis: tf.scalar(1, "int32") },
      );
    const x = [[1, 2, 3, 4]];
    const second = asModel(await net(["tanh", "tanh"]), { engine });
    expect(Array.from((await activations(second, x, { layer: "tanh", side: "input" })).data)).toEqual([3, 4]);
    for (const layer of ["split", { layer: "tanh", side: "input" }] as const) {
      const map = await integratedGradients(second, x, { layer, target: 1 });
      expect(map.parts[0]?.name).toBe(layer === "split" ? "split (output 2)" : "tanh (input)");
      expect(map.values.data[1]).toBeCloseTo(Math.tanh(4) ** 2, 5);
    }
    const both = asModel(await net(["split", "tanh"]), { engine });
    expect(both.layers.find(({ name }) => name === "split")?.leaving).toEqual([0, 1]);
    const halves = await activations(both, x, "split");
    expect(halves.entries.map(({ data }) => Array.from(data))).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(() => halves.data).toThrow('one value of layer "split" ({ layer: "split", entry: 0 }');
    expect(Array.from((await activations(both, x, { layer: "split", entry: 1 })).data)).toEqual([3, 4]);
    await expect(activations(both, x, { layer: "split", entry: 2 })).rejects.toThrow(
      'expected entry of layer "split" to be 0 or 1, got 2',
    );
    await expect(saliency(both, x, { target: neuron("split", 0) })).rejects.toThrow(
      'one output of "split" ({ layer: "split", entry: 0 or 1 })',
    );
    await expect(saliency(both, x, { layer: "split", target: 1 })).rejects.toThrow(
      'expected to explain behind a node with one output in use, got "split", Split of 2',
    );
    expect((await saliency(both, x, { layer: "tanh", target: 1 })).values.data[1]).toBe(2);
  });

  it("of a GraphModel: shapes and weights are no values, and one that enters twice is one", async () => {
    const float = { T: { type: "DT_FLOAT" } };
    const graph = await graphModel(
      [
        placeholder("x", [-1, 3]),
        { name: "relu", op: "Relu", input: ["x"], attr: float },
        { name: "weighted", op: "Mul", input: ["w", "relu"], attr: float },
        { name: "extents", op: "Shape", input: ["x"], attr: { ...float, out_type: { type: "DT_INT32" } } },
        { name: "shaped", op: "Reshape", input: ["weighted", "extents"], attr: float },
        { name: "sum", op: "AddV2", input: ["shaped", "relu"], attr: float },
        { name: "square", op: "Mul", input: ["sum", "sum"], attr: float },
      ],
      { w: tf.tensor1d([1, 2, 3]) },
    );
    const at = (name: string) =>
      saliency(asModel(graph, { engine }), [[1, -2, 3]], {
        layer: { layer: name, side: "input" },
        target: 2,
      });
    const sums = await at("sum");
    expect(sums.parts.map(({ name, values }) => [name, Array.from(values.data)])).toEqual([
      ["sum (input 1: shaped)", [0, 0, 24]],
      ["sum (input 2: relu)", [0, 0, 24]],
    ]);
    const square = await at("square");
    expect([square.parts.map(({ name }) => name), Array.from(square.values.data)]).toEqual([
      ["square (input)"],
      [0, 0, 24],
    ]);
  });
});
