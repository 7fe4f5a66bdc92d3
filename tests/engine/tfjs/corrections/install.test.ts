import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeAll, expect, it, vi } from "vitest";
import { corrections, installCorrections } from "../../../../src/engine/tfjs/corrections";
import { useBackend } from "../../audit/backends";

beforeAll(async () => {
  await useBackend("cpu");
  installCorrections(tf);
});

afterEach(() => vi.restoreAllMocks());

const slopeOfAbs = (): number =>
  tf.tidy(
    () =>
      tf
        .grad((x: tf.Tensor) => tf.abs(x))(tf.scalar(0))
        .dataSync()[0],
  );

it("changes nothing the second time", () => {
  const gradients = corrections.flatMap(({ ops }) => ops).map((op) => tf.getGradient(op));
  const kernels = tf.getKernelsForBackend("cpu");
  const { runKernel, customGrad, addTapeNode } = tf.engine() as unknown as Record<string, unknown>;
  installCorrections(tf);
  expect(corrections.flatMap(({ ops }) => ops).map((op) => tf.getGradient(op))).toEqual(gradients);
  expect(tf.getKernelsForBackend("cpu")).toEqual(kernels);
  expect(tf.engine()).toMatchObject({ runKernel, customGrad, addTapeNode });
});

it("corrects again what a copy of tfjs-core loaded later has put back", () => {
  const stock: tf.GradFunc = (dy) => ({
    x: () => tf.mul(dy as tf.Tensor, 7),
  });
  tf.registerGradient({ kernelName: "Abs", gradFunc: stock });
  expect(slopeOfAbs()).toBe(7);
  installCorrections(tf);
  expect(slopeOfAbs()).toBe(0);
});

it("prints nothing", () => {
  const written = [vi.spyOn(console, "warn"), vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  tf.registerGradient({ kernelName: "Abs", gradFunc: () => ({}) });
  installCorrections(tf);
  for (const spy of written) expect(spy).not.toHaveBeenCalled();
});

it("gives every corrected kernel of the cpu backend and its gradient one entry", () => {
  const ops = corrections.flatMap(({ name }) => name);
  expect(new Set(ops).size).toBe(ops.length);
});
