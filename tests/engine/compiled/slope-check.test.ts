import * as tf from "@tensorflow/tfjs";
import { expect, it, vi } from "vitest";
import { integratedGradients, type NdArray, ndarray, saliency } from "../../../src";
import * as slopeCheck from "../../../src/engine/compiled/slope-check";
import { EagerModel } from "../../../src/engine/eager/eager-model";
import { normals } from "../../models";

const { slopeDisagreement } = slopeCheck;

/** F(a, b) = Σ sin(a) + Σ b², of two places. */
const F = ([a, b]: readonly NdArray[]): number =>
  (a as NdArray).data.reduce((sum, v) => sum + Math.sin(v), 0) +
  (b as NdArray).data.reduce((sum, v) => sum + v * v, 0);
const slopeOf = ([a, b]: readonly NdArray[]): [number[], number[]] => [
  Array.from((a as NdArray).data, Math.cos),
  Array.from((b as NdArray).data, (v) => 2 * v),
];

it("finds gradients that are not the slope of the scores, at a point and for a sum over points", async () => {
  const point = (seed: number): NdArray[] => [normals(seed, [1, 5]), normals(seed + 1, [1, 3])];
  const points = [point(1), point(3)];
  const weights = [0.25, 0.75];
  const found = (scale: number, offset: number): Promise<string | undefined> => {
    const gradients = [0, 1].map((place) =>
      ndarray(
        Float32Array.from(slopeOf(points[0] as NdArray[])[place] as number[], (_, i) =>
          points.reduce(
            (sum, p, k) => sum + (weights[k] as number) * (slopeOf(p)[place]?.[i] as number),
            i === 1 ? offset : 0,
          ),
        ).map((v) => v * scale),
        [1, place === 0 ? 5 : 3],
      ),
    );
    const scores = async (rows: readonly (readonly NdArray[])[]): Promise<Float64Array> =>
      Float64Array.from(rows, F);
    return slopeDisagreement({ points, weights, gradients, scores });
  };
  expect(await found(1, 0)).toBeUndefined();
  expect(await found(1.2, 0)).toMatch(/^the slope of scores: [\d.]+ where the gradient is [\d.]+$/);
  expect(await found(-1, 0)).toBeDefined();
  expect(await found(1, 3)).toBeDefined();
  expect(await found(0, 0)).toBeUndefined();
});

it("stands in for the eager engine's gradients where these would take seconds", async () => {
  const { conv2d, globalAveragePooling2d, dense } = tf.layers;
  const model = tf.sequential({
    layers: [
      conv2d({ inputShape: [64, 64, 3], filters: 64, kernelSize: 3, activation: "relu", name: "first" }),
      conv2d({ filters: 48, kernelSize: 3, activation: "relu" }),
      globalAveragePooling2d({}),
      dense({ units: 3 }),
    ],
  });
  const [gradient, path] = [
    vi.spyOn(EagerModel.prototype, "gradient"),
    vi.spyOn(EagerModel.prototype, "path"),
  ];
  const x = normals(2, [64, 64, 3]);
  const maps = [
    await saliency(model, x, { target: 1 }),
    await integratedGradients(model, x, { target: 1, steps: 3 }),
    await saliency(model, x, { target: 1, layer: "first" }),
  ];
  for (const map of maps) {
    expect([map.engine, map.checked, map.warnings]).toEqual(["compiled", "slope", []]);
  }
  expect([gradient.mock.calls, path.mock.calls]).toEqual([[], []]);

  vi.spyOn(slopeCheck, "slopeDisagreement").mockResolvedValue(
    "the slope of scores: 1 where the gradient is 2",
  );
  tf.tidy(() => model.setWeights(model.getWeights().map((w) => w.mul(0.9))));
  // Nothing is refused for that: it may be the score that is curved.
  const compared = await saliency(model, x, { target: 1, engine: "compiled" });
  expect([compared.engine, compared.checked, gradient.mock.calls.length]).toEqual([
    "compiled",
    "first row",
    1,
  ]);
  vi.restoreAllMocks();
  model.dispose();
}, 240_000);
