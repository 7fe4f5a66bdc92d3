// Attacks and their detection on digit nets that nothing was chosen on: `npm run bench -- attacks`.
//
// Three dense and three convolutional nets of sizes and seeds of their own are trained here; the settings of `attacks.detect` are its
// defaults, and all images are such as neither the nets nor those defaults have met.

import { createRequire } from "node:module";
import { seedEverything } from "../scripts/seed-tfjs.mjs";
import { root } from "../scripts/toolbox.mjs";

console.warn = () => {};
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { asModel, attacks, saliency } = require(root);
const { take, train: all } = require("../notebooks/data/digits.js");
await tf.setBackend("cpu");

const { layers } = tf;
const numbers = (from, to) => Array.from({ length: to - from }, (_, i) => from + i);
/** Images that nets learn from; the others are held out. The defaults of `attacks.detect` were chosen on the digits' test images. */
const train = take(all, numbers(0, 1000));
const test = take(all, numbers(1000, all.labels.length));

const dense = (units) => [
  layers.flatten({ inputShape: [8, 8, 1] }),
  layers.dense({ units, activation: "relu" }),
  layers.dense({ units: units / 2, activation: "relu" }),
  layers.dense({ units: 10, activation: "softmax" }),
];
const convolutional = (filters) => [
  layers.conv2d({ inputShape: [8, 8, 1], filters, kernelSize: 3, padding: "same", activation: "relu" }),
  layers.maxPooling2d({ poolSize: 2 }),
  layers.conv2d({ filters: 2 * filters, kernelSize: 3, padding: "same", activation: "relu" }),
  layers.flatten(),
  layers.dense({ units: 10, activation: "softmax" }),
];

async function trained(seed, made) {
  seedEverything(seed);
  const model = tf.sequential({ layers: made() });
  const x = tf.tensor(train.x.data, train.x.shape);
  const y = tf.oneHot(tf.tensor1d(train.labels, "int32"), 10);
  model.compile({ optimizer: tf.train.adam(2e-3), loss: "categoricalCrossentropy" });
  await model.fit(x, y, { batchSize: 32, epochs: 12, verbose: 0, yieldEvery: "never" });
  return model;
}

const images = (from, to) => take(test, numbers(from, to)).x;
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const column = (study, name) => study.table("rates").columns.find((one) => one.name === name).values;

console.log("| net | correct | attack | succeeded | flagged | untouched, flagged |");
console.log("| --- | --: | --- | --: | --: | --: |");
for (const [name, seed, made] of [
  ["dense, 32 units", 11, () => dense(32)],
  ["dense, 64 units", 12, () => dense(64)],
  ["dense, 96 units", 13, () => dense(96)],
  ["convolutional, 6 filters", 14, () => convolutional(6)],
  ["convolutional, 8 filters", 15, () => convolutional(8)],
  ["convolutional, 12 filters", 16, () => convolutional(12)],
]) {
  const model = await trained(seed, made);
  const predicted = tf.tidy(() => model.predict(tf.tensor(test.x.data, test.x.shape)).argMax(-1).arraySync());
  const correct = predicted.filter((digit, i) => digit === test.labels[i]).length / predicted.length;
  const net = asModel(model, { range: [0, 1] });
  const x = images(0, 50);
  const { data, shape } = (await saliency(net, images(50, 100))).values;
  const found = {
    fgsm: await attacks.fgsm(net, x),
    pgd: await attacks.pgd(net, x),
    manipulateMap: await attacks.manipulateMap(net, x, {
      toward: { data, shape },
      epsilon: 0.15,
      scoreTolerance: 0.2,
      samples: 4,
    }),
  };
  const rates = await attacks.detectionRates(net, {
    clean: train.x,
    honest: images(100, test.labels.length),
    attacked: Object.fromEntries(Object.entries(found).map(([attack, { input }]) => [attack, input])),
    samples: 8,
  });
  const [untouched, ...flagged] = column(rates, "flagged");
  Object.entries(found).forEach(([attack, { succeeded }], i) => {
    const share = succeeded.filter(Boolean).length / succeeded.length;
    const cells = [name, percent(correct), attack, percent(share), percent(flagged[i]), percent(untouched)];
    console.log(`| ${cells.join(" | ")} |`);
  });
}
process.exit(0);
