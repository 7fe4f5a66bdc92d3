import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyMethod } from "../../src";
import { asModel, tap } from "../../src";
import { normals, registry, smallCnn, sooner } from "../models";

let model: tf.LayersModel;
beforeAll(async () => {
  model = smallCnn(1);
  // What the first call sets up once for all is no leak.
  for (const [, method] of registry) await sooner(method, [4, 4, 2])(model, normals(1, [4, 4, 2]));
});
afterAll(() => {
  model.dispose();
});

/** Runs `act`; the number of tensors and the state of tfjs's engine are as before. */
async function leavesNothing(act: () => Promise<unknown>): Promise<void> {
  const engine = tf.engine() as unknown as {
    backendName: string;
    state: { activeTape: unknown; gradientDepth: number; kernelDepth: number };
  };
  const before = {
    tensors: tf.memory().numTensors,
    backend: tf.getBackend(),
    own: Object.keys(engine).sort(),
  };
  await act();
  expect({
    tensors: tf.memory().numTensors,
    backend: tf.getBackend(),
    own: Object.keys(engine).sort(),
  }).toEqual(before);
  expect(engine.state.activeTape ?? null).toBeNull();
  expect([engine.state.gradientDepth, engine.state.kernelDepth]).toEqual([0, 0]);
}

const failing = (where: "forward" | "backward" | "late") => {
  let calls = 0;
  return (x: tf.Tensor4D): tf.Tensor => {
    calls++;
    const h = tap("conv", tf.conv2d(x, kernel, 1, "same").relu());
    if (where === "forward" || (where === "late" && calls > 2)) throw new Error("broken on purpose");
    if (where === "backward") return broken(h).sum([1, 2]);
    return h.sum([1, 2]);
  };
};
const kernel = tf.tensor4d(normals(3, [2, 2, 2, 3]).data, [2, 2, 2, 3]);
const broken = tf.customGrad((x) => ({
  value: (x as tf.Tensor).mul(2),
  gradFunc: () => {
    throw new Error("broken on purpose");
  },
})) as (x: tf.Tensor) => tf.Tensor;

describe.each(registry)("%s leaks nothing", (_, registered: AnyMethod) => {
  const method = sooner(registered, [4, 4, 2]);
  const x = normals(2, [3, 4, 4, 2]);
  const layer = method.meta.defaultLayer ? { layer: "conv" } : {};

  it("when it succeeds", () => leavesNothing(() => method(model, x)));
  it("at a layer and for a neuron", () =>
    leavesNothing(async () => {
      await sooner(registered, [3, 3, 3])(model, x, { layer: "conv" });
      await method(model, x, { target: { kind: "neuron", layer: "pool", side: "output", index: [0, 0, 1] } });
    }));

  // What asks for scores alone never meets the backward of a model.
  const thrown = (["forward", "backward", "late"] as const).filter(
    (where) => method.meta.gradient || where !== "backward",
  );
  it.each(thrown)("when the model throws: %s", (where) =>
    leavesNothing(async () => {
      await expect(method(failing(where), x, { ...layer, maxBytes: 40_000, target: 0 })).rejects.toThrow(
        // A backward rule covers no gradient of the user's own.
        /broken on purpose|operations that the rule \w+ covers/,
      );
    }),
  );

  it("when it is aborted", () =>
    leavesNothing(async () => {
      const aborter = new AbortController();
      const reason = new Error("enough");
      const call = method(asModel(model), x, {
        signal: aborter.signal,
        maxBytes: 12_000,
        onProgress: () => aborter.abort(reason),
      });
      await expect(call).rejects.toBe(reason);
      await expect(method(model, x, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    }));
});
