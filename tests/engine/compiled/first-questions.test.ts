/** First questions about one large net: it runs once on the eager engine for each example, whatever is asked. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  asModel,
  gradCam,
  integratedGradients,
  type Model,
  type NdArray,
  saliency,
  smoothGrad,
} from "../../../src";
import type * as gradientCheck from "../../../src/engine/compiled/check/gradient-check";
import { sessions } from "../../../src/engine/compiled/session/session-cache";
import { runner } from "../../../src/engine/compiled/session/session-runner";
import * as evaluation from "../../../src/engine/eager/evaluate";
import { normals, relativeDifference } from "../../models";

// Every net is a large one here: nothing but its outputs is compared with the eager engine.
vi.mock("../../../src/engine/compiled/check/gradient-check", async (original) => ({
  ...(await original<typeof gradientCheck>()),
  isSlow: () => true,
}));
vi.mock("../../../src/engine/eager/evaluate", async (original) => {
  const actual = await original<typeof evaluation>();
  return { ...actual, evaluate: vi.fn(actual.evaluate) };
});

const { layers } = tf;

describe("first questions about a large net", () => {
  let model: tf.LayersModel;
  let net: Model;
  let x: NdArray;
  beforeAll(() => {
    model = tf.sequential({
      layers: [
        layers.conv2d({
          inputShape: [8, 8, 2],
          filters: 4,
          kernelSize: 3,
          activation: "softplus",
          name: "first",
        }),
        layers.conv2d({ filters: 5, kernelSize: 3, activation: "softplus", name: "last" }),
        layers.flatten(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    model.setWeights(
      model.weights.map((weight, i) =>
        tf.tensor(normals(40 + i, weight.shape as number[], 0.4).data, weight.shape as number[]),
      ),
    );
    net = asModel(model, { engine: "compiled" });
    x = normals(3, [1, 8, 8, 2]);
  });
  afterAll(() => model.dispose());

  /** Runs of the eager engine, by what they were asked for, while some work is done. */
  async function eagerRuns(work: () => Promise<unknown>): Promise<number> {
    const { evaluate } = vi.mocked(evaluation);
    evaluate.mockClear();
    await work();
    return evaluate.mock.calls.length;
  }

  it("run it there once for each example", async () => {
    expect(await eagerRuns(() => saliency(net, x))).toBe(1);
    expect(await eagerRuns(() => integratedGradients(net, x))).toBe(0);
    expect(await eagerRuns(() => gradCam(net, x))).toBe(0);
    expect(await eagerRuns(() => gradCam(net, x, { layer: "first" }))).toBe(0);
    expect(await eagerRuns(() => smoothGrad(net, x, { samples: 12 }))).toBe(0);
    expect(sessions.size).toBeGreaterThan(5);
  });

  it.each([
    ["saliency", saliency],
    ["integrated gradients", integratedGradients],
  ] as const)("load the graph of %s beside that run, once", async (_, method) => {
    const { evaluate } = vi.mocked(evaluation);
    const load = vi.spyOn(runner, "load");
    evaluate.mockClear();
    await method(asModel(model, { engine: "compiled" }), x);
    const [forward, gradient, ...others] = load.mock.invocationCallOrder;
    const [run] = evaluate.mock.invocationCallOrder;
    load.mockRestore();
    expect(forward).toBeLessThan(gradient as number);
    expect(gradient).toBeLessThan(run as number);
    expect(others).toEqual([]);
  });

  it("free a graph that was not asked for once the net is another", async () => {
    const other = asModel(model, { engine: "compiled" });
    const before = sessions.size;
    const next = { at: [{ input: 0 }], output: 0, rows: 1, path: false };
    await other.forward([x], { explain: "logit", next });
    expect(sessions.size).toBe(before + 2);
    model.setWeights(model.getWeights().map((weight) => weight.mul(1)));
    await other.forward([x], { explain: "logit" });
    expect(sessions.size).toBe(before + 1);
  });

  it("give the maps of the eager engine", async () => {
    for (const [method, options] of [
      [saliency, { target: 1 }],
      [integratedGradients, { target: 1, steps: 10 }],
      [gradCam, { target: 1 }],
      [gradCam, { target: 2, layer: "first" }],
      [smoothGrad, { target: 1, samples: 12 }],
    ] as const) {
      const map = await method(net, x, options as never);
      const eager = await method(model, x, { ...options, engine: "eager" } as never);
      expect(map.engine).toBe("compiled");
      expect(relativeDifference(map.values.data, eager.values.data)).toBeLessThan(1e-5);
    }
  });

  it("compare again once the weights are others", async () => {
    model.setWeights(model.getWeights().map((weight) => weight.mul(1.1)));
    expect(await eagerRuns(() => saliency(net, x))).toBe(1);
    const eager = await saliency(model, x, { engine: "eager" });
    expect(relativeDifference((await saliency(net, x)).values.data, eager.values.data)).toBeLessThan(1e-5);
  });
});
