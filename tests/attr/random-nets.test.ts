/** Nets that do not give the same twice: said, with the layer, wherever random numbers reach what is explained. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { asModel, integratedGradients, saliency, smoothGrad } from "../../src";
import { type Random, random } from "../../src/author";
import { normals, relativeDifference } from "../models";

/** Random layers put anywhere in random nets; GRADLENS_RANDOM_NETS=200 is the long run. */
const COUNT = Number(process.env["GRADLENS_RANDOM_NETS"] ?? 8);
const UNITS = 5;

/** Ways to draw: numbers that are added or multiplied, units that are left out, one number for all rows, an order. */
const DRAWS: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  sampling: (x) => x.add(x.mul(0.1).exp().mul(tf.randomNormal(x.shape))),
  "dropout left on": (x) => tf.dropout(x, 0.5),
  "noise that is multiplied": (x) => x.mul(tf.randomUniform(x.shape, 0.5, 1.5)),
  "one number for all": (x) => x.mul(tf.randomUniform([1], 0.5, 1.5)),
  "a truncated draw": (x) => x.add(tf.truncatedNormal([UNITS])),
  "a random threshold": (x) =>
    x.mul(
      x
        .greater(tf.randomUniform(x.shape, -1, 1))
        .cast("float32")
        .add(0.1),
    ),
};

class Drawing extends tf.layers.Layer {
  static readonly className = "Drawing";
  readonly #draw: (x: tf.Tensor) => tf.Tensor;
  constructor(draw: (x: tf.Tensor) => tf.Tensor) {
    super({ name: "draws" });
    this.#draw = draw;
  }
  override computeOutputShape(shape: tf.Shape): tf.Shape {
    return shape;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.#draw(([inputs].flat() as [tf.Tensor])[0]);
  }
}

const made: tf.LayersModel[] = [];
afterEach(() => {
  for (const model of made.splice(0)) model.dispose();
});

/** Dense layers, and somewhere among them one that draws; the first output comes before that one. */
function netWith(name: string, stream: Random): tf.LayersModel {
  const input = tf.input({ shape: [4] });
  const before = 1 + stream.integer(2);
  const after = 1 + stream.integer(2);
  const dense = (x: tf.SymbolicTensor, i: number): tf.SymbolicTensor => {
    const inputs = x.shape[1] as number;
    const weights = [tf.tensor(normals(i + 3, [inputs, UNITS]).data, [inputs, UNITS]), tf.zeros([UNITS])];
    return tf.layers.dense({ units: UNITS, activation: "tanh", weights }).apply(x) as tf.SymbolicTensor;
  };
  let value = input;
  for (let i = 0; i < before; i++) value = dense(value, i);
  const early = value;
  value = new Drawing(DRAWS[name] as (x: tf.Tensor) => tf.Tensor).apply(value) as tf.SymbolicTensor;
  for (let i = 0; i < after; i++) value = dense(value, before + i);
  const model = tf.model({ inputs: input, outputs: [early, value] });
  made.push(model);
  return model;
}

const cases = Array.from({ length: Math.max(COUNT, Object.keys(DRAWS).length) }, (_, i) => ({
  name: Object.keys(DRAWS)[i % Object.keys(DRAWS).length] as string,
  seed: i,
}));
const SAID = /^the model is random, at \w+ of layer "draws"/;

describe.each(cases)("$name in net $seed", ({ name, seed }) => {
  const x = normals(seed, [2, 4]);

  it("is said, with its layer and without advice that cannot help", async () => {
    const model = netWith(name, random(seed, 71));
    for (const method of [
      saliency,
      smoothGrad.with({ samples: 3 }),
      integratedGradients.with({ steps: 8 }),
      integratedGradients.with({ steps: 8, tolerance: 1e-3 }),
    ]) {
      const map = await method(model, x, { output: 1, target: 2, engine: "eager" });
      expect(map.warnings.filter((text) => SAID.test(text))).toHaveLength(1);
      expect(map.warnings.join()).not.toMatch(/raise|tolerance/);
      expect(map.passes.backward).toBeLessThanOrEqual(2 * 8);
      const asked = method(model, x, { output: 1, target: 2, engine: "compiled" });
      await expect(asked).rejects.toThrow(/got random numbers at \w+ of layer "draws"/);
    }
  });

  it("is no matter to an output that it does not reach", async () => {
    const model = netWith(name, random(seed, 71));
    const maps = [];
    for (const engine of ["eager", "compiled"] as const) {
      const map = await saliency(model, x, { output: 0, target: 2, engine });
      expect(map.warnings).toEqual([]);
      maps.push(map.values.data);
    }
    expect(relativeDifference(maps[0] as Float32Array, maps[1] as Float32Array)).toBeLessThan(1e-4);
  });
});

it("a function without layers is told the operation", async () => {
  const net = (t: tf.Tensor): tf.Tensor => t.mul(tf.randomNormal(t.shape)).sum(1);
  const { warnings } = await saliency(net, normals(1, [2, 3]));
  expect(warnings[0]).toMatch(/^the model is random, at Multiply: /);
});

it("dropout of tfjs's own, which is off in a prediction, is no random layer", async () => {
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 4, inputShape: [4], activation: "tanh" }),
      tf.layers.dropout({ rate: 0.5 }),
      tf.layers.gaussianNoise({ stddev: 1 }),
      tf.layers.dense({ units: 2 }),
    ],
  });
  made.push(model);
  for (const engine of ["eager", "compiled"] as const)
    expect((await saliency(asModel(model, { engine }), normals(2, [2, 4]), { target: 1 })).warnings).toEqual(
      [],
    );
});
