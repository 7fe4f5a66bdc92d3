import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { asModel, lrp, ndarray, random } from "../../src";
import { normals, relativeDifference } from "../models";

/** Relevance through gates and through attention. */

const ENGINES = ["eager", "compiled"] as const;
const nets: tf.LayersModel[] = [];
const kept = (net: tf.LayersModel): tf.LayersModel => {
  nets.push(net);
  return net;
};
afterAll(() => {
  for (const net of nets) net.dispose();
});

/** A recurrent net without biases, so that nothing is lost to them. */
function recurrent(kind: "lstm" | "gru", seed: number): tf.LayersModel {
  const layer = { inputShape: [6, 3], units: 4, useBias: false, recurrentActivation: "sigmoid" as const };
  const net = tf.sequential({
    layers: [
      kind === "lstm" ? tf.layers.lstm({ ...layer, unitForgetBias: false }) : tf.layers.gru(layer),
      tf.layers.dense({ units: 2, useBias: false }),
    ],
  });
  net.setWeights(
    net.getWeights().map((w, i) => tf.tensor(normals(17 * seed + i, w.shape, 0.8).data, w.shape)),
  );
  return kept(net);
}

describe.each(["lstm", "gru"] as const)("relevance of a net of kind %s", (kind) => {
  it.each(ENGINES)("is conserved to 1e-5 per step (%s)", async (engine) => {
    for (const seed of [1, 2, 3]) {
      const x = normals(seed, [3, 6, 3]);
      const map = await lrp(asModel(recurrent(kind, seed), { engine }), x, { target: 0, epsilon: 1e-9 });
      map.score.forEach((score, row) => {
        const own = map.values.data.slice(18 * row, 18 * row + 18);
        const total = own.reduce((sum, value) => sum + value, 0);
        const size = own.reduce((sum, value) => sum + Math.abs(value), 0);
        expect(Math.abs(total - score)).toBeLessThan(6 * 1e-5 * Math.max(size, Math.abs(score)));
      });
    }
  });
});

/** An LSTM that takes an event in and keeps it, among steps of noise that it hardly takes in. */
function keeper(): tf.LayersModel {
  const net = tf.sequential({
    layers: [
      tf.layers.lstm({
        inputShape: [60, 3],
        units: 1,
        recurrentActivation: "sigmoid",
        unitForgetBias: false,
      }),
      tf.layers.dense({ units: 1, useBias: false }),
    ],
  });
  // Gates in, forget, candidate, out. The event is channel 0; the gate in opens for it alone, forgetting is slow.
  const kernel = [6, 0, 2, 0, 0.3, 0, 0.3, 0.2, -0.3, 0, 0.3, -0.2];
  net.setWeights([
    tf.tensor2d(kernel, [3, 4]),
    tf.tensor2d([0.1, 0, 0.1, 0], [1, 4]),
    tf.tensor1d([-5, 6, 0, 2]),
    tf.tensor2d([1], [1, 1]),
  ]);
  return kept(net);
}

it("ranks an event 50 steps back first in at least 95 % of 40 sequences", async () => {
  const net = keeper();
  const stream = random(50, 1);
  const [count, steps, at] = [40, 60, 9];
  const data = Float32Array.from({ length: count * steps * 3 }, (_, i) => {
    const [step, channel] = [Math.floor(i / 3) % steps, i % 3];
    return channel === 0 ? Number(step === at) : stream.normal();
  });
  const map = await lrp(net, ndarray(data, [count, steps, 3]), { target: 0 });
  const first = Array.from({ length: count }, (_, row) => {
    const byStep = Array.from({ length: steps }, (_unused, step) => {
      const start = (row * steps + step) * 3;
      return Math.abs(map.values.data.slice(start, start + 3).reduce((sum, value) => sum + value, 0));
    });
    return byStep.indexOf(Math.max(...byStep));
  });
  expect(first.filter((step) => step === at).length).toBeGreaterThanOrEqual(38);
}, 60_000);

describe("the preset attention", () => {
  const numbers = (seed: number, shape: number[]): tf.Tensor => tf.tensor(normals(seed, shape).data, shape);
  const [q, k, v, wide, back] = [
    [4, 4],
    [4, 4],
    [4, 4],
    [4, 6],
    [6, 4],
  ].map((shape, i) => numbers(70 + i, shape));
  const end = numbers(80, [4, 2]);
  const applied = (x: tf.Tensor, w: tf.Tensor | undefined): tf.Tensor => {
    const [rows, columns] = w!.shape as [number, number];
    return tf.matMul(x.reshape([-1, rows]), w as tf.Tensor2D).reshape([...x.shape.slice(0, -1), columns]);
  };
  /** One block of a transformer; what relevance does to products and statistics is told to it. */
  const block =
    (product: (t: tf.Tensor) => tf.Tensor, statistic: (t: tf.Tensor) => tf.Tensor) =>
    (x: tf.Tensor): tf.Tensor => {
      const norm = (t: tf.Tensor): tf.Tensor => {
        const centred = t.sub(t.mean(-1, true));
        return centred.div(statistic(centred.square().mean(-1, true).add(1e-3).sqrt()));
      };
      const weights = tf.softmax(product(tf.matMul(applied(x, q), applied(x, k), false, true)).div(2));
      const attended = norm(x.add(product(tf.matMul(weights, applied(x, v)))));
      const mixed = norm(attended.add(applied(applied(attended, wide).relu(), back)));
      return applied(mixed.mean(1), end);
    };
  const plain = block(
    (t) => t,
    (t) => t,
  );
  const x = normals(90, [2, 5, 4]);

  it.each(ENGINES)(
    "is x times a gradient with halved products and constant statistics, without biases and ε (%s)",
    async (engine) => {
      const map = await lrp(asModel(plain, { engine }), x, { target: 1, preset: "attention", epsilon: 1e-9 });
      const halved = tf.customGrad((t) => ({
        value: (t as tf.Tensor).clone(),
        gradFunc: (dy: tf.Tensor) => [dy.mul(0.5)],
      }));
      const constant = tf.customGrad((t) => ({
        value: (t as tf.Tensor).clone(),
        gradFunc: (dy: tf.Tensor) => [tf.zerosLike(dy)],
      }));
      const modified = block(
        (t) => halved(t),
        (t) => constant(t),
      );
      const expected = tf.tidy(() => {
        const at = tf.tensor(x.data, [2, 5, 4]);
        return at.mul(tf.grad((t) => modified(t).slice([0, 1], [-1, 1]).sum())(at)).dataSync();
      });
      expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-4);
    },
  );

  it("goes through a layer norm of the library, which other presets refuse", async () => {
    const inputs = tf.input({ shape: [5, 4] });
    const normed = tf.layers.layerNormalization({ name: "ln" }).apply(inputs) as tf.SymbolicTensor;
    const mean = tf.layers.globalAveragePooling1d({}).apply(normed) as tf.SymbolicTensor;
    const outputs = tf.layers.dense({ units: 2, useBias: false }).apply(mean) as tf.SymbolicTensor;
    const net = kept(tf.model({ inputs, outputs }));
    await expect(lrp(net, x, { target: 0 })).rejects.toThrow('in layer "ln"');
    const map = await lrp(net, x, { target: 0, preset: "attention", epsilon: 1e-9 });
    const layer = await lrp(net, x, { target: 0, epsilon: 1e-9, layer: "ln" });
    expect(relativeDifference(map.values.data, layer.values.data)).toBeLessThan(1e-5);
  });
});
