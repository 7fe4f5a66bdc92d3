import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { activations, asModel, type NdArray, rise, scoreCam } from "../../src";
import { upsampled } from "../../src/attribution/upsample";
import { normals, relativeDifference, smallCnn } from "../models";

/** RISE and Score-CAM: scores of what is seen through masks. */
const cnn = smallCnn(71);
const x = normals(71, [2, 4, 4, 2]);
afterAll(() => cnn.dispose());

/** F = 3 x₁ − x₂ of four features, and how often each was asked. */
const linear = asModel(
  ({ data, shape }: NdArray) =>
    Array.from({ length: shape[0]! }, (_, row) => [3 * data[4 * row + 1]! - data[4 * row + 2]!]),
  { outputs: 1 },
);

describe("rise", () => {
  it("of a linear score is known: a feature rises above the mean by its half", async () => {
    const map = await rise(linear, [[1, 1, 1, 1]], { samples: 6000, seed: 3 });
    const error = map.parts[0]!.standardError!.data;
    // E[F m_i]/p: half of what the others give, and all of the feature's own.
    [1, 2.5, 0.5, 1].forEach((expected, i) => {
      expect(Math.abs(map.values.data[i]! - expected)).toBeLessThan(4.5 * error[i]!);
      expect(error[i]).toBeLessThan(0.05);
    });
    expect(map.passes.backward).toBe(0);
  });

  it("compares with the baseline, and stops on its error", async () => {
    const map = await rise(linear, [[2, 2, 2, 2]], {
      baseline: [2, 0, 2, 2],
      samples: 4000,
      until: { standardError: 0.05 },
    });
    expect(map.passes.forward).toBeLessThan(4000);
    // What is hidden stays 2 but for the second feature: F = 6 m₁ − 2.
    expect(map.values.data[1]! / map.values.data[0]!).toBeGreaterThan(2);
  });

  it("finds the half of an image that counts, on both engines", async () => {
    const left = (t: tf.Tensor4D): tf.Tensor => t.slice([0, 0, 0, 0], [-1, 8, 4, 1]).mean([1, 2]);
    const image = { data: new Float32Array(128).fill(1), shape: [1, 8, 8, 2] };
    for (const engine of ["eager", "compiled"] as const) {
      const map = await rise(left, image, { target: 0, samples: 300, cells: 3, engine });
      const mean = (from: number): number => {
        let sum = 0;
        for (let row = 0; row < 8; row++)
          for (let column = from; column < from + 4; column++) sum += map.values.data[16 * row + 2 * column]!;
        return sum / 32;
      };
      expect(mean(0)).toBeGreaterThan(1.1 * mean(4));
      // The channels of a position are seen together.
      for (let i = 0; i < 128; i += 2) expect(map.values.data[i]).toBe(map.values.data[i + 1]);
    }
  });

  it.each([
    [{ probability: 0 }, /probability to be a finite number above 0/],
    [{ probability: 1 }, /probability below 1, got 1/],
    [{ cells: 0 }, /cells to be a whole number of at least 1/],
    [{ samples: 0 }, /samples to be a whole number of at least 1/],
  ])("refuses %o", async (options, message) => {
    await expect(rise(cnn, x, options)).rejects.toThrow(message);
  });
});

describe("scoreCam", () => {
  it.each(["eager", "compiled"] as const)("is its formula, %s", async (engine) => {
    const asked = { target: 1, engine, layer: "conv" } as const;
    const map = await scoreCam(cnn, x, asked);
    const A = await activations(cnn, x, "conv");
    const expected: number[] = [];
    for (let row = 0; row < 2; row++) {
      const scores = [0, 1, 2].map((channel) => {
        const cells = Array.from({ length: 9 }, (_, i) => A.data[27 * row + 3 * i + channel]!);
        const [low, high] = [Math.min(...cells), Math.max(...cells)];
        const mask = upsampled(
          { data: Float32Array.from(cells, (v) => (v - low) / (high - low + 1e-8)), shape: [1, 3, 3, 1] },
          [4, 4],
        );
        const seen = x.data.slice(32 * row, 32 * row + 32).map((v, i) => v * mask.data[Math.floor(i / 2)]!);
        const weights = cnn.getLayer("head").getWeights() as [tf.Tensor2D, tf.Tensor1D];
        return tf.tidy(() => {
          const features = ["conv", "pool", "flat"].reduce<tf.Tensor>(
            (value, name) => cnn.getLayer(name).apply(value) as tf.Tensor,
            tf.tensor(seen, [1, 4, 4, 2]),
          );
          return features.matMul(weights[0]).add(weights[1]).dataSync()[1]!;
        });
      });
      const top = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - top));
      const sum = powers.reduce((a, b) => a + b, 0);
      for (let i = 0; i < 9; i++)
        expected.push([0, 1, 2].reduce((s, c) => s + (powers[c]! / sum) * A.data[27 * row + 3 * i + c]!, 0));
    }
    expect(map.values.shape).toEqual([2, 3, 3, 1]);
    expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-5);
    expect(map.passes.backward).toBe(0);
  });

  it("needs an input with the layer's positions", async () => {
    const words = tf.sequential({
      layers: [
        tf.layers.dense({ units: 9, inputShape: [5] }),
        tf.layers.reshape({ targetShape: [3, 3, 1], name: "grid" }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    await expect(scoreCam(words, [[1, 2, 3, 4, 5]], { layer: "grid" })).rejects.toThrow(
      "scoreCam(): expected an input with the layer's 2 axes of positions, got [5]",
    );
    words.dispose();
  });
});
