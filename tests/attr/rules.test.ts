import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, author, deepLift, defineMethod } from "../../src";
import { b1, b2, expected, w1, w2 } from "../golden/captum-mlp";
import { relativeDifference } from "../models";

/** Backward rules as the author of a method asks for them: `p.gradient({ rule })` gives Captum's values. */

const mlp = (x: tf.Tensor2D): tf.Tensor => x.matMul(w1).add(b1).relu().matMul(w2).add(b2);
const x = [[1.2, -0.7, 0.9]];

/** The methods that the rules are known by, each as a student would write it in a cell. */
const methods = {
  guidedbp: defineMethod({ name: "guidedBackprop" }, (p) => p.gradient({ rule: author.guided })),
  deeplift: defineMethod({ name: "rescaled", needsBaseline: true }, async (p) =>
    author.times(
      author.minus(p.x, p.baseline),
      await p.gradient({ rule: author.rescale, reference: p.baseline }),
    ),
  ),
  lrp_eps: defineMethod({ name: "relevance" }, (p) => p.gradient({ rule: author.epsilon(1e-9) })),
};

describe.each(["eager", "compiled"] as const)("on the %s engine", (engine) => {
  const net = asModel(mlp, { engine });
  for (const target of [0, 1])
    it.each(Object.entries(methods))(`%s of class ${target}`, async (name, method) => {
      const map = await method(net, x, { target });
      expect(relativeDifference(map.values.data, expected(`${name}_t${target}`))).toBeLessThanOrEqual(1e-5);
    });

  it("deepLift is the rescale rule's method", async () => {
    for (const target of [0, 1]) {
      const map = await deepLift(net, x, { target });
      expect(relativeDifference(map.values.data, expected(`deeplift_t${target}`))).toBeLessThanOrEqual(1e-5);
    }
  });
});
