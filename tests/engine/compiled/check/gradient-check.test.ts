import * as tf from "@tensorflow/tfjs";
import { describe, expect, it, vi } from "vitest";
import { integratedGradients, type NdArray, saliency } from "../../../../src";
import * as slopeCheck from "../../../../src/engine/compiled/check/gradient-check";
import { EagerModel } from "../../../../src/engine/eager/eager-model";
import { normals } from "../../../models";

const { gradientDisagreement } = slopeCheck;

const [ENTRIES, UNITS] = [40, 600];

/** F(a, b) = Σ_j c_j relu(w_j · a + u_j) + Σ b², and its gradient: as full of kinks as a net. */
function jagged(seed: number): {
  F: (a: ArrayLike<number>, b: ArrayLike<number>) => number;
  gradient: (
    a: ArrayLike<number>,
    b: ArrayLike<number>,
    slope: (unit: number, z: number) => number,
  ) => number[][];
} {
  const [w, u, c] = [normals(seed, [UNITS, ENTRIES]), normals(seed + 1, [UNITS]), normals(seed + 2, [UNITS])];
  const sum = (j: number, a: ArrayLike<number>): number => {
    let z = u.data[j] as number;
    for (let i = 0; i < ENTRIES; i++) z += (w.data[j * ENTRIES + i] as number) * (a[i] as number);
    return z;
  };
  return {
    F: (a, b) => {
      let y = Array.from(b).reduce((total, v) => total + v * v, 0);
      for (let j = 0; j < UNITS; j++) y += (c.data[j] as number) * Math.max(0, sum(j, a));
      return Math.fround(y);
    },
    gradient: (a, b, slope) => {
      const g = new Array<number>(ENTRIES).fill(0);
      for (let j = 0; j < UNITS; j++) {
        const factor = (c.data[j] as number) * slope(j, sum(j, a));
        for (let i = 0; i < ENTRIES; i++)
          g[i] = (g[i] as number) + factor * (w.data[j * ENTRIES + i] as number);
      }
      return [g, Array.from(b, (v) => 2 * v)];
    },
  };
}

const relu = (_: number, z: number): number => (z > 0 ? 1 : 0);

interface Fault {
  slope?: (unit: number, z: number) => number;
  change?: (gradient: number[], place: number) => number[];
}

/** What is found at two points of three places' worth of entries. */
function found(seed: number, { slope = relu, change = (g) => g }: Fault): Promise<string | undefined> {
  const { F, gradient } = jagged(seed);
  const point = (k: number): NdArray[] => [
    normals(seed + k, [1, ENTRIES]),
    normals(seed + k + 1, [1, 3], 20),
  ];
  const [points, weights] = [
    [point(5), point(7)],
    [0.25, 0.5],
  ];
  const row = ({ data, shape }: NdArray, i: number): Float32Array => {
    const width = shape[1] as number;
    return data.subarray(i * width, (i + 1) * width);
  };
  return gradientDisagreement({
    points,
    weights,
    rowsAtOnce: 5,
    requestsAtOnce: 2,
    gradients: async (moves) => {
      const rows = (moves[0] as NdArray).shape[0] as number;
      const out = moves.map(({ data, shape }) => ({ data: new Float32Array(data.length), shape }));
      for (let r = 0; r < rows; r++)
        points.forEach((p, k) => {
          const [a, b] = p.map((array, place) =>
            array.data.map((v, i) => v + (row(moves[place] as NdArray, r)[i] as number)),
          );
          gradient(a as Float32Array, b as Float32Array, slope).forEach((g, place) => {
            const into = row(out[place] as NdArray, r);
            change(g, place).forEach((v, i) => {
              into[i] = (into[i] as number) + (weights[k] as number) * v;
            });
          });
        });
      return out;
    },
    scores: async ([a, b]) =>
      Array.from({ length: (a as NdArray).shape[0] as number }, (_, r) =>
        F(row(a as NdArray, r), row(b as NdArray, r)),
      ),
  });
}

describe("the slope of the scores", () => {
  const seeds = Array.from({ length: 12 }, (_, i) => 100 * i);

  it("is that of right gradients, kinks or not", async () => {
    for (const seed of seeds) expect([seed, await found(seed, {})]).toEqual([seed, undefined]);
  });

  const faults: [string, Fault][] = [
    ["too large", { change: (g) => g.map((v) => 1.05 * v) }],
    ["turned around", { change: (g) => g.map((v) => -v) }],
    ["missing", { change: (g) => g.map(() => 0) }],
    ["not numbers", { change: (g) => g.map(() => Number.NaN) }],
    ["too small at one place", { change: (g, place) => g.map((v) => (place === 0 ? 0.9 * v : v)) }],
    // The slope along such a gradient is its length: only other directions show that half is missing.
    ["missing in every other entry", { change: (g) => g.map((v, i) => (i % 2 === 0 ? v : 0)) }],
    ["those of another entry", { change: (g) => [...g.slice(1), g[0] as number] }],
    ["those of a leaky ReLU", { slope: (_, z) => (z > 0 ? 1 : 0.2) }],
    ["without a tenth of the units", { slope: (j, z) => (z > 0 && j % 10 > 0 ? 1 : 0) }],
    ["without ReLU's slope", { slope: () => 1 }],
  ];
  it.each(faults)("is not that of gradients that are %s", async (_, fault) => {
    for (const seed of seeds)
      expect([seed, await found(seed, fault)]).toEqual([
        seed,
        expect.stringMatching(/^the difference quotient of scores: /),
      ]);
  });

  it("is nought where the gradient is, or there is none to see", async () => {
    const shape = [1, 4];
    const flat = (rise: number): Promise<string | undefined> =>
      gradientDisagreement({
        points: [[normals(1, shape)]],
        weights: [1],
        rowsAtOnce: 4,
        requestsAtOnce: 1,
        gradients: async ([moves]) => [
          { ...(moves as NdArray), data: new Float32Array((moves as NdArray).data.length) },
        ],
        scores: async ([values]) =>
          Array.from({ length: (values as NdArray).shape[0] as number }, (_, r) =>
            Math.fround(1 + rise * ((values as NdArray).data[4 * r] as number)),
          ),
      });
    expect(await flat(0)).toBeUndefined();
    expect(await flat(0.01)).toMatch(/^the difference quotient of scores: /);
  });
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
  // Seeded: some weights have a ReLU at its kink, and are compared twice.
  model.setWeights(
    model.getWeights().map(({ shape, size }, i) => {
      const scale = shape.length > 1 ? Math.sqrt((shape[shape.length - 1] as number) / size) : 0;
      return tf.tensor(normals(40 + i, shape, scale).data, shape);
    }),
  );
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

  vi.spyOn(slopeCheck, "gradientDisagreement").mockResolvedValue(
    "the difference quotient of scores: 1 where the gradient is 2",
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
