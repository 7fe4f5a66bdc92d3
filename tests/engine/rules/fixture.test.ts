import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { ndarray } from "../../../src";
import { epsilon, guided, rescale } from "../../../src/engine/rules";
import { b1, b2, expected, w1, w2 } from "../../golden/captum-mlp";
import { relativeDifference } from "../../models";
import { classOf, engines, on } from "./asked";

const x = ndarray([1.2, -0.7, 0.9], [1, 3]);
const baseline = ndarray([0, 0, 0], [1, 3]);

function layers(...made: tf.layers.Layer[]): tf.LayersModel {
  const model = tf.sequential({ layers: made });
  model.setWeights([w1, b1, w2, b2]);
  return model;
}

const dense = (units: number, rest: object): tf.layers.Layer => tf.layers.dense({ units, ...rest });

/** The same net as tfjs can be told it: dense layers alone lead to three spellings of kernels. */
const spellings: Record<string, unknown> = {
  "layers, relu by itself": layers(
    dense(4, { inputShape: [3] }),
    tf.layers.activation({ activation: "relu" }),
    dense(2, {}),
  ),
  "layers, relu inside": layers(dense(4, { inputShape: [3], activation: "relu" }), dense(2, {})),
  "layers, softmax behind": layers(
    dense(4, { inputShape: [3] }),
    tf.layers.reLU(),
    dense(2, { activation: "softmax" }),
  ),
  "layers on sequences of one": layers(
    tf.layers.reshape({ inputShape: [3], targetShape: [1, 3] }),
    dense(4, { activation: "relu" }),
    dense(2, {}),
    tf.layers.flatten(),
  ),
  operations: (t: tf.Tensor2D) => tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(t, w1), b1)), w2), b2),
  "fused operations": (t: tf.Tensor2D) =>
    tf.fused.matMul({
      a: tf.fused.matMul({ a: t, b: w1, bias: b1, activation: "relu" }),
      b: w2,
      bias: b2,
    }),
  "einsum, the bias first": (t: tf.Tensor2D) =>
    tf.add(b2, tf.einsum("bi,ij->bj", tf.relu(tf.add(b1, tf.einsum("bi,ij->bj", t, w1))), w2)),
};

afterAll(() => {
  for (const model of Object.values(spellings)) if (model instanceof tf.LayersModel) model.dispose();
});

describe.each(engines)("Captum's values on the %s engine", (engine) => {
  describe.each(Object.entries(spellings))("%s", (_, net) => {
    it.each([0, 1])("target %i", async (target) => {
      const model = on(engine, net);
      const of = classOf(target, 2, 1);
      const ask = { of, at: [{ input: 0 }] };
      const guidedMap = await model.gradient([x], { ...ask, rule: guided });
      expect(
        relativeDifference(guidedMap.gradients[0]?.data ?? [], expected(`guidedbp_t${target}`)),
      ).toBeLessThanOrEqual(1e-5);
      expect(guidedMap.scores[0]).toBeCloseTo(expected("f(x)")[target] as number, 4);

      const multipliers = await model.gradient([x], { ...ask, rule: rescale, reference: [baseline] });
      const map = Array.from(multipliers.gradients[0]?.data ?? [], (m, i) => m * (x.data[i] as number));
      expect(relativeDifference(map, expected(`deeplift_t${target}`))).toBeLessThanOrEqual(1e-5);

      const relevance = await model.gradient([x], { ...ask, rule: epsilon(1e-9) });
      expect(
        relativeDifference(relevance.gradients[0]?.data ?? [], expected(`lrp_eps_t${target}`)),
      ).toBeLessThanOrEqual(1e-5);
    });
  });
});
