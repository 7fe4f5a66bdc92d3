import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, type NdArray, saliency } from "../../../../src";
import { random } from "../../../../src/author";
import { type Comparable, difference } from "../../../../src/engine/compiled/check/first-check";
import { normals } from "../../../models";

const [ENTRIES, KINKS] = [2000, 300];
const row = normals(1, [1, ENTRIES]);
const steps = Array.from({ length: KINKS }, (_, j) => normals(2 + j, [ENTRIES], 0.001).data);

/** The numbers of an array as an integer: any other rounding gives another one. */
function digest({ data }: NdArray): number {
  return data.reduce((hash, value) => (Math.imul(hash, 31) + Math.round(value * 2 ** 24)) | 0, 7);
}

interface Net {
  /** Which of its kinks it takes the other side of, by the row's exact numbers. */
  readonly engine: number;
  /** How far apart rows must be to differ in that. */
  readonly exact?: boolean;
  readonly fault?: (gradient: Float32Array) => Float32Array;
  readonly score?: number;
}

/** An engine whose gradient takes either side of some kinks, as rounding wants. */
function net({ engine, exact = true, fault = (g) => g, score = 1 }: Net): Parameters<typeof difference>[0] {
  return async (move): Promise<Comparable> => {
    const moved = move(row);
    const seen = exact ? moved : { ...moved, data: moved.data.map((value) => Math.round(4 * value) / 4) };
    const { uniform } = random(digest(seen), engine);
    const gradient = moved.data.map(Math.cos);
    for (const step of steps)
      if (uniform() < 0.05)
        for (let i = 0; i < ENTRIES; i++) gradient[i] = (gradient[i] as number) + (step[i] as number);
    return { scores: [[score]], gradients: [{ data: fault(gradient), shape: moved.shape }] };
  };
}

const eager = net({ engine: 0 });

describe("a large net, some kink of which is always within rounding,", () => {
  it("is known by differences that have nothing in common from place to place", async () => {
    expect(await difference(net({ engine: 1 }), eager, true)).toBeUndefined();
  });

  it.each<[string, Partial<Net>]>([
    ["a factor", { fault: (g) => g.map((v) => 0.99 * v) }],
    ["entries that are missing", { fault: (g) => g.map((v, i) => (i % 100 === 0 ? 0 : v)) }],
    ["entries at other places", { fault: (g) => g.map((_, i) => g[(i + 1) % ENTRIES] as number) }],
    ["what is no number", { fault: (g) => g.map((v, i) => (i === 3 ? Number.NaN : v)) }],
    ["other scores", { score: 1.01 }],
    ["kinks that its own rounding never meets", { exact: false }],
  ])("is refused for %s", async (_, changed) => {
    expect(await difference(net({ engine: 1, ...changed }), eager, true)).toMatch(/^(gradients|scores): /);
  });
});

it("looks at a small net where each entry has left its kink", async () => {
  const points: NdArray[] = [];
  const kinked = (side: number): Parameters<typeof difference>[0] => {
    return async (move) => {
      const { data, shape } = move({ data: new Float32Array([0, 3, -2]), shape: [1, 3] });
      points.push({ data, shape });
      return { scores: [], gradients: [{ data: data.map((v) => (v === 0 ? side : Math.sign(v))), shape }] };
    };
  };
  expect(await difference(kinked(0), kinked(1), false)).toBeUndefined();
  expect([...(points[2] as NdArray).data].every((v, i) => v !== [0, 3, -2][i])).toBe(true);
  expect(await difference(net({ engine: 1 }), eager, false)).toMatch(/^gradients: /);
});

describe("a gradient that cancels out wholly", () => {
  /** Rounding of another kind with each engine, at each point. */
  const rounding = (engine: number, stable = 0): Parameters<typeof difference>[0] => {
    return async (move) => {
      const moved = move(row);
      const { normal } = random(digest(moved), engine);
      return {
        scores: [[1]],
        gradients: [{ data: moved.data.map(() => 1e-9 * normal() + stable), shape: moved.shape }],
      };
    };
  };

  it("is nothing to compare", async () => {
    expect(await difference(rounding(1), rounding(0), false)).toBeUndefined();
    expect(
      await difference(rounding(1), net({ engine: 0, fault: (g) => g.map(() => 0) }), false),
    ).toBeUndefined();
  });

  it("is told from one that is there, with either engine", async () => {
    expect(await difference(rounding(1, 1e-8), rounding(0), false)).toMatch(/^gradients: /);
    expect(await difference(rounding(1), rounding(0, 1e-8), false)).toMatch(/^gradients: /);
  });

  it("is that of the sum of a softmax", async () => {
    const { layers } = tf;
    const model = tf.sequential({
      layers: [
        layers.dense({ units: 21, activation: "tanh", inputShape: [6] }),
        layers.reshape({ targetShape: [3, 7] }),
        layers.activation({ activation: "softmax" }),
        layers.permute({ dims: [2, 1] }),
        layers.globalAveragePooling1d({}),
        layers.dense({ units: 2 }),
      ],
    });
    const shapes = [[6, 21], [21], [3, 2], [2]];
    model.setWeights(shapes.map((shape, i) => tf.tensor(normals(i, shape).data, shape)));
    const { engine, parts } = await saliency(asModel(model, { engine: "compiled" }), normals(3, [3, 6]), {
      target: 1,
    });
    expect(engine).toBe("compiled");
    for (const { values } of parts)
      for (const value of values.data) expect(Math.abs(value)).toBeLessThan(1e-6);
  });
});
