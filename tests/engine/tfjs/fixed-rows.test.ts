import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  activations,
  asModel,
  gradCam,
  integratedGradients,
  neuron,
  saliency,
  smoothGrad,
} from "../../../src";
import { convolution, type GraphNode, graphModel, placeholder } from "../../graph-models";
import { normals, relativeDifference } from "../../models";

/** A small classifier of `rows` images at a time (−1: of any number), and where inside it that number stands. */
function classifier(rows: number, inside: "nowhere" | "reshape" | "slice"): Promise<tf.GraphModel> {
  const float = { T: { type: "DT_FLOAT" } };
  const nodes: GraphNode[] = [
    placeholder("image", [rows, 4, 4, 1]),
    convolution("conv", "image", "filter"),
    { name: "tanh", op: "Tanh", input: ["conv"], attr: float },
    ...(inside === "slice"
      ? [{ name: "all", op: "Slice", input: ["tanh", "begin", "size"], attr: float }]
      : []),
    { name: "flat", op: "Reshape", input: [inside === "slice" ? "all" : "tanh", "shape"], attr: float },
    {
      name: "logits",
      op: "MatMul",
      input: ["flat", "w"],
      attr: { ...float, transpose_a: { b: false }, transpose_b: { b: false } },
    },
    { name: "probabilities", op: "Softmax", input: ["logits"], attr: float },
  ];
  return graphModel(nodes, {
    filter: tf.tensor4d(normals(1, [3, 3, 1, 2], 0.4).data, [3, 3, 1, 2]),
    w: tf.tensor2d(normals(2, [32, 3], 0.4).data, [32, 3]),
    // A −1 need not stand for the number of rows.
    shape: tf.tensor1d(inside === "nowhere" ? [-1, 32] : [rows, -1], "int32"),
    // What nothing reads would be an output.
    ...(inside === "slice" && {
      begin: tf.tensor1d([0, 0, 0, 0], "int32"),
      size: tf.tensor1d([rows, 4, 4, 2], "int32"),
    }),
  });
}

const near = (a: ArrayLike<number>, b: ArrayLike<number>): void =>
  expect(relativeDifference(a, b)).toBeLessThanOrEqual(1e-5);

describe.each([
  [1, "nowhere"],
  [1, "reshape"],
  [1, "slice"],
  [3, "nowhere"],
  [3, "reshape"],
  [3, "slice"],
] as const)("a GraphModel that takes %i rows, a number that inside it is in: %s,", (rows, inside) => {
  const bound = inside === "slice";

  it("is explained for any number, like one that takes any", async () => {
    const engine = "eager";
    const [fixed, free] = [
      asModel(await classifier(rows, inside), { engine }),
      asModel(await classifier(-1, "nowhere"), { engine }),
    ];
    for (const examples of [1, 3, 5]) {
      const x = normals(3 + examples, [examples, 4, 4, 1]);
      for (const explain of ["logit", "probability", "logProbability"] as const) {
        const [a, b] = [
          await saliency(fixed, x, { target: 1, explain }),
          await saliency(free, x, { target: 1, explain }),
        ];
        near(a.values.data, b.values.data);
        near(a.score, b.score);
      }
      const options = { target: 2, steps: 7, layer: "tanh" };
      near(
        (await integratedGradients(fixed, x, options)).values.data,
        (await integratedGradients(free, x, options)).values.data,
      );
      near((await activations(fixed, x, "conv")).data, (await activations(free, x, "conv")).data);
      near(
        (await saliency(fixed, x, { target: neuron("conv", [1, 1, 0]) })).values.data,
        (await saliency(free, x, { target: neuron("conv", [1, 1, 0]) })).values.data,
      );
      near(
        (await gradCam(fixed, x, { target: 0 })).values.data,
        (await gradCam(free, x, { target: 0 })).values.data,
      );
      near(
        (await smoothGrad(fixed, x, { samples: 4, seed: 1, target: 0 })).values.data,
        (await smoothGrad(free, x, { samples: 4, seed: 1, target: 0 })).values.data,
      );
    }
    const map = await integratedGradients(fixed, normals(9, [2, 4, 4, 1]), { target: 1, tolerance: 1e-3 });
    expect(Math.max(...(map.convergenceDelta ?? []).map(Math.abs))).toBeLessThan(1e-3);
  });

  it(`is compiled${bound ? " at that number, and run as often as it takes" : ""}`, async () => {
    const net = await classifier(rows, inside);
    for (const examples of [1, 2, 5]) {
      const x = normals(5, [examples, 4, 4, 1]);
      const questions = [
        (engine: "compiled" | "eager") => saliency(net, x, { target: 2, engine }),
        (engine: "compiled" | "eager") => integratedGradients(net, x, { target: 1, steps: 9, engine }),
        (engine: "compiled" | "eager") =>
          integratedGradients(net, x, { target: 1, steps: 4, layer: "conv", engine }),
        (engine: "compiled" | "eager") => smoothGrad(net, x, { target: 0, samples: 3, seed: 1, engine }),
      ];
      for (const ask of questions) {
        const [map, right] = [await ask("compiled"), await ask("eager")];
        expect(map.engine).toBe("compiled");
        near(map.values.data, right.values.data);
        near(map.score, right.score);
      }
    }
  });

  it("leaks nothing and keeps its placeholder", async () => {
    const net = await classifier(rows, inside);
    const model = asModel(net, { engine: "eager" });
    const x = normals(6, [4, 4, 4, 1]);
    await saliency(model, x, { target: 1 });
    const { numTensors } = tf.memory();
    await saliency(model, x, { target: 1 });
    await expect(saliency(model, x, { target: () => tf.zeros([1]) as never })).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(net.inputs[0]?.shape).toEqual([rows, 4, 4, 1]);
    tf.tidy(() => {
      expect(() => net.predict(tf.zeros([rows + 1, 4, 4, 1]))).toThrow(/must be/);
    });
  });
});

describe("a LayersModel with a batch size", () => {
  it("is explained for any number of examples", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ batchInputShape: [4, 6, 6, 2], filters: 3, kernelSize: 3, activation: "tanh" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2, activation: "softmax" }),
      ],
    });
    const x = normals(1, [5, 6, 6, 2]);
    for (const engine of ["eager", "compiled"] as const) {
      const all = await integratedGradients(model, x, { target: 0, engine });
      const first = await integratedGradients(
        model,
        { data: x.data.slice(0, 72), shape: [1, 6, 6, 2] },
        { target: 0, engine },
      );
      near(first.values.data, all.values.data.slice(0, 72));
    }
  });

  it.each([
    ["LSTM", () => tf.layers.lstm({ batchInputShape: [2, 5, 3], units: 4, stateful: true })],
    ["GRU", () => tf.layers.gru({ batchInputShape: [2, 5, 3], units: 4, stateful: true })],
    [
      "bidirectional",
      () =>
        tf.layers.bidirectional({
          batchInputShape: [2, 5, 3],
          layer: tf.layers.simpleRNN({ units: 4, stateful: true }) as tf.RNN,
          mergeMode: "concat",
        }),
    ],
  ])("and states (%s) starts from zeros, and its states stay as they are", async (_, layer) => {
    const model = tf.sequential({ layers: [layer(), tf.layers.dense({ units: 2, activation: "softmax" })] });
    model.setWeights(model.getWeights().map(({ shape }, i) => tf.tensor(normals(i, shape, 0.7).data, shape)));
    const x = normals(2, [2, 5, 3]);
    const input = tf.tensor3d(x.data, [2, 5, 3]);
    model.resetStates();
    const fresh = (model.predict(input) as tf.Tensor).dataSync();
    const carried = (model.predict(input) as tf.Tensor).dataSync();
    expect(relativeDifference(fresh, carried)).toBeGreaterThan(1e-3);
    model.resetStates();
    model.predict(input);
    for (const engine of ["eager", "compiled"] as const) {
      const map = await integratedGradients(model, x, {
        target: 1,
        explain: "probability",
        steps: 300,
        engine,
      });
      near(map.score, [fresh[1] as number, fresh[3] as number]);
      expect(Math.max(...(map.convergenceDelta ?? []).map(Math.abs))).toBeLessThan(1e-4);
      const third = await saliency(
        model,
        { data: x.data.slice(0, 15), shape: [1, 5, 3] },
        { target: 1, engine },
      );
      near(third.score, (await saliency(model, x, { target: 1, engine })).score.slice(0, 1));
    }
    near((model.predict(input) as tf.Tensor).dataSync(), carried);
  });
});
