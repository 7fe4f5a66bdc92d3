import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { activations, asModel, integratedGradients, type NdArray, saliency } from "../../src";

/** Nested models and layers of several outputs, which tfjs runs once for each output that is used. */

const inner = tf.input({ shape: [3] });
const hidden = tf.layers
  .dense({ units: 4, name: "hidden", activation: "tanh" })
  .apply(inner) as tf.SymbolicTensor;
const outs = ["first", "second"].map(
  (name) => tf.layers.dense({ units: 3, name }).apply(hidden) as tf.SymbolicTensor,
);
const body = tf.model({ inputs: inner, outputs: outs, name: "body" });
const input = tf.input({ shape: [3], name: "x" });
const once = body.apply(input) as tf.SymbolicTensor[];
const between = tf.layers.add({ name: "between" }).apply(once) as tf.SymbolicTensor;
const twice = body.apply(between) as tf.SymbolicTensor[];
const product = tf.layers.multiply({ name: "product" }).apply(twice) as tf.SymbolicTensor;
const model = tf.model({ inputs: input, outputs: product });
const x = [
  [0.5, -0.2, 0.8],
  [-1, 0.3, 0.1],
];

afterAll(() => model.dispose());

/** What the model computes from what `hidden` gives in its second call. */
function fromSecond(values: tf.Tensor): tf.Tensor {
  const [a, b] = ["first", "second"].map(
    (name) => (body.getLayer(name) as { apply(t: tf.Tensor): unknown }).apply(values) as tf.Tensor,
  );
  return tf.mul(a as tf.Tensor, b as tf.Tensor);
}

it("calls of a shared layer are numbered as they were made, whichever tfjs runs first", async () => {
  const [a, b] = ["a", "b"].map((name) => tf.input({ shape: [3], name })) as [
    tf.SymbolicTensor,
    tf.SymbolicTensor,
  ];
  const shared = tf.layers.dense({ units: 2, name: "shared" });
  const both = [a, b].map((one) => shared.apply(one) as tf.SymbolicTensor);
  const joined = tf.layers.concatenate({ name: "joined" }).apply(both) as tf.SymbolicTensor;
  const twins = tf.model({ inputs: [a, b], outputs: joined });
  expect(asModel(twins).layers.find(({ name }) => name === "joined")?.entering).toEqual([
    "shared#1",
    "shared#2",
  ]);
  const batch = { a: [1, 2, 3], b: [-1, 0, 1] };
  const [first, second, all] = await Promise.all(
    ["shared#1", "shared#2", "joined"].map((name) => activations(twins, batch, name)),
  );
  expect([...(first as NdArray).data, ...(second as NdArray).data]).toEqual([...(all as NdArray).data]);
  twins.dispose();
});

it("a layer of several outputs has a part for each that is used", async () => {
  const series = tf.input({ shape: [4, 2] });
  const [sequence, state] = tf.layers
    .gru({ units: 3, returnState: true, name: "gru" })
    .apply(series) as tf.SymbolicTensor[] as [tf.SymbolicTensor, tf.SymbolicTensor];
  const sum = tf.layers.add().apply([sequence, state]) as tf.SymbolicTensor;
  const recurrent = tf.model({ inputs: series, outputs: sum });
  const stateAlone = tf.model({ inputs: series, outputs: state });
  const values = [1, 2, 3, 4].map((i) => [Math.sin(i), Math.cos(i)]);
  for (const engine of ["eager", "compiled"] as const) {
    const map = await saliency(asModel(recurrent, { engine }), values, { layer: "gru", target: 1 });
    expect(map.parts.map(({ name, values }) => [name, ...values.data])).toEqual([
      ["gru (output 1)", 0, 1, 0],
      ["gru (output 2)", 0, 1, 0],
    ]);
    expect(map.warnings).toEqual([]);
    const second = await saliency(asModel(stateAlone, { engine }), values, { layer: "gru", target: 1 });
    expect(second.parts.map(({ name, values }) => [name, ...values.data])).toEqual([
      ["gru (output 2)", 0, 1, 0],
    ]);
  }
  recurrent.dispose();
});

it("a Sequential that begins with a model knows the layers of that model", async () => {
  const dense = (name: string, units: number): tf.layers.Layer =>
    tf.layers.dense({ units, name, activation: "tanh", ...(name === "first" ? { inputShape: [3] } : {}) });
  const begin = tf.sequential({ name: "begin", layers: [dense("first", 4), dense("then", 2)] });
  const whole = tf.sequential({ layers: [begin, dense("end", 2)] as tf.layers.Layer[] });
  const expected = tf.tidy(() => Array.from((begin.predict(tf.tensor2d(x)) as tf.Tensor).dataSync()));
  const before = await activations(whole, x, { layer: "end", side: "input" });
  expect(Array.from((await activations(whole, x, "begin/then")).data)).toEqual(Array.from(before.data));
  before.data.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] as number, 6);
  });
  for (const engine of ["eager", "compiled"] as const) {
    const map = await integratedGradients(asModel(whole, { engine }), x, { layer: "begin/first", target: 0 });
    for (const delta of map.convergenceDelta ?? [1]) expect(Math.abs(delta)).toBeLessThan(1e-4);
    expect(map.warnings).toEqual([]);
  }
  whole.dispose();
});

describe.each(["eager", "compiled"] as const)("a nested model of two outputs, %s", (engine) => {
  const net = asModel(model, { engine });

  it("runs once for each call", async () => {
    const layer = body.getLayer("hidden") as unknown as { call(...args: unknown[]): unknown };
    const { call } = layer;
    let runs = 0;
    layer.call = function (...args) {
      runs++;
      return call.apply(this, args);
    };
    try {
      await asModel(tf.model({ inputs: input, outputs: product }), { engine: "eager" }).forward(
        [{ data: new Float32Array(3), shape: [1, 3] }],
        {},
      );
    } finally {
      delete (layer as { call?: unknown }).call;
    }
    expect(runs).toBe(2);
  });

  it("has the values and gradients of each call at its layers", async () => {
    const second = await activations(net, x, "body/hidden#2");
    const expected = tf.tidy(() => {
      const between = (body.predict(tf.tensor2d(x)) as tf.Tensor[]).reduce((a, b) => a.add(b));
      return (body.getLayer("hidden").apply(between) as tf.Tensor).arraySync();
    }) as number[][];
    expected.flat().forEach((value, i) => {
      expect(second.data[i]).toBeCloseTo(value, 5);
    });
    const map = await saliency(net, x, { layer: "body/hidden#2", target: 1 });
    const slope = tf.tidy(() =>
      tf
        .grad((t) => fromSecond(t).slice([0, 1], [-1, 1]))(tf.tensor2d(expected))
        .dataSync(),
    );
    slope.forEach((value, i) => {
      expect(map.values.data[i]).toBeCloseTo(value, 5);
    });
    for (const [layer, parts] of [
      ["body/hidden#1", 1],
      ["body#1", 2],
      ["body#2", 2],
    ] as const) {
      const complete = await integratedGradients(net, x, { layer, target: 0 });
      expect(complete.parts).toHaveLength(parts);
      for (const delta of complete.convergenceDelta ?? [1]) expect(Math.abs(delta)).toBeLessThan(1e-4);
      // With one output left as it is, the score at the baseline would be another one.
      const from = (await integratedGradients(net, x, { target: 0 })).baselineScore;
      for (const row of [0, 1]) expect(complete.baselineScore?.[row]).toBeCloseTo(from?.[row] as number, 5);
    }
  });
});
