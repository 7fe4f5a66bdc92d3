/** Memory that compiled graphs keep between calls: within one bound, however many graphs are asked for. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Attribution, asModel, integratedGradients, type NdArray, saliency } from "../../../src";
import { sessions } from "../../../src/engine/compiled/session/session-cache";
import { normals, relativeDifference } from "../../models";

const { layers } = tf;
const LAYERS = 6;

describe("graphs of many questions", () => {
  let model: tf.LayersModel;
  let x: NdArray;
  beforeAll(() => {
    model = tf.sequential();
    for (let k = 0; k < LAYERS; k++)
      (model as tf.Sequential).add(
        layers.conv2d({
          ...(k === 0 ? { inputShape: [16, 16, 2] } : {}),
          filters: 6,
          kernelSize: 3,
          padding: "same",
          activation: "softplus",
          name: `layer${k}`,
        }),
      );
    (model as tf.Sequential).add(layers.globalAveragePooling2d({}));
    (model as tf.Sequential).add(layers.dense({ units: 3 }));
    model.setWeights(
      model.weights.map((weight, i) =>
        tf.tensor(normals(70 + i, weight.shape as number[], 0.3).data, weight.shape as number[]),
      ),
    );
    x = normals(5, [1, 16, 16, 2]);
  });
  afterAll(() => model.dispose());

  const options = (k: number) => ({ target: 1, steps: 8, layer: `layer${k}` }) as const;

  it("hold more than their weights: the memory of their largest runs is counted", async () => {
    const net = asModel(model, { engine: "compiled" });
    const before = sessions.bytes;
    await integratedGradients(net, x, { target: 1, steps: 4 });
    const few = sessions.bytes - before;
    await integratedGradients(net, x, { target: 1, steps: 40 });
    const weights = model.countParams() * 4;
    expect(few).toBeGreaterThan(2 * weights);
    expect(sessions.bytes - before).toBeGreaterThan(2 * few);
  });

  it.each(["cacheBytes", "maxBytes"] as const)(
    "stay within %s, and those used last are kept",
    async (fact) => {
      const bound = 8 * 2 ** 20;
      const facts = fact === "cacheBytes" ? { cacheBytes: bound } : { maxBytes: bound / 2 };
      const net = asModel(model, { engine: "compiled", ...facts });
      const eager = asModel(model, { engine: "eager" });
      for (let k = 0; k < LAYERS; k++) {
        const map = await integratedGradients(net, x, options(k));
        expect(sessions.bytes).toBeLessThanOrEqual(bound);
        const truth = await integratedGradients(eager, x, options(k));
        expect(relativeDifference(map.values.data, truth.values.data)).toBeLessThan(1e-5);
      }
      const held = sessions.size;
      const again = await integratedGradients(net, x, options(LAYERS - 1));
      expect(again.engine).toBe("compiled");
      expect(sessions.size).toBe(held);
      expect(sessions.size).toBeGreaterThan(0);
    },
  );

  it("give the same where runs keep their memory and where they do not", async () => {
    const [kept, anew] = [2 ** 30, 1].map((cacheBytes) => asModel(model, { engine: "compiled", cacheBytes }));
    const before = sessions.bytes;
    const a = await integratedGradients(kept, x, options(0));
    const keeping = sessions.bytes - before;
    const b = await integratedGradients(anew, x, options(0));
    expect(b.values).toEqual(a.values);
    // Others had to go; what is left is weights alone, and less than with a run.
    expect(sessions.size).toBe(1);
    expect(sessions.bytes).toBeLessThan(keeping / 2);
    expect(b.peakBytes).toBeLessThan(a.peakBytes);
  });

  it("answer though nothing may be kept", async () => {
    const net = asModel(model, { engine: "compiled", cacheBytes: 0 });
    const [a, b] = [await saliency(net, x, { target: 1 }), await saliency(net, x, { target: 1 })];
    expect(a.values).toEqual(b.values);
    expect(sessions.size).toBeLessThanOrEqual(1);
  });

  it.each(["compiled", "eager"] as const)("%s: a result says what its call takes at most", async (engine) => {
    const weights = model.countParams() * 4;
    const asked = { target: 1, engine } as const;
    const one = await saliency(model, x, asked);
    // The input, and every value of six layers on the way forward.
    const values = 4 * 16 * 16 * (2 + 6 * LAYERS);
    expect(one.peakBytes).toBeGreaterThan(weights + values / 2);
    expect(one.peakBytes).toBeLessThan(100 * (weights + values));
    const again = await saliency(model, x, asked);
    expect(again.peakBytes).toBe(one.peakBytes);
    const copies = { data: [...x.data, ...x.data, ...x.data, ...x.data], shape: [4, 16, 16, 2] };
    const many = await saliency(model, { ...copies, data: Float32Array.from(copies.data) }, asked);
    expect(many.peakBytes).toBeGreaterThan(2 * one.peakBytes);
    // A cap is one for chunks.
    const cap = 2 ** 21;
    const capped = await integratedGradients(model, x, { ...asked, steps: 64, maxBytes: cap });
    const free = await integratedGradients(model, x, { ...asked, steps: 64 });
    expect(capped.peakBytes).toBeLessThan(free.peakBytes);
    expect(Attribution.fromJSON(free.toJSON()).peakBytes).toBe(free.peakBytes);
  });

  it("refuse a bound that is none", () => {
    expect(() => asModel(model, { cacheBytes: -1 })).toThrow(/^asModel\(\): expected cacheBytes/);
  });
});
