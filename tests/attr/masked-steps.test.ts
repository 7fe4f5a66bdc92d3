/** Padding behind a mask of steps: it stays as it is under noise and in baselines, and a wholly masked baseline is named. */
import * as tf from "@tensorflow/tfjs";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  inputXGradient,
  integratedGradients,
  type NdArray,
  noiseTunnel,
  smoothGrad,
  varGrad,
} from "../../src";
import { graphModel, placeholder } from "../graph-models";
import { normals, relativeDifference } from "../models";

const engines = ["eager", "compiled"] as const;
const CHANNELS = 2;
const models: tf.LayersModel[] = [];
afterAll(() => {
  for (const model of models) model.dispose();
});

type Form = "alone" | "nested" | "two recurrent layers";
const FORMS: readonly Form[] = ["alone", "nested", "two recurrent layers"];

/** A recurrent net of sequences of any length behind a mask; nested, all but its last layer is a model of its own. */
function maskedNet(form: Form, maskValue: number, seed = 1): tf.LayersModel {
  const lstm = (returnSequences: boolean): tf.layers.Layer =>
    tf.layers.lstm({ units: 3, recurrentActivation: "sigmoid", returnSequences });
  const encoder = (input: tf.SymbolicTensor): tf.SymbolicTensor => {
    const masked = tf.layers.masking({ maskValue, name: "mask" }).apply(input) as tf.SymbolicTensor;
    const states = form === "two recurrent layers" ? (lstm(true).apply(masked) as tf.SymbolicTensor) : masked;
    return lstm(false).apply(states) as tf.SymbolicTensor;
  };
  const sequence = (): tf.SymbolicTensor => tf.input({ shape: [null, CHANNELS] });
  const [input, inside] = [sequence(), sequence()];
  const encoded =
    form === "nested"
      ? (tf
          .model({ inputs: inside, outputs: encoder(inside), name: "front" })
          .apply(input) as tf.SymbolicTensor)
      : encoder(input);
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.dense({ units: 2 }).apply(encoded) as tf.SymbolicTensor,
  });
  model.setWeights(
    model.getWeights().map(({ shape }, i) => tf.tensor(normals(seed * 9 + i, shape, 0.7).data, shape)),
  );
  models.push(model);
  return model;
}

/** A sequence of so many steps, and the same with padding behind it. */
function padded(seed: number, steps: number, padding: number, maskValue: number): [NdArray, NdArray] {
  const own = normals(seed, [1, steps, CHANNELS]);
  const data = new Float32Array((steps + padding) * CHANNELS).fill(maskValue);
  data.set(own.data);
  return [own, { data, shape: [1, steps + padding, CHANNELS] }];
}

const tunnels = [
  smoothGrad.with({ samples: 6, stdev: 0.4 }),
  varGrad.with({ samples: 6, stdev: 0.4 }),
  noiseTunnel(inputXGradient, { samples: 6, stdev: 0.4 }),
];

describe.each(engines)("%s", (engine) => {
  it.each(FORMS)("noise leaves padding as it is, %s", async (form) => {
    for (const maskValue of [0, -1]) {
      const model = maskedNet(form, maskValue);
      const [short, long] = padded(3, 3, 2, maskValue);
      for (const method of tunnels) {
        const [right, map]: Attribution[] = [
          await method(model, short, { target: 1, engine }),
          await method(model, long, { target: 1, engine }),
        ];
        expect([...map!.values.data.subarray(3 * CHANNELS)]).toEqual(new Array(2 * CHANNELS).fill(0));
        const own = map!.values.data.subarray(0, 3 * CHANNELS);
        expect(relativeDifference(own, right!.values.data)).toBeLessThan(1e-4);
      }
    }
  });

  it("a baseline that is masked as a whole is named, with a way out that helps", async () => {
    for (const tolerance of [undefined, 0.01]) {
      const options = { target: 1, engine, ...(tolerance === undefined ? {} : { tolerance }) };
      const model = maskedNet("alone", 0, 4);
      const [, long] = padded(5, 3, 2, 0);
      const map = await integratedGradients(model, long, options);
      expect(map.warnings.join()).toMatch(
        /jumps along the path.*at α = 0.000.*layer "mask" masks the baseline/,
      );
      expect(map.warnings.join()).not.toMatch(/raise|give a tolerance/);
      const other = await integratedGradients(model, long, { ...options, baseline: 0.01 });
      expect(other.warnings).toEqual([]);
      expect(Math.abs(other.convergenceDelta[0]!)).toBeLessThan(
        0.02 * Math.abs(other.score[0]! - other.baselineScore[0]!),
      );
      expect([...other.values.data.subarray(3 * CHANNELS)]).toEqual([0, 0, 0, 0]);
    }
  });
});

it("baselines by name or number leave padding as it is; arrays are as given", async () => {
  const model = maskedNet("alone", 0);
  const [, long] = padded(6, 3, 2, 0);
  const steps = (map: Attribution): number[] => Array.from(map.parts[0]!.baseline!.data);
  expect(steps(await integratedGradients(model, long, { target: 1, baseline: 0.5 }))).toEqual([
    ...new Array(6).fill(0.5),
    ...new Array(4).fill(0),
  ]);
  expect(steps(await integratedGradients(model, long, { target: 1, baseline: "ones" })).slice(6)).toEqual([
    0, 0, 0, 0,
  ]);
  const array = { data: new Float32Array(10).fill(0.25), shape: [1, 5, CHANNELS] };
  expect(steps(await integratedGradients(model, long, { target: 1, baseline: array }))).toEqual(
    new Array(10).fill(0.25),
  );
});

it("a mask that was converted to a graph is one, too", async () => {
  const float = { T: { type: "DT_FLOAT" } };
  const model = await graphModel(
    [
      placeholder("x", [-1, 4, CHANNELS]),
      { name: "differs", op: "NotEqual", input: ["x", "zero"], attr: float },
      { name: "any", op: "Any", input: ["differs", "last"], attr: { keep_dims: { b: true } } },
      {
        name: "mask",
        op: "Cast",
        input: ["any"],
        attr: { SrcT: { type: "DT_BOOL" }, DstT: { type: "DT_FLOAT" } },
      },
      { name: "squares", op: "Square", input: ["x"], attr: float },
      { name: "shifted", op: "Add", input: ["squares", "one"], attr: float },
      { name: "seen", op: "Mul", input: ["shifted", "mask"], attr: float },
      { name: "out", op: "Sum", input: ["seen", "all"], attr: { keep_dims: { b: false } } },
    ],
    {
      zero: tf.scalar(0),
      one: tf.scalar(1),
      last: tf.tensor1d([2], "int32"),
      all: tf.tensor1d([1], "int32"),
    },
  );
  const x = { data: Float32Array.from([1, 2, 3, 4, 0, 0, 0, 0]), shape: [1, 4, CHANNELS] };
  for (const engine of engines) {
    const map = await smoothGrad(model, x, { target: 0, engine, samples: 5, stdev: 1 });
    expect([...map.values.data.subarray(4)]).toEqual([0, 0, 0, 0]);
    expect(map.values.data[0]).not.toBe(0);
    const path = await integratedGradients(model, x, { target: 0, engine });
    expect(path.warnings.join()).toMatch(/by 2.00 at α = 0.000.*"differs" masks the baseline as a whole/);
  }
});

it("padding of random length behind random masks has no part in noise, nor does it change the others'", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(0, -1, 2.5),
      fc.constantFrom(...FORMS),
      fc.constantFrom(...tunnels),
      async (seed, steps, padding, maskValue, form, method) => {
        const model = maskedNet(form, maskValue, seed);
        const [short, long] = padded(seed + 1, steps, padding, maskValue);
        const right: Attribution = await method(model, short, { target: 0, engine: "eager" });
        const map: Attribution = await method(model, long, { target: 0, engine: "eager" });
        const border = steps * CHANNELS;
        expect(map.values.data.subarray(border).every((value) => value === 0)).toBe(true);
        expect(relativeDifference(map.values.data.subarray(0, border), right.values.data)).toBeLessThan(1e-4);
      },
    ),
    { numRuns: Number(process.env["GRADLENS_FUZZ"] ?? 8), seed: 6 },
  );
});
