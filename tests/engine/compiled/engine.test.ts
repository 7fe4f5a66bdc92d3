import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type CommonOptions,
  integratedGradients,
  io,
  loss,
  type NdArray,
  ndarray,
  neuron,
  saliency,
  UnsupportedOperationError,
} from "../../../src";
import { normals, registry, relativeDifference, smallCnn, sooner } from "../../models";

const root = join(__dirname, "../../..");
const made: tf.LayersModel[] = [];
const keep = <M extends tf.LayersModel>(model: M): M => {
  made.push(model);
  return model;
};
afterEach(() => {
  for (const model of made.splice(0)) model.dispose();
});

describe("on the digits CNN, every method: compiled = eager", () => {
  let net: tf.LayersModel;
  let x: NdArray;
  beforeAll(async () => {
    net = (await io.loadModel(join(root, "notebooks/data/models/digits-cnn"))) as unknown as tf.LayersModel;
    const digits = require("../../../notebooks/data/digits.js");
    const taken = digits.take(digits.test, [0, 5, 9]).x;
    x = ndarray(taken.data ?? taken.dataSync(), taken.shape);
  });

  it.each(registry)("%s", async (_, method) => {
    const quick = sooner(method, x.shape.slice(1));
    const [a, b] = [
      await quick(net as never, x, { engine: "compiled" }),
      await quick(net as never, x, { engine: "eager" }),
    ];
    expect([a.engine, a.checked, b.engine, b.checked]).toEqual([
      "compiled",
      "first row",
      "eager",
      "reference",
    ]);
    expect(a.target).toEqual(b.target);
    expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-5);
  });
});

it("gives the same bits for the same call, and the same map in small chunks", async () => {
  const model = keep(smallCnn(3));
  const x = normals(3, [9, 4, 4, 2]);
  const map = (maxBytes?: number): Promise<NdArray> =>
    integratedGradients(model, x, { engine: "compiled", ...(maxBytes ? { maxBytes } : {}) }).then(
      (m) => m.values,
    );
  const free = await map();
  expect((await map()).data).toEqual(free.data);
  expect(relativeDifference((await map(20_000)).data, free.data)).toBeLessThan(1e-5);
  await expect(map(10)).rejects.toThrow(/maxBytes/);
});

describe("compiles every form of question", () => {
  const deep = { layer: { layer: "pool", side: "input" } } as const;
  const odd = (scores: tf.Tensor2D): tf.Tensor => scores.square().sum(1);
  const forms: [string, CommonOptions][] = [
    ["a layer", { layer: "conv" }],
    ["what enters a layer", deep],
    ["a neuron", { target: neuron("conv", [1, 1, 0]) }],
    ["a neuron, at a layer in front of it", { ...deep, target: neuron("flat", 7) }],
    ["a loss", { target: loss([2, 0]) }],
    ["a function of the scores", { target: odd }],
    ["a probability", { explain: "probability" }],
  ];
  it.each(forms)("%s", async (_, options) => {
    const model = keep(smallCnn(4, "tanh"));
    const x = normals(4, [2, 4, 4, 2]);
    for (const method of [saliency, integratedGradients.with({ steps: 5 })]) {
      const [a, b] = [
        await method(model, x, { ...options, engine: "compiled" }),
        await method(model, x, { ...options, engine: "eager" }),
      ];
      expect([a.engine, a.backend, b.engine, b.backend]).toEqual([
        "compiled",
        "onnxruntime-node",
        "eager",
        "cpu",
      ]);
      expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-5);
      expect(relativeDifference(a.input.data, b.input.data)).toBeLessThan(1e-5);
    }
  });

  it("the squared error of a single number, and the tokens of a look-up", async () => {
    const regression = keep(
      tf.sequential({
        layers: [
          tf.layers.dense({ inputShape: [3], units: 4, activation: "tanh" }),
          tf.layers.dense({ units: 1 }),
        ],
      }),
    );
    const text = keep(
      tf.sequential({
        layers: [
          tf.layers.embedding({ inputDim: 9, outputDim: 3, inputLength: 5 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 2, activation: "softmax" }),
        ],
      }),
    );
    const cases: [tf.LayersModel, NdArray, CommonOptions][] = [
      [regression, normals(8, [2, 3]), { target: loss([1, -2]) }],
      [text, ndarray([1, 4, 2, 0, 8, 3, 3, 5, 6, 7], [2, 5]), { target: 1 }],
    ];
    for (const [model, x, options] of cases) {
      for (const method of [saliency, integratedGradients]) {
        const [a, b] = [
          await method(model, x, { ...options, engine: "compiled" }),
          await method(model, x, { ...options, engine: "eager" }),
        ];
        expect([a.engine, b.engine]).toEqual(["compiled", "eager"]);
        expect(relativeDifference(a.values.data, b.values.data)).toBeLessThan(1e-5);
      }
    }
  });
});

it("leaks no tensor, also when an operation is refused, and leaves the backend as it was", async () => {
  const model = keep(smallCnn(6));
  const x = normals(6, [2, 4, 4, 2]);
  const [backend, tensors] = [tf.getBackend(), tf.memory().numTensors];
  await integratedGradients(model, x, { engine: "compiled" });
  const refused = (t: tf.Tensor): tf.Tensor =>
    t.mul(tf.searchSorted(t.cumsum(1) as tf.Tensor2D, t.square() as tf.Tensor2D));
  const asked = saliency(refused, normals(6, [2, 3]), { engine: "compiled", target: 0 });
  await expect(asked).rejects.toThrow(UnsupportedOperationError);
  await expect(asked).rejects.toThrow(
    /got SearchSorted in a sequence that depends on the input; engine "eager" computes it/,
  );
  const reads = (t: tf.Tensor2D): tf.Tensor => t.mul(t.dataSync()[0] as number);
  await expect(saliency(reads, normals(6, [2, 3]), { engine: "compiled", target: 0 })).rejects.toThrow(
    /reads its own values/,
  );
  expect([tf.getBackend(), tf.memory().numTensors]).toEqual([backend, tensors]);
});

describe("in a process of its own", () => {
  const program = (body: string): string => `
    const tf = require("@tensorflow/tfjs");
    const { asModel, saliency } = require(${JSON.stringify(join(root, "dist/src/index.js"))});
    const w = tf.tensor2d([[1, 2], [3, 4]]);
    const net = asModel((x) => x.matMul(w), { engine: "compiled" });
    saliency(net, { data: Float32Array.of(1, 2), shape: [1, 2] }, { target: 1 }).then(${body});
  `;

  it("the process ends when its work is done", () => {
    const output = execFileSync(
      process.execPath,
      ["-e", program("(map) => console.log([...map.values.data].join())")],
      {
        cwd: root,
        encoding: "utf8",
        timeout: 30_000,
      },
    );
    expect(output.trim()).toBe("2,4");
  });
});
