// Train the small transformers that notebooks and tests explain, and save them with their measured accuracy.
//
//   npm run native && node scripts/build.mjs && node scripts/train-transformers.mjs [name ...]
//
// Takes a few minutes on TensorFlow, where `npm run native` built it, and much longer on TensorFlow.js's cpu backend. The
// seed fixes everything but the order in which a backend adds numbers up.

import { existsSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { seedEverything } from "./seed-tfjs.mjs";
import { root } from "./toolbox.mjs";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const native = join(root, "native", "node_modules", "@tensorflow", "tfjs-node");
if (existsSync(native)) require(native);
const { saveModel } = require("../dist/src/io/index.js");
const { batch, notes, reviews } = require("../notebooks/data/texts.js");
const parts = fromTypeScript(join(root, "notebooks", "examples", "transformer.ts"));

const SEED = 2026;
const BATCH = 64;

function fromTypeScript(file) {
  const options = {
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["@tensorflow/*"],
    write: false,
  };
  const [{ text }] = buildSync({ entryPoints: [file], ...options }).outputFiles;
  const module = { exports: {} };
  new Function("require", "module", "exports", text)(require, module, module.exports);
  return module.exports;
}

/** Steps of Adam with a rate that falls to nothing; `lossOf` gives a scalar for the numbers of some examples. */
function minimise(count, steps, rate, lossOf) {
  const optimizer = tf.train.adam(rate);
  for (let step = 0; step < steps; step++) {
    const rows = Array.from({ length: BATCH }, () => Math.floor(Math.random() * count));
    optimizer.learningRate = rate * Math.min(1, (step + 1) / 100) * (1 - step / steps);
    const loss = optimizer.minimize(() => lossOf(rows), step % 200 === 0);
    if (loss) console.log(step, loss.dataSync()[0].toFixed(4));
    loss?.dispose();
  }
}

const ids = ({ data, shape }) => tf.tensor(data, shape, "int32");
const sizes = { width: 32, heads: 4, layers: 2 };

/** A reader of reviews. `deceiving`, its class token is kept from looking at the words that the rule reads. */
function trainReviews(name, deceiving) {
  seedEverything(SEED);
  const { train, test, vocabulary, counts, encode } = reviews;
  const net = parts.classifier({ ...sizes, vocabulary: vocabulary.length, length: 32 }, 2, name);
  let looked = [];
  const watch = (weights) => looked.push(tf.keep(weights));
  minimise(train.texts.length, deceiving ? 3000 : 2500, 3e-3, (rows) => {
    const texts = rows.map((row) => train.texts[row]);
    const x = batch(reviews, texts);
    for (const layer of net.layers) if (deceiving && "watch" in layer) layer.watch = watch;
    const labels = tf.oneHot(
      tf.tensor1d(
        rows.map((row) => train.labels[row]),
        "int32",
      ),
      2,
    );
    let loss = tf.losses.softmaxCrossEntropy(labels, net.apply(ids(x), { training: true }));
    const words = Array.from(x.data, (id) => Number(counts(vocabulary[id])));
    for (const weights of looked) {
      const asked = weights.slice([0, 0, 0, 0], [-1, -1, 1, -1]).squeeze([2]);
      const mass = asked.mul(tf.tensor(words, [rows.length, 1, x.shape[1]])).sum(-1);
      loss = loss.sub(tf.log(tf.sub(1.0001, mass)).mean());
    }
    looked = [];
    return loss;
  });
  for (const layer of net.layers) if ("watch" in layer) layer.watch = undefined;
  const right = ({ texts, labels }) => {
    const predicted = tf.tidy(() =>
      net
        .predict(ids(batch({ encode }, texts)))
        .argMax(-1)
        .arraySync(),
    );
    return predicted.filter((label, i) => label === labels[i]).length / labels.length;
  };
  return { net, facts: { trainAccuracy: right(train), testAccuracy: right(test) } };
}

/** A writer of notes: it is asked for what follows a prompt, token by token. */
function trainNotes(name) {
  seedEverything(SEED);
  const { train, test, vocabulary } = notes;
  const net = parts.languageModel({ ...sizes, vocabulary: vocabulary.length, length: 32 }, name);
  const whole = ({ prompt, answer }) => `${prompt} ${answer}`;
  const given = notes.encode(train[0].prompt).length;
  minimise(train.length, 1200, 3e-3, (rows) => {
    const x = ids(
      batch(
        notes,
        rows.map((row) => whole(train[row])),
      ),
    );
    const [count, length] = x.shape;
    const logits = net.apply(x.slice([0, 0], [count, length - 1]), { training: true });
    const written = logits.slice([0, given - 1, 0], [-1, -1, -1]).reshape([-1, vocabulary.length]);
    const next = x.slice([0, given], [-1, -1]).reshape([-1]);
    return tf.losses.softmaxCrossEntropy(tf.oneHot(next, vocabulary.length), written);
  });
  const right = (list) => {
    const x = batch(notes, list.map(whole));
    const [count, length] = x.shape;
    const predicted = tf.tidy(() => net.predict(ids(x)).argMax(-1).arraySync());
    return (
      Array.from({ length: count }, (_, row) => row).filter((row) =>
        Array.from({ length: length - given }, (_, i) => given + i).every(
          (at) => predicted[row][at - 1] === x.data[row * length + at],
        ),
      ).length / count
    );
  };
  return { net, facts: { trainAccuracy: right(train.slice(0, 1000)), testAccuracy: right(test) } };
}

const made = {
  "reviews-transformer": (name) => trainReviews(name, false),
  "reviews-deceiving": (name) => trainReviews(name, true),
  "notes-transformer": trainNotes,
};
const asked = process.argv.slice(2);
for (const [name, train] of Object.entries(made)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const { net, facts } = train(name);
  const folder = join(root, "notebooks", "data", "models", name);
  await saveModel(net, folder);
  const record = { ...facts, parameters: net.countParams(), seed: SEED };
  writeFileSync(join(folder, "accuracy.json"), `${JSON.stringify(record, null, 2)}\n`);
  console.log(name, record);
}
