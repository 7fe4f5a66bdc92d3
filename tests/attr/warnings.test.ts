import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { integratedGradients, saliency, UnsupportedOperationError } from "../../src";
import { smallMlp } from "../models";

describe("warnings say what a reader must know", () => {
  it("a baseline that equals the input", async () => {
    const map = await integratedGradients(smallMlp(1), [0, 0, 0, 0]);
    expect(map.warnings.join()).toContain("the baseline equals the input");
  });
  it("dead units", async () => {
    const dead = (t: tf.Tensor2D): tf.Tensor => tf.relu(t.sum(1, true).sub(100));
    expect((await saliency(dead, [[1, 2]])).warnings.join()).toContain("the gradient is zero everywhere");
  });
  it("a saturated probability", async () => {
    const sure = (t: tf.Tensor2D): tf.Tensor => tf.softmax(t.mul(50));
    expect((await saliency(sure, [[1, 0]], { explain: "probability" })).warnings.join()).toContain(
      "saturated",
    );
    expect((await saliency(sure, [[1, 0]])).warnings).toEqual([]);
  });
  it("a path without a difference, a sum that misses, values that are not finite", async () => {
    const even = (t: tf.Tensor2D): tf.Tensor => t.sub(0.5).square().sum(1, true);
    expect((await integratedGradients(even, [[1, 1]])).warnings.join()).toContain("the score is the same");
    const step = (t: tf.Tensor2D): tf.Tensor => t.mul(1000).tanh().sum(1, true);
    expect((await integratedGradients(step, [[1, 0.7]], { steps: 3 })).warnings.join()).toContain(
      "more than 5 %",
    );
    const root = (t: tf.Tensor2D): tf.Tensor => t.sqrt().sum(1, true);
    expect((await saliency(root, [[0, 1]])).warnings.join()).toContain("not finite");
  });
  it("a path that is cut by an operation without gradient is an error that names it", async () => {
    const cut = (t: tf.Tensor2D): tf.Tensor => t.argMax(1).toFloat().expandDims(1);
    await expect(saliency(cut, [[1, 2]])).rejects.toThrow(UnsupportedOperationError);
    await expect(saliency(cut, [[1, 2]])).rejects.toThrow("ArgMax");
    const partly = (t: tf.Tensor2D): tf.Tensor => t.mul(t.greater(0).toFloat()).sum(1, true);
    expect(Array.from((await saliency(partly, [[1, -2]])).values.data)).toEqual([1, 0]);
    const cast = (t: tf.Tensor2D): tf.Tensor => t.toInt().toFloat().sum(1, true);
    await expect(saliency(cast, [[1, 2]])).rejects.toThrow("Cast");
  });
});
