import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type BackwardRule, type LayersModelLike, type NdArray, ndarray } from "../../../src";
import { epsilon, guided, rescale } from "../../../src/engine/rules";
import { relativeDifference } from "../../models";
import { fill } from "../audit/inputs";
import { classOf, on } from "./asked";
import { type Case, recurrent, residual } from "./nets";

/** The eager engine on TensorFlow itself against the one on the cpu backend, with the same weights. */
const makers: Record<string, () => Case> = {
  residual: () => residual("relu"),
  smooth: () => residual("softplus"),
  recurrent: () => recurrent(),
};
/** LRP divides by sums that may all but cancel out; a stabiliser of their size keeps that from magnifying rounding. */
const stable = epsilon(0.01);
const rules: Record<string, readonly BackwardRule[]> = {
  residual: [guided, rescale, stable],
  smooth: [rescale, stable],
  recurrent: [rescale],
};
const made: Record<string, Record<string, Case>> = {};

beforeAll(async () => {
  require("@tensorflow/tfjs-node");
  for (const backend of ["cpu", "tensorflow"]) {
    await tf.setBackend(backend);
    made[backend] = Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make()]));
  }
});
afterAll(() => {
  for (const nets of Object.values(made))
    for (const { net } of Object.values(nets)) (net as LayersModelLike & { dispose(): void }).dispose();
});

const zeros = (arrays: readonly NdArray[]): NdArray[] =>
  arrays.map(({ data, shape }) => ndarray(new Float32Array(data.length), shape));

it.each(Object.keys(makers))("%s: rules and Hessian products", async (name) => {
  const [cpu, tensorflow] = ["cpu", "tensorflow"].map((backend) => made[backend]?.[name] as Case) as [
    Case,
    Case,
  ];
  const { inputs, classes } = cpu;
  const ask = { of: classOf(1, classes, 3, "probability"), at: [{ input: 0 }] };
  const before = tf.memory().numTensors;
  for (const rule of rules[name] as readonly BackwardRule[]) {
    // Relevance does not pass through softmax, which has no rule for it.
    const of = rule === rescale ? ask.of : classOf(1, classes, 3);
    const asked = { ...ask, of, rule, reference: zeros(inputs) };
    const expected = await on("eager", cpu.net).gradient(inputs, asked);
    const actual = await on("eager", tensorflow.net).gradient(inputs, asked);
    expect(
      relativeDifference(actual.gradients[0]?.data ?? [], expected.gradients[0]?.data ?? []),
    ).toBeLessThan(1e-5);
  }
  const direction = inputs.map(({ shape }) => ndarray(fill("direction", [...shape]), shape));
  const expected = await on("eager", cpu.net).curvature(inputs, direction, ask);
  const actual = await on("eager", tensorflow.net).curvature(inputs, direction, ask);
  expect(relativeDifference(actual.products[0]?.data ?? [], expected.products[0]?.data ?? [])).toBeLessThan(
    1e-5,
  );
  expect(tf.memory().numTensors).toBe(before);
});
