// One loop of questions in this process; prints what was held, in bytes, as JSON.

import { createRequire } from "node:module";
import { root } from "../../scripts/toolbox.mjs";
import { questions } from "./questions.mjs";

console.warn = () => {};
const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs");
const gradlens = require(root);
await tf.setBackend("cpu");

const [name, given] = process.argv.slice(2);
const bound = Number(given);
const { net, asked } = questions[name];
const model = net(tf);
const data = Float32Array.from({ length: 48 * 48 * 3 }, (_, i) => Math.sin(i));
const x = { data, shape: [1, 48, 48, 3] };
const explained = name === "functions" ? model : gradlens.asModel(model, { cacheBytes: bound });

let peak = 0;
let before;
let most = 0;
for (const question of asked(gradlens, explained, x, tf, bound)) {
  const { peakBytes } = await question();
  // The first question loads ONNX Runtime.
  before ??= process.memoryUsage().rss;
  most = Math.max(most, process.memoryUsage().rss);
  peak = Math.max(peak, peakBytes);
}
process.stdout.write(JSON.stringify({ peak, before, most }));
process.exit(0);
