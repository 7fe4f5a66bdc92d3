// Time of integrated gradients, 50 steps, on the digits CNN: median of five runs, per image.

import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../scripts/toolbox.mjs";

const require = createRequire(import.meta.url);
const { asModel, integratedGradients, io } = require("../dist/src/index.js");
const digits = require("../notebooks/data/digits.js");

const net = asModel(await io.loadModel(join(root, "notebooks", "data", "models", "digits-cnn")));

for (const batch of [1, 8, 64]) {
  const { x } = digits.take(digits.test, [...Array(batch).keys()]);
  const times = [];
  for (let run = 0; run < 6; run++) {
    const started = performance.now();
    await integratedGradients(net, x);
    // The first run also warms up.
    if (run > 0) times.push(performance.now() - started);
  }
  const median = times.sort((a, b) => a - b)[2];
  console.log(`batch ${String(batch).padStart(2)}: ${(median / batch).toFixed(1)} ms per image`);
}
