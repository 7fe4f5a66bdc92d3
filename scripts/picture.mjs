// Draw the picture of the README with the library itself: node scripts/build.mjs && node scripts/picture.mjs

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./toolbox.mjs";

const require = createRequire(import.meta.url);
const {
  asModel,
  compare,
  gradCam,
  integratedGradients,
  io,
  saliency,
  smoothGrad,
} = require("../dist/src/index.js");
const digits = require("../notebooks/data/digits.js");

const net = asModel(await io.loadModel(join(root, "notebooks", "data", "models", "digits-cnn")), {
  classes: [..."0123456789"],
});
const { x } = digits.take(digits.test, [3]);
const comparison = await compare(net, x, [saliency, integratedGradients, smoothGrad, gradCam]);
mkdirSync(join(root, "docs"), { recursive: true });
await comparison.save(join(root, "docs", "compare.png"));
