// One notebook: a process that loads the library and a net, asks each of four questions for the first time, and then again.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { tfjsNet } from "../performance/tfjs-net.mjs";

const [tree, file, input, side] = process.argv.slice(2);
const require = createRequire(join(tree, "package.json"));
const times = [];
/** How long a question takes, from the process's own start where it is the first. */
const timed = async (name, work) => {
  const started = performance.now();
  const result = await work();
  times.push({ name, ms: performance.now() - started });
  return result;
};

const { net, x } = await timed("load", async () => {
  const tf = require("@tensorflow/tfjs");
  await tf.setBackend("cpu");
  const bytes = readFileSync(input);
  const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  return { net: tfjsNet(tf, file), x: tf.tensor(data, [1, Number(side), Number(side), 3]) };
});
const { saliency, integratedGradients, gradCam, smoothGrad } = await timed("import", async () =>
  require("./dist/src/index.js"),
);
const questions = {
  saliency: () => saliency(net, x),
  "integrated gradients": () => integratedGradients(net, x),
  "Grad-CAM": () => gradCam(net, x),
  SmoothGrad: () => smoothGrad(net, x),
};
const maps = {};
for (const [name, ask] of Object.entries(questions)) maps[name] = await timed(name, ask);
const started = process.uptime();
const again = {};
for (const [name, ask] of Object.entries(questions)) {
  const all = [];
  for (let round = 0; round < 3; round++) {
    const begun = performance.now();
    await ask();
    all.push(performance.now() - begun);
  }
  again[name] = Math.min(...all);
}
const predictions = [];
for (let round = 0; round < 2; round++) {
  const begun = performance.now();
  net.predict(x).dataSync();
  predictions.push(performance.now() - begun);
}
console.log(
  JSON.stringify({
    times,
    allMs: 1000 * started,
    again,
    predict: Math.min(...predictions),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    engines: Object.fromEntries(
      Object.entries(maps).map(([name, { engine, checked }]) => [name, `${engine}, ${checked}`]),
    ),
    warnings: Object.values(maps).flatMap(({ warnings }) => warnings),
  }),
);
process.exit();
