import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type AnyMethod,
  ablationCam,
  activations,
  eigenCam,
  eigenGradCam,
  gradCam,
  gradCamPlusPlus,
  hiResCam,
  layerCam,
  type NdArray,
  saliency,
  xGradCam,
} from "../../src";
import { upsampled } from "../../src/attribution/upsample";
import { normals, relativeDifference, smallCnn } from "../models";

/** Class activation maps against their formulas, written out position by position in double precision. */
const model = smallCnn(21);
const x = normals(21, [2, 4, 4, 2]);
const [EXAMPLES, POSITIONS, CHANNELS] = [2, 9, 3];
type Cells = (example: number, position: number, channel: number) => number;
const cells =
  ({ data }: NdArray): Cells =>
  (e, i, c) =>
    data[(e * POSITIONS + i) * CHANNELS + c]!;

async function features(): Promise<{ A: Cells; g: Cells }> {
  const values = await activations(model, x, "conv");
  const gradient = await saliency(model, x, { layer: "conv", target: 1 });
  return { A: cells(values), g: cells(gradient.values) };
}

const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const sum = (count: number, f: (i: number) => number): number => indices(count).reduce((s, i) => s + f(i), 0);

/** Weight of a channel at a position. */
type Weight = (A: Cells, g: Cells, e: number, i: number, c: number) => number;
const FORMULAS: [AnyMethod, Weight][] = [
  [gradCam, (_, g, e, __, c) => sum(POSITIONS, (j) => g(e, j, c)) / POSITIONS],
  [hiResCam, (_, g, e, i, c) => g(e, i, c)],
  [layerCam, (_, g, e, i, c) => Math.max(0, g(e, i, c))],
  [
    xGradCam,
    (A, g, e, _, c) =>
      sum(POSITIONS, (j) => g(e, j, c) * A(e, j, c)) / (sum(POSITIONS, (j) => A(e, j, c)) + 1e-7),
  ],
  [
    gradCamPlusPlus,
    (A, g, e, _, c) =>
      sum(POSITIONS, (j) => {
        const at = g(e, j, c);
        const all = sum(POSITIONS, (k) => A(e, k, c));
        return at > 0 ? (at ** 2 / (2 * at ** 2 + at ** 3 * all + 1e-6)) * at : 0;
      }),
  ],
];

describe.each(FORMULAS.map(([method, weight]) => [method.meta.name, method, weight] as const))(
  "%s",
  (_, method, weight) => {
    it("is its formula", async () => {
      const { A, g } = await features();
      const expected = indices(EXAMPLES).flatMap((e) =>
        indices(POSITIONS).map((i) => sum(CHANNELS, (c) => weight(A, g, e, i, c) * A(e, i, c))),
      );
      const map = await method(model, x, { layer: "conv", target: 1 });
      expect(map.values.shape).toEqual([2, 3, 3, 1]);
      expect(relativeDifference(map.values.data, expected)).toBeLessThanOrEqual(1e-5);
      const positive = await method(model, x, { layer: "conv", target: 1, relu: true });
      expect(
        relativeDifference(
          positive.values.data,
          expected.map((v) => Math.max(0, v)),
        ),
      ).toBeLessThanOrEqual(1e-5);
    });
  },
);

describe("truths of single methods", () => {
  it("hiResCam and the biases sum to the score where what follows is linear", async () => {
    const map = await hiResCam(model, x, { target: 1, layer: "pool" });
    const bias = (model.getWeights()[3] as tf.Tensor).dataSync()[1]!;
    map.score.forEach((score, e) => {
      expect(sum(4, (i) => map.values.data[4 * e + i]!) + bias).toBeCloseTo(score, 4);
    });
  });

  it("xGradCam sums to Σ g ⊙ A of activations that are not negative", async () => {
    const { A, g } = await features();
    const map = await xGradCam(model, x, { layer: "conv", target: 1 });
    for (const e of indices(EXAMPLES)) {
      const expected = sum(POSITIONS, (i) => sum(CHANNELS, (c) => A(e, i, c) * g(e, i, c)));
      expect(sum(POSITIONS, (i) => map.values.data[POSITIONS * e + i]!)).toBeCloseTo(expected, 4);
    }
  });

  it("ablationCam weighs a channel by what the score loses without it", async () => {
    const map = await ablationCam(model, x, { layer: "conv", target: 1 });
    const { A } = await features();
    // The head is linear behind the conv: without a channel the score loses its part of Σ g ⊙ A.
    const { g } = await features();
    const expected = indices(EXAMPLES).flatMap((e) => {
      const weights = indices(CHANNELS).map((c) => sum(POSITIONS, (j) => A(e, j, c) * g(e, j, c)));
      return indices(POSITIONS).map((i) => sum(CHANNELS, (c) => weights[c]! * A(e, i, c)));
    });
    expect(relativeDifference(map.values.data, expected)).toBeLessThanOrEqual(1e-4);
    expect(map.passes.backward).toBe(0);
  });

  it("eigenCam is the component of the largest variance, and eigenGradCam that of g ⊙ A", async () => {
    const { A, g } = await features();
    for (const [method, of] of [
      [eigenCam, A],
      [eigenGradCam, ((e, i, c) => A(e, i, c) * g(e, i, c)) as Cells],
    ] as const) {
      const map = await method(model, x, { layer: "conv", target: 1 });
      for (const e of indices(EXAMPLES)) {
        const L = indices(POSITIONS).map((i) => map.values.data[POSITIONS * e + i]!);
        const centred = (i: number, c: number): number =>
          of(e, i, c) - sum(POSITIONS, (j) => of(e, j, c)) / POSITIONS;
        // A score of a principal component is an eigenvector of X Xᵀ: X Xᵀ L = σ² L with σ² = |L|².
        const back = indices(CHANNELS).map((c) => sum(POSITIONS, (i) => centred(i, c) * L[i]!));
        const again = indices(POSITIONS).map((i) => sum(CHANNELS, (c) => centred(i, c) * back[c]!));
        const variance = L.reduce((s, v) => s + v * v, 0);
        expect(
          relativeDifference(
            again,
            L.map((v) => variance * v),
          ),
        ).toBeLessThan(1e-4);
        // No other direction of a dense grid has more.
        for (let k = 0; k < 200; k++) {
          const direction = normals(k, [CHANNELS]).data;
          const length = Math.hypot(...direction);
          const other = sum(
            POSITIONS,
            (i) => sum(CHANNELS, (c) => (centred(i, c) * direction[c]!) / length) ** 2,
          );
          expect(other).toBeLessThanOrEqual(variance * (1 + 1e-5));
        }
      }
    }
  });

  it("with upsample lie at the positions of the input, linear between the centres", async () => {
    const coarse = await layerCam(model, x, { layer: "pool", target: 1 });
    const fine = await layerCam(model, x, { layer: "pool", target: 1, upsample: true });
    expect(fine.values.shape).toEqual([2, 4, 4, 1]);
    const wide = tf.image.resizeBilinear(tf.tensor4d(coarse.values.data, [2, 2, 2, 1]), [4, 4], false, true);
    expect(relativeDifference(fine.values.data, wide.dataSync())).toBeLessThan(1e-6);
    const line = upsampled({ data: Float32Array.of(0, 4), shape: [1, 2, 1] }, [4]);
    expect([...line.data]).toEqual([0, 1, 3, 4]);
  });

  it("work on sequences and volumes", async () => {
    const sequence = tf.sequential({
      layers: [
        tf.layers.conv1d({ inputShape: [10, 2], filters: 4, kernelSize: 3, activation: "relu", name: "c" }),
        tf.layers.globalAveragePooling1d(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    const volume = tf.sequential({
      layers: [
        tf.layers.conv3d({
          inputShape: [4, 5, 6, 1],
          filters: 2,
          kernelSize: 2,
          activation: "relu",
          name: "c",
        }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 2 }),
      ],
    });
    for (const method of [
      gradCamPlusPlus,
      hiResCam,
      layerCam,
      xGradCam,
      eigenCam,
      eigenGradCam,
      ablationCam,
    ]) {
      expect((await method(sequence, normals(1, [1, 10, 2]))).values.shape).toEqual([1, 8, 1]);
      expect((await method(volume, normals(2, [1, 4, 5, 6, 1]), { upsample: true })).values.shape).toEqual([
        1, 4, 5, 6, 1,
      ]);
    }
  });
});
