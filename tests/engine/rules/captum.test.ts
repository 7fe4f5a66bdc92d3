import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, describe, expect, it } from "vitest";
import { type BackwardRule, ndarray, type ResolvedTarget } from "../../../src";
import { epsilon, guided, rescale } from "../../../src/engine/rules";
import { relativeDifference } from "../../models";
import { fill } from "../audit/inputs";
import { classOf, difference, engines, on } from "./asked";

interface Golden {
  shape: number[];
  scores: number[];
  rescale?: number[];
  guided?: number[];
  epsilon?: number[];
}

/** Captum's maps in float64, made by captum_rules.py. */
const golden = JSON.parse(readFileSync(join(__dirname, "captum-rules.json"), "utf8")) as Record<
  string,
  Golden
>;

const numbers = (name: string, shape: number[], low = -1, high = 1): tf.Tensor =>
  tf.tensor(fill(name, shape, low, high), shape);

/** Weights by the names that captum_rules.py gives them. */
function weigh(model: tf.LayersModel): tf.LayersModel {
  for (const layer of model.layers) {
    const names: Record<string, [string, number, number]> = {
      kernel: ["w", -1, 1],
      depthwise_kernel: ["w", -1, 1],
      bias: ["b", -1, 1],
      gamma: ["gamma", 0.5, 1.5],
      beta: ["beta", -1, 1],
      moving_mean: ["mean", -1, 1],
      moving_variance: ["variance", 0.5, 1.5],
    };
    layer.setWeights(
      layer.weights.map((weight) => {
        const [name, low, high] = names[weight.originalName.split("/").pop() as string] as [
          string,
          number,
          number,
        ];
        return numbers(`${layer.name}:${name}`, weight.shape as number[], low, high);
      }),
    );
  }
  return model;
}

const dense = (name: string, units: number, rest: object = {}): tf.layers.Layer =>
  tf.layers.dense({ name, units, ...rest });
const relu = "relu" as const;

const nets: Record<string, tf.LayersModel> = {
  image: weigh(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ name: "c1", inputShape: [10, 10, 2], filters: 4, kernelSize: 3 }),
        tf.layers.batchNormalization({ name: "n1" }),
        tf.layers.reLU(),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ name: "c2", filters: 6, kernelSize: 2, activation: relu }),
        tf.layers.averagePooling2d({ poolSize: 2, strides: 1 }),
        tf.layers.flatten(),
        dense("d1", 16, { activation: relu }),
        dense("d2", 3, { activation: "softmax" }),
      ],
    }),
  ),
  depthwise: weigh(
    tf.sequential({
      layers: [
        tf.layers.depthwiseConv2d({
          name: "p1",
          inputShape: [9, 9, 3],
          depthMultiplier: 2,
          kernelSize: 3,
          strides: 2,
          activation: relu,
        }),
        tf.layers.conv2d({ name: "p2", filters: 4, kernelSize: 1, activation: relu }),
        tf.layers.maxPooling2d({ poolSize: 3, strides: 2 }),
        tf.layers.flatten(),
        dense("p3", 3),
      ],
    }),
  ),
  largest: weigh(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ name: "l1", inputShape: [8, 8, 2], filters: 4, kernelSize: 3 }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
        tf.layers.flatten(),
        dense("l2", 3),
      ],
    }),
  ),
  average: weigh(
    tf.sequential({
      layers: [
        tf.layers.conv2d({ name: "a1", inputShape: [8, 8, 2], filters: 4, kernelSize: 3 }),
        tf.layers.batchNormalization({ name: "a2" }),
        tf.layers.activation({ activation: relu }),
        tf.layers.averagePooling2d({ poolSize: 2 }),
        tf.layers.conv2d({ name: "a3", filters: 6, kernelSize: 2, activation: relu }),
        tf.layers.flatten(),
        dense("a4", 9, { activation: relu }),
        dense("a5", 3),
      ],
    }),
  ),
  smooth: weigh(
    tf.sequential({
      layers: [
        dense("s1", 8, { inputShape: [6], activation: "tanh" }),
        dense("s2", 7, { activation: "sigmoid" }),
        dense("s3", 6, { activation: "softplus" }),
        dense("s4", 5, { activation: "elu" }),
        dense("s5", 5),
        tf.layers.leakyReLU({ alpha: 0.2 }),
        dense("s6", 3),
      ],
    }),
  ),
};
const rules: Record<string, BackwardRule> = { rescale, guided, epsilon: epsilon(1e-6) };

afterAll(() => {
  for (const model of Object.values(nets)) model.dispose();
});

/** Row i explains class i. */
function diagonal(rows: number): ResolvedTarget {
  const of = classOf(0, 3, rows);
  const data = Float32Array.from({ length: rows * 3 }, (_, i) => (i % 3 === Math.floor(i / 3) ? 1 : 0));
  return { ...of, score: { kind: "mask", mask: { data, shape: [rows, 3] } } };
}

describe.each(engines)("Captum's maps on the %s engine", (engine) => {
  const cases = Object.entries(golden).flatMap(([name, entry]) =>
    Object.keys(rules).flatMap((rule) => (rule in entry ? [[name, rule] as const] : [])),
  );
  it.each(cases)("%s, %s", async (name, ruleName) => {
    const { shape, scores, ...maps } = golden[name] as Golden;
    const x = ndarray(fill(`${name}:x`, shape), shape);
    const reference = ndarray(fill(`${name}:baseline`, shape, -0.5, 0.5), shape);
    const rule = rules[ruleName] as BackwardRule;
    const of = diagonal(shape[0] as number);
    const answer = await on(engine, nets[name]).gradient([x], {
      of,
      at: [{ input: 0 }],
      rule,
      reference: [reference],
    });
    expect(relativeDifference(answer.scores, scores)).toBeLessThanOrEqual(1e-5);
    const map = answer.gradients[0]?.data ?? [];
    const change = difference(x, reference).data;
    const led = ruleName === "rescale" ? Array.from(map, (m, i) => m * (change[i] as number)) : map;
    expect(relativeDifference(led, maps[ruleName as "rescale"] as number[])).toBeLessThanOrEqual(1e-5);
  });
});
