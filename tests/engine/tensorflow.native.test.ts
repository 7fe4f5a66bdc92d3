import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { test as digits, take } from "../../notebooks/data/digits";
import { type AnyMethod, asModel, integratedGradients, io, saliency, tap } from "../../src";
import { normals, registry, relativeDifference, sooner } from "../models";

/** The engine on TensorFlow itself, by the addon that `npm run native` builds. */
const folder = join(__dirname, "../../notebooks/data/models/digits-cnn");
const { x } = take(digits, [0, 1, 2, 3, 4]);
let onTensorflow: tf.LayersModel;
let onCpu: tf.LayersModel;

beforeAll(async () => {
  require("@tensorflow/tfjs-node");
  await tf.setBackend("cpu");
  onCpu = (await io.loadModel(folder)) as tf.LayersModel;
  await tf.setBackend("tensorflow");
  onTensorflow = (await io.loadModel(folder)) as tf.LayersModel;
});
afterAll(() => {
  onCpu.dispose();
  onTensorflow.dispose();
});

/** A backward rule holds every value on the way, and one that compares the run at the reference beside its own. */
const MEMORY: Record<string, number> = {
  deepLift: 250_000,
  deconvolution: 130_000,
  hessianVectorProduct: 250_000,
  guidedBackprop: 130_000,
  guidedGradCam: 130_000,
  lrp: 130_000,
  softplusGradient: 130_000,
};

/**
 * Agreement of two backends. Of a picture that is blurred until it is nearly flat, rounding says which cell of a pool is the
 * largest, and with it where a step's gradient goes.
 */
const AGREEMENT: Record<string, number> = { blurIg: 1e-4 };

describe.each(registry)("%s on TensorFlow", (_, registered: AnyMethod) => {
  const method = sooner(registered, x.shape.slice(1));
  const agreement = AGREEMENT[registered.meta.name] ?? 1e-5;
  it("gives the map of the cpu backend, leaks nothing, leaves the backend active", async () => {
    const before = tf.memory().numTensors;
    const native = await method(onTensorflow, x, { seed: 2, engine: "eager" });
    expect(tf.getBackend()).toBe("tensorflow");
    // Weights that live on the cpu backend are explained there, since tfjs-node cannot read them.
    const reference = await method(onCpu, x, { seed: 2, engine: "eager" });
    expect([native.backend, reference.backend]).toEqual(["tensorflow", "cpu"]);
    expect(tf.getBackend()).toBe("tensorflow");
    expect(tf.memory().numTensors).toBe(before);
    expect(relativeDifference(native.values.data, reference.values.data)).toBeLessThanOrEqual(agreement);
    expect(native.target).toEqual(reference.target);
  });

  it("gives the same map in small chunks", async () => {
    const whole = await method(onTensorflow, x, { engine: "eager" });
    const maxBytes = MEMORY[registered.meta.name] ?? 60_000;
    const chunks = await method(onTensorflow, x, { maxBytes, engine: "eager" });
    expect(relativeDifference(chunks.values.data, whole.values.data)).toBeLessThanOrEqual(1e-5);
  });

  it("is compiled from weights that live there", async () => {
    const before = tf.memory().numTensors;
    const eager = await method(onTensorflow, x, { engine: "eager" });
    const compiled = await method(onTensorflow, x, { engine: "compiled" });
    expect(relativeDifference(compiled.values.data, eager.values.data)).toBeLessThanOrEqual(agreement);
    expect([tf.getBackend(), tf.memory().numTensors]).toEqual(["tensorflow", before]);
  });
});

it("explains plain functions and layers there", async () => {
  const kernel = tf.tensor2d(normals(1, [64, 3]).data, [64, 3]);
  const net = (t: tf.Tensor): tf.Tensor => tf.softmax(tap("z", tf.tanh(t.reshape([-1, 64]).matMul(kernel))));
  const map = await integratedGradients(asModel(net), x, { layer: "z", target: 1 });
  expect(Math.max(...(map.convergenceDelta as number[]).map(Math.abs))).toBeLessThan(1e-4);
  kernel.dispose();
});

it("leaks nothing there when a model throws", async () => {
  const before = tf.memory().numTensors;
  let calls = 0;
  const failing = (t: tf.Tensor): tf.Tensor => {
    if (++calls > 1) throw new Error("broken on purpose");
    return t.square().sum([1, 2]);
  };
  await expect(saliency(failing, x, { target: 0 })).rejects.toThrow("broken on purpose");
  expect(tf.memory().numTensors).toBe(before);
  expect(tf.getBackend()).toBe("tensorflow");
});
