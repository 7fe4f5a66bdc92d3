// Train the small LSTM that says at each step what it heard five steps before, and save it with its measured error.
//
//   node scripts/build.mjs && node scripts/train-echo.mjs
//
// Takes a minute or two on TensorFlow.js's cpu backend and gives the same weights every time.

import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { seedEverything } from "./seed-tfjs.mjs";
import { root } from "./toolbox.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const { saveModel } = require("../dist/src/io/index.js");

const SEED = 1997;
const DELAY = 5;
const LENGTH = 16;
const BATCH = 64;
const ROUNDS = 240;
const RATE = 0.02;

const { layers } = tf;

/** Sounds of −1 or 1, and what should be said: nothing for the first steps, then the echo. */
function sequences(count) {
  const sounds = Array.from({ length: count }, () =>
    Array.from({ length: LENGTH }, () => [Math.random() < 0.5 ? -1 : 1]),
  );
  const echoes = sounds.map((row) => row.map((_, t) => (t < DELAY ? [0] : row[t - DELAY])));
  return [tf.tensor3d(sounds), tf.tensor3d(echoes)];
}

seedEverything(SEED);
const net = tf.sequential({
  name: "echo-lstm",
  layers: [
    layers.lstm({ name: "memory", units: 20, inputShape: [LENGTH, 1], returnSequences: true }),
    layers.timeDistributed({ name: "echo", layer: layers.dense({ units: 1 }) }),
  ],
});
const optimizer = tf.train.adam(RATE);
for (let round = 0; round < ROUNDS; round++) {
  if (round === 0.75 * ROUNDS) optimizer.learningRate = RATE / 4;
  tf.tidy(() => {
    const [x, y] = sequences(BATCH);
    const cost = optimizer.minimize(
      () => tf.losses.meanSquaredError(y, net.apply(x, { training: true })),
      true,
    );
    if (round % 40 === 39) console.log(round + 1, cost.dataSync()[0].toFixed(4));
  });
}

const [x, y] = sequences(200);
const facts = {
  meanAbsoluteError: tf.tidy(() => net.predict(x).sub(y).abs().mean().dataSync()[0]),
  parameters: net.countParams(),
  delay: DELAY,
  rounds: ROUNDS,
  seed: SEED,
};
const folder = join(root, "notebooks", "data", "models", net.name);
await saveModel(net, folder);
writeFileSync(join(folder, "accuracy.json"), `${JSON.stringify(facts, null, 2)}\n`);
console.log(net.name, facts);
