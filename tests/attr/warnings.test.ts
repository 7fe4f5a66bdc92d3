import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type AnyMethod,
  dataset,
  gradCam,
  inputXGradient,
  integratedGradients,
  loss,
  mask,
  neuron,
  noiseTunnel,
  saliency,
  tap,
  UnsupportedOperationError,
} from "../../src";
import { smallMlp } from "../models";

describe("warnings say what a reader must know", () => {
  it("a baseline that equals the input", async () => {
    const map = await integratedGradients(smallMlp(1), [0, 0, 0, 0]);
    expect(map.warnings.join()).toContain("the baseline equals the input");
  });
  it("dead units", async () => {
    const dead = (t: tf.Tensor2D): tf.Tensor => tf.relu(t.sum(1, true).sub(100));
    expect((await saliency(dead, [[1, 2]])).warnings.join()).toContain(
      "the map is zero everywhere: dead units",
    );
  });
  it("a saturated probability", async () => {
    const sure = (t: tf.Tensor2D): tf.Tensor => tf.softmax(t.mul(50));
    expect((await saliency(sure, [[1, 0]], { explain: "probability" })).warnings.join()).toContain(
      "saturated",
    );
    expect((await saliency(sure, [[1, 0]])).warnings).toEqual([]);
  });
  it("a form of the output that there is none of", async () => {
    const linear = (t: tf.Tensor2D): tf.Tensor => t.matMul(tf.tensor2d([[3], [5]]));
    const classes = (t: tf.Tensor2D): tf.Tensor => tap("t", tf.softmax(t));
    const told = async (map: Promise<{ warnings: readonly string[] }>): Promise<string> =>
      (await map).warnings.join();
    expect(await told(saliency(linear, [[1, 2]], { explain: "probability" }))).toBe(
      'explain: "probability" changes nothing: the output ends in neither softmax nor sigmoid, and is explained as it is',
    );
    expect(await told(saliency(linear, [[1, 2]]))).toBe("");
    for (const explain of ["probability", "logProbability"] as const) {
      expect(await told(saliency(classes, [[1, 2]], { explain, target: loss(1) }))).toBe(
        `explain: "${explain}" changes nothing: a loss has one form only`,
      );
      expect(await told(saliency(classes, [[1, 2]], { explain, target: neuron("t", 0) }))).toContain(
        `explain: "${explain}" changes nothing: a neuron has one form only`,
      );
      expect(await told(saliency(classes, [[1, 2]], { explain, target: 0 }))).toBe("");
    }
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
  it("a map of zeros by what may be behind it", async () => {
    const slope = (t: tf.Tensor2D): tf.Tensor => t.matMul(tf.tensor2d([[0], [5]]));
    const zero = async (map: Promise<{ warnings: readonly string[] }>): Promise<string> =>
      (await map).warnings.join();
    expect(await zero(inputXGradient(slope, [[1, 0]]))).toContain("an input of zero wherever");
    expect(await zero(integratedGradients(slope, [[3, 0]]))).toContain("no difference from the baseline");
    const variance = noiseTunnel(saliency, { kind: "variance" });
    expect(await zero(variance(slope, [[1, 2]]))).toContain("all noisy copies have the same map");
    const twice = dataset([
      [3, 1],
      [3, 1],
    ]);
    const same = await zero(integratedGradients(slope, [[3, 1]], { baseline: twice }));
    expect(same).toContain("the baseline equals the input");
    expect(same).not.toContain("zero everywhere");
    const image = tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 1, kernelSize: 1, inputShape: [2, 2, 1], kernelInitializer: "ones" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1, kernelInitializer: tf.initializers.constant({ value: -1 }) }),
      ],
    });
    const ones = { data: new Float32Array(4).fill(1), shape: [1, 2, 2, 1] };
    expect(await zero(gradCam(image, ones, { relu: true }))).toContain("speaks for the target");
  });
  it("no saturation of a weighted sum of probabilities, whatever its value", async () => {
    const two = (t: tf.Tensor2D): tf.Tensor => tf.softmax(t);
    const map = await saliency(two, [[0.3, 0.4]], { target: mask([2, 3]), explain: "probability" });
    expect(map.warnings).toEqual([]);
  });
  it("a score at the baseline that is not finite, also to adaptive refinement", async () => {
    const log = (t: tf.Tensor2D): tf.Tensor => t.log().sum(1, true);
    for (const options of [{}, { tolerance: 1e-3 }]) {
      const { warnings } = await integratedGradients(log, [[4]], options);
      expect(warnings.join()).toContain("score at the baseline is not finite");
      expect(warnings.join()).not.toContain("the score is the same");
    }
  });
  it("no score that is not finite where the entry that is infinite has no weight", async () => {
    const log = (t: tf.Tensor2D): tf.Tensor => t.log();
    for (const engine of ["eager", "compiled"] as const) {
      const map = await saliency(log, [[0, 4]], { target: 1, engine });
      expect(map.score[0]).toBeCloseTo(Math.log(4), 6);
      expect(map.warnings.join()).not.toContain("score is not finite");
    }
  });
  it("what is left over where attributions should cancel", async () => {
    const hill = (t: tf.Tensor2D): tf.Tensor => t.mul(tf.sub(1, t));
    const { warnings } = await integratedGradients(hill, [[1]], { rule: "left", steps: 1 });
    expect(warnings.join()).toContain("more than 5 %");
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
  it.each(["eager", "compiled"] as const)(
    "a tolerance that was missed names the examples of the call once, %s",
    async (engine) => {
      // A step between the nodes: no evaluation tells where. Example 1 stays below it.
      const step = (t: tf.Tensor2D): tf.Tensor => t.sub(0.37).mul(1e6).sigmoid().add(t).sum(1, true);
      const missed = /^the tolerance of 0\.01 was not reached for example 0, 2 within \d+ evaluations/;
      const inner = integratedGradients.with({ tolerance: 0.01, steps: 1, target: 0, engine });
      const xs = [[1], [0.1], [1.1]];
      const named = async (method: AnyMethod, x: number[][] = xs) =>
        (await method(step, x)).warnings.filter((text) => text.includes("tolerance of"));
      const quiet = noiseTunnel(inner, { samples: 12, stdev: 0 });
      for (const method of [
        inner,
        quiet,
        noiseTunnel(quiet, { samples: 2 }),
        inner.with({ baseline: dataset([[0], [0.01]]) }),
      ]) {
        expect(await named(method)).toEqual([expect.stringMatching(missed)]);
      }
      expect(await named(quiet, [[1]])).toEqual([expect.stringMatching(/not reached within/)]);
    },
  );
});
