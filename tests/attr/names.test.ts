/** Names that users know: a signature's, a Sequential's last layer, classes, and what a record says as its target. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { asModel, integratedGradients, saliency } from "../../src";
import { normals } from "../models";

const float = { T: { type: "DT_FLOAT" } };
const floatType = { type: "DT_FLOAT" };
const x = normals(1, [1, 4]);

/** Two inputs and two outputs whose signature has other names than their nodes. */
function signed(): Promise<tf.GraphModel> {
  const weights = normals(2, [4, 3]);
  const dims = [{ size: "-1" }, { size: "4" }];
  const at = (name: string): object => ({ name: `${name}:0`, dtype: "DT_FLOAT", tensorShape: { dim: dims } });
  const input = (name: string): object => ({
    name,
    op: "Placeholder",
    attr: { dtype: floatType, shape: { shape: { dim: dims } } },
  });
  return tf.loadGraphModel(
    tf.io.fromMemory({
      format: "graph-model",
      modelTopology: {
        versions: { producer: 1 },
        node: [
          input("serving_default_left"),
          input("serving_default_right"),
          { name: "W", op: "Const", attr: { dtype: floatType } },
          { name: "sum", op: "Add", input: ["serving_default_left", "serving_default_right"], attr: float },
          { name: "Identity", op: "MatMul", input: ["sum", "W"], attr: float },
          { name: "Identity_1", op: "Square", input: ["Identity"], attr: float },
        ],
      },
      weightSpecs: [{ name: "W", shape: [4, 3], dtype: "float32" }],
      weightData: weights.data.slice().buffer as ArrayBuffer,
      signature: {
        inputs: { left: at("serving_default_left"), right: at("serving_default_right") },
        outputs: { scores: at("Identity"), squares: at("Identity_1") },
      },
    } as never),
  );
}

const models: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of models) model.dispose();
});

describe("the names of a signature", () => {
  const inputs = { left: x, right: normals(3, [1, 4]) };
  const nodes = { serving_default_left: inputs.left, serving_default_right: inputs.right };

  it("are those of outputs, beside their nodes'", async () => {
    const model = await signed();
    for (const [name, node] of [
      ["scores", "Identity"],
      ["squares", "Identity_1"],
    ] as const) {
      const [by, own] = [
        await saliency(model, inputs, { output: name, target: 1 }),
        await saliency(model, inputs, { output: node, target: 1 }),
      ];
      expect(by.parts).toEqual(own.parts);
      expect(by.options).toEqual(own.options);
    }
    await expect(saliency(model, inputs, { output: "score" })).rejects.toThrow(/nearest: "scores"/);
    await expect(saliency(model, inputs, { output: "zzzz" })).rejects.toThrow(
      'known: "scores", "Identity", "squares", "Identity_1"',
    );
  });

  it("are those of inputs, in records of inputs, of baselines and of axes, and among fixed ones", async () => {
    const model = await signed();
    const own = await integratedGradients(model, nodes, {
      target: 0,
      baseline: { serving_default_left: 1, serving_default_right: 0 },
    });
    const by = await integratedGradients(model, inputs, { target: 0, baseline: { left: 1, right: 0 } });
    expect(by.parts).toEqual(own.parts);
    expect(
      (await saliency(model, inputs, { fixed: "left", target: 0 })).parts.map(({ name }) => name),
    ).toEqual(["serving_default_right"]);
    const told = asModel(model, { axes: { left: ["time"] } });
    expect(told.inputs.map(({ axes }) => axes)).toEqual([["time"], undefined]);
    await expect(saliency(model, { left: x, rigth: x }, { target: 0 })).rejects.toThrow(/nearest: "right"/);
    expect(() => asModel(model, { axes: { middle: ["time"] } })).toThrow(
      /axes to name an input, got "middle"/,
    );
  });
});

it("the last layer of a Sequential is its output, as an outer model's layer is", async () => {
  const sequential = tf.sequential({
    layers: [
      tf.layers.dense({ units: 5, activation: "relu", inputShape: [4], name: "hidden" }),
      tf.layers.dense({ units: 2, name: "last" }),
    ],
  });
  models.push(sequential);
  const right = await saliency(sequential, x, { target: 1 });
  expect((await saliency(sequential, x, { output: "last", target: 1 })).parts).toEqual(right.parts);
  expect((await saliency(sequential, x, { output: 0, target: 1 })).options).toEqual(right.options);
});

describe("targets by name", () => {
  const classes = ["cat", "dog", "[0] bird"];
  const net = asModel((v: tf.Tensor2D) => tf.matMul(v, tf.tensor2d(normals(4, [4, 3]).data, [4, 3])), {
    classes,
  });
  const two = normals(5, [2, 4]);

  it("are classes, one or one for each example", async () => {
    const right = await saliency(net, two, { target: [1, 2] });
    expect((await saliency(net, two, { target: ["dog", "[0] bird"] })).parts).toEqual(right.parts);
    const one = await saliency(net, two, { target: "dog" });
    expect(one.target).toEqual([1, 1]);
    await expect(saliency(net, two, { target: "dgo" })).rejects.toThrow(
      /known name, got "dgo" \(nearest: "dog"/,
    );
    await expect(saliency(net, two, { target: ["cat", "bird"] })).rejects.toThrow(/got "bird"/);
  });

  it("are what records say", async () => {
    const plain = (v: tf.Tensor2D): tf.Tensor => v.mul(2).add(v.square());
    const dense = (v: tf.Tensor2D): tf.Tensor => plain(v).reshape([-1, 2, 2]);
    const single = (v: tf.Tensor2D): tf.Tensor => plain(v).sum(1);
    for (const [model, target] of [
      [net, 1],
      [plain, 3],
      [dense, [1, 0]],
      [single, "predicted"],
    ] as const) {
      const map = await saliency(model as typeof plain, two, { target: target as number });
      for (const said of [map.options["target"], map.targetLabels])
        expect((await saliency(model as typeof plain, two, { target: said as string })).parts).toEqual(
          map.parts,
        );
    }
    await expect(saliency(plain, two, { target: "7" })).rejects.toThrow("target from 0 to 3, got 7");
  });
});
