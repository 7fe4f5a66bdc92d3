/** Vectors of tokens as one number: lengths where nothing adds up, signed sums elsewhere, and a word where these cancel. */
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  type AnyMethod,
  type Attribution,
  deepLift,
  display,
  featureAblation,
  inputXGradient,
  integratedGradients,
  noiseTunnel,
  saliency,
  smoothGrad,
  smoothGradSquared,
  varGrad,
} from "../../src";
import { normals, relativeDifference } from "../models";

const RUNS = Number(process.env["GRADLENS_FUZZ"] ?? 6);
const TOKENS = 5;
const WIDTH = 8;
const ids = [[3, 7, 1, 0, 9]];
const engines = ["eager", "compiled"] as const;

/** What becomes of the vectors: each of these makes the sum of their gradient's entries zero. */
const CENTRING: Record<string, () => tf.layers.Layer> = {
  "layer norm": () => tf.layers.layerNormalization({}),
  "softmax over the vector": () => tf.layers.activation({ activation: "softmax" }),
  "a projection that takes the mean away": () =>
    tf.layers.dense({
      units: WIDTH,
      useBias: false,
      weights: [tf.tidy(() => tf.eye(WIDTH).sub(tf.fill([WIDTH, WIDTH], 1 / WIDTH)) as tf.Tensor2D)],
    }),
};

const models: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of models) model.dispose();
});

/** ids → vectors → the given layers → tanh of a dense layer → three classes. */
function textNet(seed: number, layers: readonly tf.layers.Layer[]): tf.LayersModel {
  const weights = (i: number, shape: number[], scale = 0.6): tf.Tensor =>
    tf.tensor(normals(seed * 13 + i, shape, scale).data, shape);
  const model = tf.sequential({
    layers: [
      tf.layers.embedding({
        inputDim: 10,
        outputDim: WIDTH,
        inputLength: TOKENS,
        name: "table",
        weights: [weights(1, [10, WIDTH], 1)],
      }),
      ...layers,
      tf.layers.dense({
        units: 4,
        activation: "tanh",
        weights: [weights(2, [WIDTH, 4]), weights(3, [4])],
        name: "mix",
      }),
      tf.layers.flatten(),
      tf.layers.dense({
        units: 3,
        activation: "softmax",
        weights: [weights(4, [4 * TOKENS, 3]), weights(5, [3])],
      }),
    ],
  });
  models.push(model);
  return model;
}

/** The length of each token's vector in the map of the look-up itself. */
async function lengths(method: AnyMethod, model: tf.LayersModel, options: object): Promise<number[]> {
  const { values } = await method(model, ids, { target: 1, layer: "table", ...options });
  return Array.from({ length: TOKENS }, (_, k) =>
    Math.hypot(...values.data.subarray(WIDTH * k, WIDTH * (k + 1))),
  );
}

const cancels = (map: Attribution): boolean => map.warnings.some((text) => /cancel/.test(text));

describe.each(engines)("a token's number, %s", (engine) => {
  it.each(Object.keys(CENTRING))("is the length of its gradient behind %s", async (name) => {
    const model = textNet(1, [CENTRING[name]!()]);
    for (const method of [saliency, smoothGrad, integratedGradients.with({ multiplyByInputs: false })]) {
      const map = await method(model, ids, { target: 1, engine } as object);
      const right = await lengths(method, model, { engine });
      expect(relativeDifference(map.values.data, right)).toBeLessThan(1e-4);
      expect(Math.max(...right)).toBeGreaterThan(1e-3);
      expect(map.parts[0]!.reduced?.by).toBe("norm");
      expect(cancels(map)).toBe(false);
      expect(cancels(await method(model, ids, { target: 1, engine, reduce: "sum" } as object))).toBe(true);
    }
  });

  it("is a token's own where tokens are left out as a whole: nothing is said of a vector", async () => {
    const map = await featureAblation(textNet(1, []), ids, { target: 1, engine });
    expect(map.parts[0]!.reduced).toBeUndefined();
    expect(map.toView().parts[0]!.reduced).toBeUndefined();
    expect(map.parts[0]!.values.data.some((value) => value !== 0)).toBe(true);
  });

  it("is a sum where the parts add up, and the result says what cancels", async () => {
    const model = textNet(1, [tf.layers.layerNormalization({})]);
    const sum = await inputXGradient(model, ids, { target: 1, engine });
    expect(sum.warnings.join()).toMatch(/sums over the vectors of input ".*" cancel: the largest/);
    const plain = textNet(1, []);
    for (const method of [inputXGradient, integratedGradients, deepLift]) {
      const map = await method(plain, ids, { target: 1, engine } as object);
      expect(map.parts[0]!.reduced?.by).toBe("sum");
      expect(cancels(map)).toBe(false);
      const at = await method(plain, ids, { target: 1, engine, layer: "table" } as object);
      const sums = Array.from({ length: TOKENS }, (_, k) =>
        at.values.data.subarray(WIDTH * k, WIDTH * (k + 1)).reduce((a, b) => a + b, 0),
      );
      expect(relativeDifference(map.values.data, sums)).toBeLessThan(1e-5);
      const magnitudes = Array.from({ length: TOKENS }, (_, k) =>
        at.values.data.subarray(WIDTH * k, WIDTH * (k + 1)).reduce((a, b) => a + Math.abs(b), 0),
      );
      expect(map.parts[0]!.reduced?.magnitude[0]).toBeCloseTo(Math.max(...magnitudes), 4);
    }
  });

  it("of squares and variances is their sum, the mean squared length", async () => {
    const model = textNet(2, [tf.layers.layerNormalization({})]);
    for (const method of [smoothGradSquared, varGrad, noiseTunnel(inputXGradient, { kind: "square" })]) {
      const map = await method(model, ids, { target: 1, engine, samples: 5 });
      const at = await method(model, ids, { target: 1, engine, samples: 5, layer: "table" });
      const sums = Array.from({ length: TOKENS }, (_, k) =>
        at.values.data.subarray(WIDTH * k, WIDTH * (k + 1)).reduce((a, b) => a + b, 0),
      );
      expect(relativeDifference(map.values.data, sums)).toBeLessThan(1e-5);
      expect(cancels(map)).toBe(false);
    }
  });
});

it("a rotation of the vectors changes no map of lengths, whatever follows", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.subarray(["norm", "tanh", "dense"], { minLength: 0 }),
      fc.constantFrom<AnyMethod>(saliency, smoothGrad.with({ samples: 4, stdev: 0.1 })),
      async (seed, behind, method) => {
        const rotation = rotationOf(seed);
        const first = tf.tensor(normals(seed + 1, [WIDTH, WIDTH], 0.5).data, [WIDTH, WIDTH]);
        const later = (): tf.layers.Layer[] =>
          behind.map((name) =>
            name === "norm"
              ? tf.layers.layerNormalization({})
              : name === "tanh"
                ? tf.layers.activation({ activation: "tanh" })
                : tf.layers.dense({
                    units: WIDTH,
                    weights: [
                      tf.tensor(normals(seed + 2, [WIDTH, WIDTH], 0.5).data, [WIDTH, WIDTH]),
                      tf.zeros([WIDTH]),
                    ],
                  }),
          );
        const dense = (kernel: tf.Tensor): tf.layers.Layer =>
          tf.layers.dense({ units: WIDTH, useBias: false, weights: [kernel] });
        const plain = textNet(seed, [dense(first), ...later()]);
        const turned = textNet(seed, [dense(tf.matMul(rotation, first, true)), ...later()]);
        const table = plain.getLayer("table").getWeights()[0]!;
        turned.getLayer("table").setWeights([tf.matMul(table, rotation)]);
        // Noise turns with nothing: without it, the two are the same to rounding.
        const options = { target: 1, engine: "eager" as const, ...(method === saliency ? {} : { stdev: 0 }) };
        const [a, b] = [await method(plain, ids, options), await method(turned, ids, options)];
        expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-3);
        expect(relativeDifference(a.values.data, await lengths(method, plain, options))).toBeLessThan(1e-4);
      },
    ),
    { numRuns: RUNS, seed: 18 },
  );
});

it("a norm straight behind the vectors is said to cancel their sums, in any net", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.constantFrom(...Object.keys(CENTRING)),
      fc.boolean(),
      async (seed, name, twice) => {
        const layers = [CENTRING[name]!(), ...(twice ? [tf.layers.layerNormalization({})] : [])];
        const model = textNet(seed, layers);
        expect(cancels(await saliency(model, ids, { target: 0, reduce: "sum", engine: "eager" }))).toBe(true);
        expect(cancels(await saliency(model, ids, { target: 0, engine: "eager" }))).toBe(false);
        expect(
          cancels(await saliency(textNet(seed, []), ids, { target: 0, reduce: "sum", engine: "eager" })),
        ).toBe(false);
      },
    ),
    { numRuns: RUNS, seed: 19 },
  );
});

describe("figures", () => {
  it("draw lengths in one hue from zero, and say what they are", async () => {
    const map = await saliency(textNet(1, [tf.layers.layerNormalization({})]), ids, { target: 1 });
    const { colours, notes } = display.tokens(map).description;
    expect(colours["map"]).toMatchObject({ kind: "sequential", low: 0, high: Math.max(...map.values.data) });
    expect(notes).toContain("Each token's number is the length (L2) of its vector of 8.");
    const signed = await saliency(textNet(1, []), ids, { target: 1, reduce: "sum" });
    expect(display.tokens(signed).description.colours["map"]?.kind).toBe("diverging");
  });

  it("give no full colour to what rounding leaves of a sum", async () => {
    const map = await saliency(textNet(1, [CENTRING["a projection that takes the mean away"]!()]), ids, {
      target: 1,
      reduce: "sum",
    });
    const { magnitude } = map.parts[0]!.reduced!;
    const most = Math.max(...map.values.data.map(Math.abs));
    expect(most).toBeLessThan(1e-6 * magnitude[0]!);
    const figures = [display.tokens(map), display.compare({ ...comparison(map), views: [map] })];
    for (const { description } of figures)
      expect(description.colours["map"]?.high).toBeCloseTo(1e-6 * magnitude[0]!, 12);
    const [panel] = display.bars(map).description.rows.flat();
    expect(panel?.kind === "bars" && new Set(panel.fills)).toEqual(new Set(["#8a8a8a"]));
  });

  it("say where the channels of a picture, or the steps of a sound, cancel", () => {
    const picture: display.MapView = {
      method: "saliency",
      parts: [
        {
          name: "image",
          at: "input",
          values: { data: Float32Array.from([165, -164, -165, 166]), shape: [1, 2, 1, 2] },
          axes: ["height", "width", "channel"],
        },
      ],
      target: ["0"],
      score: [1],
      explain: "logit",
      warnings: [],
    };
    const told = display.heatmap(picture).description.notes;
    expect(told).toContain("The sums in each cell cancel: the largest |Σ| is 0.3 % of the largest Σ|·|.");
    const still = {
      ...picture.parts[0]!,
      values: { data: Float32Array.from([1e-5, 0, 0, 0]), shape: [1, 2, 1, 2] },
    };
    expect(display.heatmap({ ...picture, parts: [still] }).description.notes.join()).not.toMatch(/cancel/);

    const steps = 1024;
    const wave = Float32Array.from({ length: steps }, (_, t) => (t % 2 === 0 ? 1 : -1 + 1e-9));
    const sound: display.MapView = {
      ...picture,
      parts: [
        {
          name: "sound",
          at: "input",
          values: { data: wave, shape: [1, steps, 1] },
          axes: ["time", "channel"],
        },
      ],
    };
    const line = display.line(sound).description;
    expect(line.notes.join()).toMatch(/The sums over stretches of time steps cancel/);
    expect(line.colours["map"]?.high).toBeGreaterThanOrEqual(0.99e-6);
  });
});

/** A comparison of one map, without checks. */
function comparison(map: Attribution): Omit<display.CompareView, "views"> {
  return { labels: [map.method], checks: [], magnitudes: [1], magnitudeLabel: "mean |attribution|" };
}

/** A random rotation, by Gram-Schmidt. */
function rotationOf(seed: number): tf.Tensor2D {
  return tf.linalg.gramSchmidt(
    tf.tensor2d(normals(seed + 9, [WIDTH, WIDTH]).data, [WIDTH, WIDTH]),
  ) as tf.Tensor2D;
}
