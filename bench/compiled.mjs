// Integrated gradients, 50 steps, on the compiled engine and on eager tfjs (cpu): medians of interleaved rounds, and
// the ratio. The maps are compared before any time counts.

import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../scripts/toolbox.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { asModel, integratedGradients, io, random } = require("../dist/src/index.js");
const digits = require("../notebooks/data/digits.js");

const ROUNDS = 5;

function normals(seed, shape) {
  const stream = random(seed);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => stream.normal());
  return { data, shape };
}

const { dense, conv2d, maxPooling2d, flatten } = tf.layers;
const mlp = tf.sequential({
  layers: [
    dense({ inputShape: [784], units: 512, activation: "relu" }),
    dense({ units: 256, activation: "relu" }),
    dense({ units: 10, activation: "softmax" }),
  ],
});
const lenet = tf.sequential({
  layers: [
    conv2d({ inputShape: [28, 28, 1], filters: 6, kernelSize: 5, padding: "same", activation: "relu" }),
    maxPooling2d({ poolSize: 2 }),
    conv2d({ filters: 16, kernelSize: 5, activation: "relu" }),
    maxPooling2d({ poolSize: 2 }),
    flatten(),
    dense({ units: 120, activation: "relu" }),
    dense({ units: 84, activation: "relu" }),
    dense({ units: 10, activation: "softmax" }),
  ],
});

const cases = [
  [
    "digits CNN",
    await io.loadModel(join(root, "notebooks", "data", "models", "digits-cnn")),
    digits.take(digits.test, [0]).x,
  ],
  ["MLP 784-512-256-10", mlp, normals(1, [1, 784])],
  ["LeNet 28×28", lenet, normals(2, [1, 28, 28, 1])],
];

const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

for (const [name, net, x] of cases) {
  const engines = { compiled: asModel(net, { engine: "compiled" }), eager: asModel(net) };
  const started = performance.now();
  const first = await integratedGradients(engines.compiled, x);
  const firstMs = performance.now() - started;
  const truth = await integratedGradients(engines.eager, x);
  const scale = Math.max(...truth.values.data.map(Math.abs));
  const difference = Math.max(...truth.values.data.map((v, i) => Math.abs(v - first.values.data[i]))) / scale;
  if (!(difference <= 1e-5))
    throw new Error(`${name}: the engines differ by ${difference} of the largest entry`);
  const times = { compiled: [], eager: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const engine of ["compiled", "eager"]) {
      const start = performance.now();
      await integratedGradients(engines[engine], x);
      times[engine].push(performance.now() - start);
    }
  }
  const [fast, slow] = [median(times.compiled), median(times.eager)];
  console.log(
    `${name.padEnd(20)} compiled ${fast.toFixed(1)} ms (first ${firstMs.toFixed(0)} ms) · eager cpu ${slow.toFixed(1)} ms · ` +
      `${(slow / fast).toFixed(1)} times as fast · difference ${difference.toExponential(1)}`,
  );
}
