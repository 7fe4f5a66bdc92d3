import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { integratedGradients, mask, saliency, smoothGrad } from "../../src";
import { normals, smallCnn, smallMlp } from "../models";

describe("again repeats the call as it was", () => {
  const cnn = smallCnn(6);
  const mlp = smallMlp(6);
  afterAll(() => {
    cnn.dispose();
    mlp.dispose();
  });

  it.each(["eager", "compiled"] as const)(
    "when the arrays that were given have changed, %s",
    async (engine) => {
      const x = normals(6, [2, 4, 4, 2]);
      const baseline = normals(7, [4, 4, 2]);
      const weights = { data: Float32Array.from([1, 0, 2]), shape: [3] };
      const layer = { layer: "conv", side: "output" as const };
      const options = { engine, steps: 4, baseline, target: mask(weights), layer };
      const map = await integratedGradients(cnn, x, options as never);
      const indices = [0, 2];
      const by = await saliency.with({ target: indices })(cnn, x, { engine });
      for (const { data } of [x, baseline, weights]) data.fill(0);
      indices.fill(1);
      (layer as { layer: string }).layer = "pool";
      const same = await map.again();
      expect([same.parts, same.score, same.options]).toEqual([map.parts, map.score, map.options]);
      const twice = await (await by.again()).again();
      expect([twice.parts, twice.target]).toEqual([by.parts, [0, 2]]);
      expect((await by.again({ target: 1 })).target).toEqual([1, 1]);
    },
  );

  it("when tensors were disposed of, with and without a batch axis", async () => {
    for (const shape of [[4], [2, 4]]) {
      const [x, baseline] = [tf.ones(shape), tf.zeros(shape)];
      const map = await integratedGradients(mlp, x, { baseline, steps: 3 });
      x.dispose();
      baseline.dispose();
      const same = await map.again();
      expect([same.parts, same.options]).toEqual([map.parts, map.options]);
      expect((await smoothGrad(mlp, map.input)).values.shape).toEqual(shape);
    }
  });

  it("by name on a model that has its inputs in another order", async () => {
    const [a, b] = [tf.input({ shape: [3], name: "a" }), tf.input({ shape: [3], name: "b" })];
    const scaled = tf.layers.dense({ units: 1, useBias: false }).apply(a) as tf.SymbolicTensor;
    const other = tf.layers.dense({ units: 1, useBias: false }).apply(b) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([scaled, other]) as tf.SymbolicTensor;
    const [there, back] = [
      tf.model({ inputs: [a, b], outputs: sum }),
      tf.model({ inputs: [b, a], outputs: sum }),
    ];
    const map = await saliency(there, { b: [4, 5, 6], a: [1, 2, 3] });
    const turned = await map.again({ model: back });
    expect(turned.parts.map(({ name, input }) => [name, [...input.data]])).toEqual([
      ["b", [4, 5, 6]],
      ["a", [1, 2, 3]],
    ]);
  });
});
