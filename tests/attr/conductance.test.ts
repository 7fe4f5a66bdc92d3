import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  conductance,
  dataset,
  integratedGradients,
  internalInfluence,
  type NdArray,
  neuron,
} from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Conductance and internal influence: paths of the inputs, read at layers and through neurons. */
const engines = ["eager", "compiled"] as const;
const cnn = smallCnn(41, "tanh");
const x = normals(41, [2, 4, 4, 2]);
const baseline = normals(42, [4, 4, 2]);
afterAll(() => cnn.dispose());

const total = ({ data }: NdArray, row: number, rows = 2): number => {
  const width = data.length / rows;
  return data.subarray(row * width, (row + 1) * width).reduce((sum, value) => sum + value, 0);
};

describe.each(engines)("on the %s engine", (engine) => {
  const options = { baseline, target: 1, engine } as const;

  it.each(["conv", "pool", "flat"])("conductance of %s sums to the change of the score", async (layer) => {
    const map = await conductance(cnn, x, { ...options, layer });
    map.score.forEach((score, row) => {
      const change = score - map.baselineScore[row]!;
      expect(Math.abs(total(map.values, row) - change)).toBeLessThan(2e-4 * Math.max(1, Math.abs(change)));
    });
    expect(Math.max(...map.convergenceDelta.map(Math.abs))).toBeLessThan(1e-3);
    expect(map.warnings).toEqual([]);
  });

  it("of a unit it is that unit's part, and through all units everything", async () => {
    const at = integratedGradients.with(options);
    const all = await conductance(cnn, x, { ...options, through: neuron("conv", [{}, {}, {}]) });
    expect(relativeDifference(all.values.data, (await at(cnn, x)).values.data)).toBeLessThan(1e-5);
    expect(all.convergenceDelta).toBeUndefined();
    // What goes through single channels adds up, and its sum is the conductance of that channel.
    const layer = await conductance(cnn, x, { ...options, layer: "conv" });
    const parts = await Promise.all(
      [0, 1, 2].map((c) =>
        conductance(cnn, x, { ...options, through: neuron("conv", [{}, {}, { from: c, to: c + 1 }]) }),
      ),
    );
    const sum = all.values.data.map((_, i) => parts.reduce((s, part) => s + part.values.data[i]!, 0));
    expect(relativeDifference(sum, all.values.data)).toBeLessThan(1e-5);
    parts.forEach((part, channel) => {
      for (const row of [0, 1]) {
        let expected = 0;
        for (let i = 0; i < 9; i++) expected += layer.values.data[27 * row + 3 * i + channel]!;
        expect(Math.abs(total(part.values, row) - expected)).toBeLessThan(
          5e-4 * Math.max(1, Math.abs(expected)),
        );
      }
    });
  });

  it("at the input it is integrated gradients, and internal influence their mean gradient", async () => {
    for (const rule of ["gauss-legendre", "midpoint", "right"] as const) {
      const path = { ...options, rule, steps: 12 };
      const [a, b] = [await conductance(cnn, x, path), await integratedGradients(cnn, x, path)];
      expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-5);
      const mean = await integratedGradients(cnn, x, { ...path, multiplyByInputs: false });
      const influence = await internalInfluence(cnn, x, path);
      expect(relativeDifference(influence.values.data, mean.values.data)).toBeLessThan(1e-5);
    }
  });

  it("follows tokens through their embedding", async () => {
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 6, outputDim: 3, inputLength: 4, name: "embedding" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 4, activation: "tanh", name: "hidden" }),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const ids = { data: [1, 4, 0, 2], shape: [1, 4] };
    const asked = { target: 1, engine } as const;
    const layer = await conductance(words, ids, { ...asked, layer: "hidden" });
    const [change] = layer.score.map((score, row) => score - layer.baselineScore[row]!);
    expect(total(layer.values, 0, 1)).toBeCloseTo(change!, 4);
    const through = await conductance(words, ids, { ...asked, through: neuron("hidden", [{}]) });
    const path = await integratedGradients(words, ids, asked);
    expect(relativeDifference(through.values.data, path.values.data)).toBeLessThan(1e-4);
    words.dispose();
  });

  it("is the mean over the rows of a data set", async () => {
    const rows = normals(5, [3, 4, 4, 2]);
    const mean = await conductance(cnn, x, { ...options, layer: "pool", steps: 6, baseline: dataset(rows) });
    const each = await Promise.all(
      [0, 1, 2].map((i) => {
        const baseline = { data: rows.data.slice(32 * i, 32 * i + 32), shape: [4, 4, 2] };
        return conductance(cnn, x, { ...options, layer: "pool", steps: 6, baseline });
      }),
    );
    const expected = mean.values.data.map((_, i) => each.reduce((s, map) => s + map.values.data[i]! / 3, 0));
    expect(relativeDifference(mean.values.data, expected)).toBeLessThan(1e-5);
  });
});

describe("conductance refuses", () => {
  const mlp = smallMlp(1);
  afterAll(() => mlp.dispose());
  const row = [[1, 2, 3, 4]];
  it.each<[string, object, RegExp]>([
    [
      "neurons that are none",
      { through: "hidden" },
      /through to be neurons, as made by neuron\(layer, index\)/,
    ],
    [
      "a neuron out of range",
      { through: neuron("hidden", 7) },
      /a neuron of layer "hidden", which has shape \[5\], got \[7\]/,
    ],
    ["a neuron of an unknown layer", { through: neuron("hiden", 0) }, /nearest: "hidden"/],
    [
      "a function of a layer",
      { through: neuron("hidden", (t: tf.Tensor) => t) },
      /neurons by index, slice or mask/,
    ],
    ["one step of a rule with two ends", { rule: "trapezoid", steps: 1 }, /at least 2 steps/],
  ])("%s", async (_, options, message) => {
    await expect(conductance(mlp, row, options)).rejects.toThrow(message);
  });
});
