import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import * as digits from "../../notebooks/data/digits";
import { asModel, deepLift, integratedGradients, io, sliceRows } from "../../src";
import { normals, relativeDifference } from "../models";

/** DeepLIFT at inputs, layers and look-ups: complete against what is there at the baseline. */

describe.each(["eager", "compiled"] as const)("deepLift on the %s engine", (engine) => {
  it("leaves nothing over at any ReLU layer of the digits CNN", async () => {
    const model = (await io.loadModel("notebooks/data/models/digits-cnn")) as unknown as tf.LayersModel;
    const net = asModel(model, { engine });
    const x = sliceRows(digits.test.x, 0, 4);
    const rectified = model.layers.filter((layer) =>
      /relu/.test(JSON.stringify(layer.getConfig()["activation"] ?? "")),
    );
    expect(rectified.length).toBeGreaterThanOrEqual(2);
    for (const layer of [undefined, ...rectified.map(({ name }) => name)]) {
      const map = await deepLift(net, x, layer ? { layer } : {});
      map.convergenceDelta.forEach((delta, row) => {
        const difference = map.score[row]! - map.baselineScore[row]!;
        expect(Math.abs(delta)).toBeLessThanOrEqual(1e-4 * Math.abs(difference));
      });
    }
    model.dispose();
  });

  it("compares a layer with its own value at the baseline, everything beside it held at x", async () => {
    const w = tf.tensor2d(normals(4, [3, 4]).data, [3, 4]);
    const v = tf.tensor2d(normals(5, [4, 1]).data, [4, 1]);
    const input = tf.input({ shape: [3] });
    const hidden = tf.layers.dense({
      units: 4,
      activation: "relu",
      name: "hidden",
      weights: [w, tf.ones([4])],
    });
    const h = hidden.apply(input) as tf.SymbolicTensor;
    const beside = tf.layers.dense({ units: 4, name: "beside", weights: [w.mul(0.5), tf.zeros([4])] });
    const joined = tf.layers.add().apply([h, beside.apply(input) as tf.SymbolicTensor]) as tf.SymbolicTensor;
    const bent = tf.layers.activation({ activation: "tanh" }).apply(joined) as tf.SymbolicTensor;
    const end = tf.layers.dense({ units: 1, weights: [v, tf.zeros([1])] }).apply(bent) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: end });
    const net = asModel(model, { engine });
    const x = normals(6, [2, 3]);
    for (const baseline of ["zeros", "ones"] as const) {
      const map = await deepLift(net, x, { layer: "hidden", baseline });
      const path = await integratedGradients(net, x, { layer: "hidden", baseline, steps: 300 });
      expect(relativeDifference(map.baselineScore, path.baselineScore)).toBeLessThanOrEqual(1e-6);
      map.convergenceDelta.forEach((delta, row) => {
        const difference = map.score[row]! - map.baselineScore[row]!;
        expect(Math.abs(delta)).toBeLessThanOrEqual(1e-4 * Math.abs(difference));
      });
    }
    model.dispose();
  });

  it("is complete at a look-up, from zero vectors and from a padding token", async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 10, outputDim: 4, inputLength: 5, name: "emb" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 6, activation: "relu" }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const net = asModel(model, { engine, padId: 0 });
    for (const baseline of ["zeros", "pad"] as const) {
      const map = await deepLift(net, [[1, 2, 3, 4, 5]], { baseline });
      const difference = map.score[0]! - map.baselineScore[0]!;
      expect(Math.abs(map.convergenceDelta[0]!)).toBeLessThanOrEqual(1e-4 * Math.abs(difference));
    }
    model.dispose();
  });

  it("is integrated gradients where nothing bends", async () => {
    const kernel = tf.tensor2d(normals(1, [4, 2]).data, [4, 2]);
    const linear = asModel((x: tf.Tensor2D) => x.matMul(kernel as tf.Tensor2D), { engine });
    const x = normals(2, [3, 4]);
    const [lift, path] = [
      await deepLift(linear, x, { target: 1 }),
      await integratedGradients(linear, x, { target: 1 }),
    ];
    expect(relativeDifference(lift.values.data, path.values.data)).toBeLessThanOrEqual(1e-6);
    const multipliers = await deepLift(linear, x, { target: 1, multiplyByInputs: false });
    const column = Array.from({ length: 12 }, (_, i) => kernel.dataSync()[2 * (i % 4) + 1]!);
    expect(relativeDifference(multipliers.values.data, column)).toBeLessThanOrEqual(1e-6);
  });
});

afterAll(() => tf.disposeVariables());
