import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import {
  Attribution,
  asModel,
  dataset,
  felzenszwalb,
  integratedGradients,
  kernelShap,
  lime,
  type NdArray,
  ndarray,
  noiseTunnel,
  shapleyValues,
  slic,
  xrai,
} from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Methods that see a picture in regions: LIME on superpixels and XRAI. */
const mlp = smallMlp(31, 6, "tanh");
afterAll(() => mlp.dispose());

/** 12 × 12 of four squares of a grey each, with a little texture. */
function squares(): NdArray {
  const greys = [0.1, 0.4, 0.7, 1];
  return ndarray(
    Array.from({ length: 144 }, (_, i) => {
      const [row, column] = [Math.floor(i / 12), i % 12];
      return greys[2 * Math.floor(row / 6) + Math.floor(column / 6)]! + 0.01 * Math.sin(7 * i);
    }),
    [12, 12, 1],
  );
}
const flat = { segments: 4, compactness: 0.1 };
const square = (i: number): number => 2 * Math.floor(i / 72) + Math.floor((i % 12) / 6);

describe("segmentation", () => {
  it("finds what was drawn", () => {
    for (const labels of [
      slic(squares(), flat),
      felzenszwalb(squares(), { scale: 20, sigma: 0, smallest: 4 }),
    ]) {
      expect(labels.shape).toEqual([12, 12, 1]);
      const seen = new Map<number, number>();
      labels.data.forEach((label, i) => {
        expect(seen.get(square(i)) ?? label).toBe(label);
        seen.set(square(i), label);
      });
      expect([...seen.values()].sort()).toEqual([0, 1, 2, 3]);
    }
  });

  it("gives each superpixel in one piece, numbered without gaps", () => {
    const picture = normals(3, [14, 11, 3]);
    const { data } = slic(picture, { segments: 12 });
    const count = Math.max(...data) + 1;
    expect(new Set(data).size).toBe(count);
    for (let label = 0; label < count; label++) {
      const own = new Set([...data.keys()].filter((i) => data[i] === label));
      const reached = [[...own][0]!];
      for (const i of reached)
        for (const other of [i - 11, i + 11, ...(i % 11 > 0 ? [i - 1] : []), ...(i % 11 < 10 ? [i + 1] : [])])
          if (own.has(other) && !reached.includes(other)) reached.push(other);
      expect(reached.length).toBe(own.size);
    }
  });

  it.each([
    [() => slic([1, 2, 3]), /^slic\(\): expected a picture of shape \[height, width, channels\]/],
    [
      () => slic(squares(), { segments: 0 }),
      /^slic\(\): expected segments to be a whole number of at least 1, got 0/,
    ],
    [() => slic(squares(), { compactness: 0 }), /compactness/],
    [() => slic(squares(), { segmnts: 3 } as never), /nearest: "segments"/],
    [() => felzenszwalb(squares(), { scale: -1 }), /^felzenszwalb\(\): expected scale/],
    [() => felzenszwalb([[[Number.NaN]]]), /finite/],
  ])("refuses %s", (act, message) => {
    expect(act).toThrow(message);
  });
});

/** A black box is asked for batches. */
const one = ndarray(squares().data, [1, 12, 12, 1]);

/** A score that adds up over the four squares: 4, −2, 1 and 0 where they are seen. */
const additive = asModel(
  ({ data, shape }: NdArray) =>
    Array.from({ length: shape[0]! }, (_, row) => {
      const seen = [0, 0, 0, 0];
      for (let i = 0; i < 144; i++) seen[square(i)]! += data[row * 144 + i] === 0 ? 0 : 1 / 36;
      return [4 * seen[0]! - 2 * seen[1]! + seen[2]! + 0.5];
    }),
  { outputs: 1 },
);

describe("lime", () => {
  it("finds the effects of a score that adds up over superpixels, with its intercept and R² 1", async () => {
    const map = await lime(additive, one, { groups: slic(squares(), flat), ridge: 1e-9 });
    map.values.data.forEach((value, i) => {
      expect(value).toBeCloseTo([4, -2, 1, 0][square(i)]!, 5);
    });
    expect(map.details!["R²"]![0]).toBeCloseTo(1, 9);
    expect(map.details!["intercept"]![0]).toBeCloseTo(0.5, 5);
    expect(map.details!["local score"]![0]).toBeCloseTo(map.score[0]!, 5);
    expect(String(map)).toMatch(/R² = 1/);
    const back = Attribution.fromJSON(JSON.stringify(map));
    expect(back.details).toEqual(map.details);
    expect(map.passes).toEqual({ forward: 1002, backward: 0 });
  });

  it("gives each example superpixels of its own, whatever else is in the batch", async () => {
    const model = smallCnn(4);
    const x = normals(4, [2, 4, 4, 2]);
    const both = await lime(model, x, { segments: 4, samples: 300 });
    for (const row of [0, 1]) {
      const own = { data: x.data.slice(32 * row, 32 * row + 32), shape: [4, 4, 2] };
      const alone = await lime(model, own, { segments: 4, samples: 300, target: both.target[row]! });
      expect(
        relativeDifference(alone.values.data, both.values.data.subarray(32 * row, 32 * row + 32)),
      ).toBeLessThan(1e-5);
      const labels = slic(own, { segments: 4 });
      for (let i = 0; i < 32; i += 2)
        for (let j = 0; j < i; j += 2)
          if (labels.data[i / 2] === labels.data[j / 2])
            expect(alone.values.data[i]).toBe(alone.values.data[j]);
    }
  });

  it("is not zero for probabilities near 1, however small the scores' differences", async () => {
    const sure = smallCnn(6);
    const [last] = sure.layers.slice(-1);
    const [kernel, bias] = last!.getWeights() as [tf.Tensor, tf.Tensor];
    last!.setWeights([kernel.mul(1e-3), bias]);
    const x = normals(6, [4, 4, 2]);
    const map = await lime(sure, x, { explain: "probability", target: 0 });
    const largest = Math.max(...map.values.data.map(Math.abs));
    expect(largest).toBeGreaterThan(1e-6);
    const logit = await lime(sure, x, { target: 0 });
    const slope = map.score[0]! * (1 - map.score[0]!);
    // Near enough for the softmax to be a line: both maps rank entries alike.
    expect(slope).toBeGreaterThan(0);
    const top = (data: Float32Array): number => data.indexOf(Math.max(...data));
    expect(logit.values.data[top(map.values.data)]! / Math.max(...logit.values.data)).toBeGreaterThan(0.8);
  });

  it("tends to what a table says with rows of a data set, and to Shapley values' order of a linear score", async () => {
    const linear = asModel(
      ({ data, shape }: NdArray) =>
        Array.from({ length: shape[0]! }, (_, row) => [2 * data[3 * row]! - data[3 * row + 1]!]),
      { outputs: 1 },
    );
    const xs = [
      [0, 2, 5],
      [2, 0, -5],
      [1, 1, 3],
    ];
    const map = await lime(linear, [[3, 4, 1]], { baseline: dataset(xs), samples: 4000, ridge: 1e-9 });
    const error = map.parts[0]!.standardError!.data;
    [2 * (3 - 1), -(4 - 1), 0].forEach((effect, i) => {
      expect(Math.abs(map.values.data[i]! - effect)).toBeLessThanOrEqual(4.5 * error[i]! + 1e-6);
    });
    expect(map.warnings.join()).not.toMatch(/unexplained/);
  });

  it("has error bars that cover the fit of many samples, and stops on them", async () => {
    const x = normals(31, [6]);
    const far = await lime(mlp, x, { target: 0, samples: 100_000, seed: 999, engine: "compiled" });
    let covered = 0;
    const seeds = Number(process.env.GRADLENS_SEEDS ?? 25);
    for (let seed = 0; seed < seeds; seed++) {
      const map = await lime(mlp, x, { target: 0, seed, samples: 200, engine: "eager" });
      const error = map.parts[0]!.standardError!.data;
      covered += map.values.data.filter(
        (v, i) => Math.abs(v - far.values.data[i]!) <= 2 * error[i]! + 1e-7,
      ).length;
    }
    expect(covered / (6 * seeds)).toBeGreaterThanOrEqual(0.9);
    const until = { standardError: 0.05 };
    const stopped = await lime(mlp, x, { target: 0, samples: 20_000, until });
    expect(stopped.passes.forward).toBeLessThan(20_000);
    const [error, value] = [stopped.parts[0]!.standardError!, stopped.values].map(({ data }) =>
      Math.max(...data.map(Math.abs)),
    ) as [number, number];
    expect(error).toBeLessThanOrEqual(0.05 * value);
  });

  it("says where a linear model explains little", async () => {
    const parity = asModel(
      ({ data, shape }: NdArray) =>
        Array.from({ length: shape[0]! }, (_, row) => [data[2 * row]! * data[2 * row + 1]!]),
      { outputs: 1 },
    );
    const map = await lime(parity, [[1, 1]], { baseline: -1, kernelWidth: 10 });
    expect(map.details!["R²"]![0]).toBeLessThan(0.05);
    expect(map.warnings.join()).toMatch(/leaves \d+ % of the scores' variance unexplained \(1 − R²\)/);
  });

  it("explains tokens, layers and groups, and refuses bad options before any work", async () => {
    const words = tf.sequential({
      layers: [
        tf.layers.embedding({ inputDim: 6, outputDim: 3, inputLength: 4 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const ids = { data: [1, 4, 0, 2], shape: [1, 4] };
    const map = await lime(words, ids, { target: 0, ridge: 1e-9 });
    const path = await integratedGradients(words, ids, { target: 0 });
    expect(relativeDifference(map.values.data, path.values.data)).toBeLessThan(1e-4);
    const layer = await lime(mlp, normals(31, [6]), { layer: "hidden", target: 1, ridge: 1e-9 });
    const exact = await shapleyValues(mlp, normals(31, [6]), { layer: "hidden", target: 1 });
    expect(relativeDifference(layer.values.data, exact.values.data)).toBeLessThan(1e-4);
    let asked = 0;
    const counting = asModel(
      ({ shape }: NdArray) => {
        asked++;
        return Array.from({ length: shape[0]! }, () => [0]);
      },
      { outputs: 1 },
    );
    for (const [options, message] of [
      [{ kernelWidth: 0 }, /kernelWidth to be .*above 0/],
      [{ ridge: 0 }, /ridge to be .*above 0/],
      [{ segments: 0 }, /segments/],
      [{ groups: "superpixel" }, /groups to be/],
      [{ samples: 0 }, /samples/],
      [{ spread: "shared" }, /nearest: "share"/],
      [{ groups: [0, 1] }, /groups of shape \[3\]/],
    ] as const)
      await expect(lime(counting, [[1, 2, 3]], options as never)).rejects.toThrow(message);
    expect(asked).toBe(0);
    words.dispose();
  });

  it("keeps its own numbers out of a noise tunnel, whose copies have others", async () => {
    const map = await noiseTunnel(lime.with({ samples: 20 }), { samples: 3 })(mlp, normals(31, [2, 6]));
    expect(map.details).toBeUndefined();
  });
});

describe("slic for other methods", () => {
  it("makes groups", async () => {
    const map = await kernelShap(additive, one, {
      groups: slic(squares(), flat),
    });
    map.values.data.forEach((value, i) => {
      expect(36 * value).toBeCloseTo([4, -2, 1, 0][square(i)]!, 4);
    });
  });
});

describe("xrai", () => {
  const model = smallCnn(7);
  const x = normals(7, [2, 4, 4, 2]);
  const labels = ndarray([0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 3, 2, 2, 2, 3], [4, 4]);
  afterAll(() => model.dispose());

  it.each(["eager", "compiled"] as const)(
    "is the mean over each region of the largest channel's integral, %s",
    async (engine) => {
      const map = await xrai(model, x, { regions: labels, target: 1, engine });
      for (const row of [0, 1]) {
        const own = x.data.subarray(32 * row, 32 * row + 32);
        const image = { data: own, shape: [4, 4, 2] };
        const ends = await Promise.all(
          [Math.min(...own), Math.max(...own)].map((baseline) =>
            integratedGradients(model, image, { baseline, target: 1 }),
          ),
        );
        const highest = Array.from({ length: 16 }, (_, i) =>
          Math.max(
            ...[0, 1].map((c) => ends.reduce((sum, { values }) => sum + values.data[2 * i + c]! / 2, 0)),
          ),
        );
        for (let label = 0; label < 4; label++) {
          const inside = [...labels.data.keys()].filter((i) => labels.data[i] === label);
          const mean = inside.reduce((sum, i) => sum + highest[i]! / inside.length, 0);
          for (const i of inside)
            for (const c of [0, 1]) expect(map.values.data[32 * row + 2 * i + c]).toBeCloseTo(mean, 5);
        }
      }
    },
  );

  it("finds a patch that alone matters, with regions of its own", async () => {
    const picture = squares();
    const weights = Array.from({ length: 144 }, (_, i) => (square(i) === 2 ? 1 : 0));
    const patch = (t: tf.Tensor4D): tf.Tensor => t.reshape([-1, 144]).matMul(tf.tensor2d(weights, [144, 1]));
    const black = { ...picture, shape: [1, 12, 12, 1] };
    for (const algorithm of ["full", "fast"] as const) {
      const map = await xrai(patch, black, { algorithm, dilation: 0, target: 0 });
      const inside = [...map.values.data].filter((_, i) => square(i) === 2);
      const outside = [...map.values.data].filter((_, i) => square(i) !== 2);
      expect(Math.min(...inside)).toBeGreaterThan(Math.max(...outside));
    }
  });

  it.each([
    [{ regions: [[0, 1]] }, /^xrai\(\): expected regions of shape \[4, 4\], got \[1, 2\]/],
    [{ regions: [[0.5]] }, /regions to be whole numbers from 0, got 0.5/],
    [{ regions: [labels, ndarray([0], [1])] }, /regions of shape \[4, 4\], got \[1\]/],
    [{ algorithm: "quick" }, /algorithm/],
    [{ area: 2 }, /area of at most 1/],
    [{ rule: "trapezoid", steps: 1 }, /at least 2 steps/],
    [{ dilation: -1 }, /dilation/],
  ])("refuses %o", async (options, message) => {
    await expect(xrai(model, x, options as never)).rejects.toThrow(message);
  });
  it("refuses regions where there are no positions", async () => {
    await expect(xrai(mlp, normals(1, [6]), { regions: labels })).rejects.toThrow(
      /one input with axes of positions where regions are given/,
    );
  });
});
