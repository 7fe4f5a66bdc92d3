import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { asModel, integratedGradients, neuron, saliency } from "../../src";
import { normals, relativeDifference, smallCnn } from "../models";

/** Groups of units as the target: the gradient of their sum is the sum of their gradients. */

const cnn = smallCnn(11);
const x = normals(11, [2, 4, 4, 2]);
afterAll(() => cnn.dispose());

describe.each(["eager", "compiled"] as const)("neuron() on the %s engine", (engine) => {
  const net = asModel(cnn, { engine });
  const gradientOf = async (which: Parameters<typeof neuron>[1]): Promise<Float32Array> =>
    (await saliency(net, x, { target: neuron("conv", which) })).values.data;
  const sumOf = async (...units: number[][]): Promise<Float32Array> => {
    const each = await Promise.all(units.map(gradientOf));
    return each[0]!.map((_, i) => each.reduce((sum, map) => sum + map[i]!, 0));
  };

  it("sums a list of units", async () => {
    const units = [
      [0, 1, 2],
      [2, 2, 0],
    ];
    expect(relativeDifference(await gradientOf(units), await sumOf(...units))).toBeLessThanOrEqual(1e-5);
  });

  it("sums slices of axes", async () => {
    const block = [
      [1, 0, 2],
      [1, 1, 2],
      [1, 2, 2],
    ];
    const expected = await sumOf(...block);
    expect(relativeDifference(await gradientOf([1, {}, 2]), expected)).toBeLessThanOrEqual(1e-5);
    expect(
      relativeDifference(await gradientOf([1, { from: 1 }, 2]), await sumOf(...block.slice(1))),
    ).toBeLessThanOrEqual(1e-5);
    expect(
      relativeDifference(await gradientOf([{ to: 1 }, 0, 1]), await sumOf([0, 0, 1])),
    ).toBeLessThanOrEqual(1e-5);
  });

  it("weighs a mask, and takes a function of the layer's values", async () => {
    const weights = normals(3, [3, 3, 3]);
    const masked = await saliency(net, x, { target: neuron("conv", weights) });
    const function_ = await saliency(net, x, {
      target: neuron("conv", (values: tf.Tensor4D) =>
        values.mul(tf.tensor(weights.data, [1, 3, 3, 3])).sum([1, 2, 3]),
      ),
      engine,
    });
    expect(relativeDifference(masked.values.data, function_.values.data)).toBeLessThanOrEqual(1e-5);
    expect(relativeDifference(masked.score, function_.score)).toBeLessThanOrEqual(1e-5);
    expect(masked.targetLabels[0]).toBe("mask of 27 neurons of conv");
  });

  it("keeps completeness for a group", async () => {
    const map = await integratedGradients(net, x, { target: neuron("conv", [{}, {}, 1]), steps: 300 });
    map.convergenceDelta!.forEach((delta, row) => {
      expect(Math.abs(delta)).toBeLessThanOrEqual(
        0.02 * Math.abs(map.score[row]! - map.baselineScore![row]!) + 1e-4,
      );
    });
    expect(map.targetLabels[0]).toBe("neuron conv[:,:,1]");
  });

  it("takes units of a layer with one axis as a list", async () => {
    const both = await saliency(net, x, { target: neuron("head", [0, 2]) });
    const [first, last] = [
      await saliency(net, x, { target: neuron("head", 0) }),
      await saliency(net, x, { target: neuron("head", 2) }),
    ];
    const sum = first.values.data.map((value, i) => value + last.values.data[i]!);
    expect(relativeDifference(both.values.data, sum)).toBeLessThanOrEqual(1e-5);
  });

  it("gives a function of a net with several outputs all of them", async () => {
    const input = tf.input({ shape: [3] });
    const [a, b] = [3, 2].map(
      (units, i) =>
        tf.layers
          .dense({ units, kernelInitializer: tf.initializers.randomNormal({ seed: i }) })
          .apply(input) as tf.SymbolicTensor,
    );
    const two = tf.model({ inputs: input, outputs: [a!, b!] });
    const at = asModel(two, { engine });
    const one = [[1, 2, 3]];
    const product = await saliency(at, one, {
      target: (left: tf.Tensor2D, right: tf.Tensor2D) => left.sum(1).mul(right.sum(1)),
      engine,
    });
    const [left, right] = await Promise.all(
      [0, 1].map((output) =>
        saliency(at, one, { output, target: (values: tf.Tensor2D) => values.sum(1), engine }),
      ),
    );
    const expected = left!.values.data.map(
      (value, i) => value * right!.score[0]! + left!.score[0]! * right!.values.data[i]!,
    );
    expect(product.score[0]).toBeCloseTo(left!.score[0]! * right!.score[0]!, 4);
    expect(relativeDifference(product.values.data, expected)).toBeLessThanOrEqual(1e-5);
    two.dispose();
  });
});

describe("neuron() refuses", () => {
  it.each([
    ["a fraction", () => neuron("conv", 1.5), /neuron\(\): expected index to be whole numbers from 0/],
    ["words", () => neuron("conv", "all" as never), /expected index to be whole numbers from 0 or slices/],
    ["a slice with other ends", () => neuron("conv", [{ start: 1 }] as never), /slices \{ from, to \}/],
  ])("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  it.each([
    [
      "an empty slice",
      neuron("conv", [{ from: 2, to: 2 }, 0, 0]),
      /which has shape \[3, 3, 3\], got \[2:2, 0, 0\]/,
    ],
    ["a slice beyond the end", neuron("conv", [{ to: 4 }, 0, 0]), /got \[:4, 0, 0\]/],
    ["too few axes", neuron("conv", [1, 1]), /got \[1, 1\]/],
    [
      "weights of another shape",
      neuron("conv", normals(1, [3, 3])),
      /weights of shape \[3, 3, 3\] for layer "conv"/,
    ],
  ])("%s", async (_, target, message) => {
    await expect(saliency(cnn, x, { target })).rejects.toThrow(message);
  });
});
