// One engine of gradlens in a process of its own, told what to do by lines of JSON: see `contest.mjs`.

import { readFileSync, writeFileSync } from "node:fs";
import { createRequire, Module } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { root } from "../../scripts/toolbox.mjs";
import { machineLimit } from "./machine-limit.mjs";
import { tfjsNet } from "./tfjs-net.mjs";

const [kind, tree] = process.argv.slice(2);
// Packages and gradlens itself are those of the tree that is measured.
const require = createRequire(join(tree, "package.json"));

/** As if a package were not installed: what works without it is then what is measured. */
function hide(name) {
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    if (request === name || request.startsWith(`${name}/`)) {
      throw Object.assign(new Error(`Cannot find module '${name}'`), { code: "MODULE_NOT_FOUND" });
    }
    return resolve.call(this, request, ...rest);
  };
}

if (kind === "wasm") hide("onnxruntime-node");
const tf = require("@tensorflow/tfjs");
if (kind === "tensorflow") {
  try {
    require("@tensorflow/tfjs-node");
  } catch {
    // Where `npm run native` built it, before it is linked into node_modules.
    createRequire(join(root, "native", "package.json"))("@tensorflow/tfjs-node");
  }
}
await tf.setBackend(kind === "tensorflow" ? "tensorflow" : "cpu");
const { asModel, integratedGradients } = require("./dist/src/index.js");
const engine = kind === "tensorflow" || kind === "cpu" ? "eager" : "compiled";

let net;
let x;
let target;

const commands = {
  load({ net: file, input, shape, target: explained }) {
    net = asModel(tfjsNet(tf, file), { engine });
    const bytes = readFileSync(input);
    x = { data: new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4), shape };
    target = explained;
    return {};
  },
  async explain({ steps, tolerance, probability, atLeastMs = 0, maxBytes, out }) {
    const times = [];
    let map;
    const options = {
      target,
      steps,
      ...(tolerance === undefined ? {} : { tolerance }),
      ...(probability ? { explain: "probability" } : {}),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    };
    const begun = performance.now();
    const usage = process.cpuUsage();
    do {
      const started = performance.now();
      map = await integratedGradients(net, x, options);
      times.push(performance.now() - started);
    } while (performance.now() - begun < atLeastMs);
    const { user, system } = process.cpuUsage(usage);
    if (out) writeFileSync(out, Buffer.from(Float32Array.from(map.values.data).buffer));
    return {
      times,
      // Of all threads, per call: what others compute at the same time lengthens it little.
      processorMs: (user + system) / 1000 / times.length,
      delta: map.convergenceDelta[0],
      change: map.score[0] - map.baselineScore[0],
      evaluations: map.passes.backward / x.shape[0],
      // So that a fall-back is not taken for what it replaced.
      backend: map.backend,
      warnings: map.warnings,
    };
  },
  /** Products and convolutions of one evaluation of score and gradient, as recorded, before any rewriting. */
  arithmetic() {
    const { record } = require("./dist/src/engine/graph/record.js");
    const { floatingPointOperations } = require("./dist/src/engine/graph/analysis/cost.js");
    const { adapter } = net.reference ?? net;
    const of = { output: 0, explain: "logit", score: { kind: "mask" } };
    const request = { of, at: [{ input: 0 }], replace: [], capture: [] };
    const { graph } = record(tf, adapter, {}, [x.shape], request);
    const nodes = graph.nodes.filter(({ operator }) => /^(MatMul|Conv|ConvTranspose)$/.test(operator));
    return { operations: floatingPointOperations({ ...graph, nodes }) / x.shape[0] };
  },
  limit({ side, seconds }) {
    return machineLimit(side, seconds);
  },
  memory() {
    return { peakBytes: process.resourceUsage().maxRSS * 1024 };
  },
};

createInterface({ input: process.stdin }).on("line", async (line) => {
  let reply;
  try {
    const { does, ...given } = JSON.parse(line);
    reply = await commands[does](given);
  } catch (error) {
    reply = { error: String(error?.message ?? error) };
  }
  console.log(JSON.stringify(reply));
});
