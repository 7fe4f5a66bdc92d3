import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asModel, defineMethod, inputXGradient, metrics, ndarray, saliency } from "../../src";
import { normals, smallCnn } from "../models";

/** Other weights in the user's net, and the tests of maps that are made with them. */

const x = normals(4, [3, 4, 4, 2]);
let cnn: tf.LayersModel;
beforeAll(() => {
  cnn = smallCnn(4);
});
afterAll(() => cnn.dispose());

/** A map of the input alone, as an edge detector's. */
const edges = defineMethod({ name: "edges" }, async (p) => p.x);

describe("withWeights", () => {
  it.each(["eager", "compiled"] as const)(
    "runs the %s engine with other weights, and the user's net stays",
    async (engine) => {
      const model = asModel(cnn, { engine });
      const before = cnn.getWeights().map((weight) => Array.from(weight.dataSync()));
      const names = model.weights!().map(({ name }) => name);
      expect(names).toEqual(["conv/kernel", "conv/bias", "head/kernel", "head/bias"]);
      const kernel = normals(9, [12, 3]);
      const other = model.withWeights!({ "head/kernel": kernel });
      const twin = smallCnn(4);
      twin
        .getLayer("head")
        .setWeights([tf.tensor(kernel.data, [12, 3]), twin.getLayer("head").getWeights()[1]]);
      const expected = await saliency(twin, x, { target: 0 });
      const found = await saliency(other, x, { target: 0 });
      expected.values.data.forEach((value, i) => {
        expect(found.values.data[i]).toBeCloseTo(value, 5);
      });
      const own = await saliency(model, x, { target: 0 });
      expect(own.values.data).not.toEqual(found.values.data);
      expect(cnn.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(before);
      expect(other.fingerprint).not.toBe(model.fingerprint);
      twin.dispose();
    },
  );

  it("refuses names that no weight has, other shapes, and functions", () => {
    const model = asModel(cnn);
    expect(() => model.withWeights!({ "head/kernal": normals(1, [12, 3]) })).toThrow(
      'nearest: "head/kernel"',
    );
    expect(() => model.withWeights!({ "head/bias": normals(1, [4]) })).toThrow("head/bias of shape [3]");
    const fn = asModel((t: tf.Tensor) => t);
    expect(() => fn.withWeights!({ a: normals(1, [1]) })).toThrow("expected a net whose weights have names");
  });

  it("knows nested layers", () => {
    const nested = tf.sequential({ layers: [smallCnn(6), tf.layers.dense({ units: 2, name: "top" })] });
    const names = asModel(nested).weights!().map(({ layer }) => layer);
    expect(names.some((name) => name.endsWith("/conv"))).toBe(true);
    expect(names[names.length - 1]).toBe("top");
    nested.dispose();
  });
});

describe("parameter randomisation", () => {
  it("changes the map of a gradient, and not one that ignores the model", async () => {
    const gradient = await metrics.mprt(cnn, await saliency(cnn, x, { target: 1 }));
    const same = await metrics.mprt(cnn, await edges(cnn, x, { target: 1 }));
    expect(same.values).toEqual([1, 1, 1]);
    for (const value of gradient.values) expect(Math.abs(value!)).toBeLessThan(0.8);
    expect(gradient.curve!.at).toEqual([1, 2]);
    const smooth = await metrics.smoothMprt(cnn, await edges(cnn, x, { target: 1 }));
    for (const value of smooth.values) expect(value).toBeCloseTo(1, 6);
    expect((await metrics.efficientMprt(cnn, await edges(cnn, x, { target: 1 }))).values).toEqual([0, 0, 0]);
  });

  it("leaves the map itself out of the mean over layers", async () => {
    // Quantus counts the similarity of the map with itself, which is 1, among the layers.
    const { values, curve } = await metrics.mprt(cnn, await saliency(cnn, x, { target: 1 }));
    values.forEach((value, row) => {
      expect(value).toBeCloseTo(
        curve!.values[row].reduce((a, b) => a + b, 0) / curve!.values[row].length,
        10,
      );
    });
  });

  it("draws layers one at a time or one after the other, from either end, alike for one seed", async () => {
    const map = await inputXGradient(cnn, x, { target: 1 });
    const of = async (options: object): Promise<readonly (readonly number[])[]> =>
      (await metrics.mprt(cnn, map, options)).curve!.values;
    const [down, up, alone] = [
      await of({}),
      await of({ order: "bottomUp" }),
      await of({ mode: "independent" }),
    ];
    const first = (rows: readonly (readonly number[])[]): number[] => rows.map(([value]) => value);
    const last = (rows: readonly (readonly number[])[]): number[] => rows.map((row) => row[row.length - 1]);
    expect(first(down)).toEqual(first(alone));
    expect(last(down)).toEqual(last(up));
    expect(first(up)).toEqual(last(alone));
    expect(await of({ seed: 1 })).not.toEqual(down);
  });

  it("refuses nets without named weights", async () => {
    const fn = (t: tf.Tensor2D): tf.Tensor => t.sum(1, true);
    const map = await saliency(fn, ndarray([1, 2], [1, 2]), { target: 0 });
    await expect(metrics.mprt(fn, map)).rejects.toThrow("mprt(): expected a net whose weights have names");
  });
});
