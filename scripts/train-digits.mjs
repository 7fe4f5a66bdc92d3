// Train the two small models that notebooks and tests explain, and save them with their measured accuracy.
//
//   node scripts/build.mjs && node scripts/train-digits.mjs
//
// Takes a few minutes on TensorFlow.js's cpu backend and gives the same weights every time.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { seedEverything } from "./seed-tfjs.mjs";
import { root } from "./toolbox.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { saveModel } = require("../dist/src/io/index.js");
const digits = require("../notebooks/data/digits.js");

const SEED = 1998;
const BATCH = 32;
const BLANK_PAGES = 60;

const { layers } = tf;

function mlp() {
  return tf.sequential({
    name: "digits-mlp",
    layers: [
      layers.flatten({ name: "flatten", inputShape: [8, 8, 1] }),
      layers.dense({ name: "hidden1", units: 48, activation: "relu" }),
      layers.dense({ name: "hidden2", units: 32, activation: "relu" }),
      layers.dense({ name: "logits", units: 10 }),
      layers.activation({ name: "probabilities", activation: "softmax" }),
    ],
  });
}

function cnn() {
  return tf.sequential({
    name: "digits-cnn",
    layers: [
      layers.conv2d({ name: "conv1", inputShape: [8, 8, 1], filters: 8, kernelSize: 3, padding: "same" }),
      layers.batchNormalization({ name: "norm1" }),
      layers.activation({ name: "relu1", activation: "relu" }),
      layers.maxPooling2d({ name: "pool1", poolSize: 2 }),
      layers.conv2d({ name: "conv2", filters: 16, kernelSize: 3, padding: "same" }),
      layers.batchNormalization({ name: "norm2" }),
      layers.activation({ name: "relu2", activation: "relu" }),
      layers.averagePooling2d({ name: "pool2", poolSize: 2 }),
      layers.flatten({ name: "flatten" }),
      layers.dropout({ name: "dropout", rate: 0.25 }),
      layers.dense({ name: "dense", units: 32, activation: "relu" }),
      layers.dense({ name: "digit", units: 10, activation: "softmax" }),
    ],
  });
}

function accuracy(model, x, labels) {
  const predicted = tf.tidy(() => model.predict(x).argMax(-1).arraySync());
  return predicted.filter((digit, i) => digit === labels[i]).length / labels.length;
}

async function train(model, epochs) {
  seedEverything(SEED);
  const net = model();
  const trainX = tf.tensor(digits.train.x.data, digits.train.x.shape);
  const trainY = tf.oneHot(tf.tensor1d(digits.train.labels, "int32"), 10).toFloat();
  // An empty page is no digit. Taught so, the network scores all classes alike there, which makes the empty page a
  // neutral baseline.
  const x = tf.concat([trainX, tf.zeros([BLANK_PAGES, 8, 8, 1])]);
  const y = tf.concat([trainY, tf.fill([BLANK_PAGES, 10], 0.1)]);
  net.compile({ optimizer: tf.train.adam(2e-3), loss: "categoricalCrossentropy" });
  await net.fit(x, y, { batchSize: BATCH, epochs, shuffle: true, verbose: 0, yieldEvery: "never" });

  const testX = tf.tensor(digits.test.x.data, digits.test.x.shape);
  const facts = {
    trainAccuracy: accuracy(net, trainX, digits.train.labels),
    testAccuracy: accuracy(net, testX, digits.test.labels),
    parameters: net.countParams(),
    epochs,
    seed: SEED,
  };
  const folder = join(root, "notebooks", "data", "models", net.name);
  await saveModel(net, folder);
  writeFileSync(join(folder, "accuracy.json"), `${JSON.stringify(facts, null, 2)}\n`);
  console.log(net.name, facts);
}

await train(mlp, 40);
await train(cnn, 20);
