// One net on one form of ONNX Runtime in a process of its own: the processor time of a path with each pass left out.
//
//   node bench/passes/measure.mjs NET RUNTIME ROUNDS    prints { full, passes: { name: ratio } } as JSON

import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "../performance/contest.mjs";
import { tfjsNet } from "../performance/tfjs-net.mjs";
import { normals, writeNet } from "../performance/weights.mjs";
import { nets } from "./nets.mjs";

const require = createRequire(import.meta.url);
const [name, runtime, rounds] = process.argv.slice(2);
const net = nets[name];

const tf = require("@tensorflow/tfjs");
await tf.setBackend("cpu");
const { asModel } = require("../../dist/src/engine/index.js");
const { trace } = require("../../dist/src/engine/compiled/compiled-graph.js");
const { writeOnnx } = require("../../dist/src/engine/compiled/onnx/write-onnx.js");
const { runPasses } = require("../../dist/src/engine/graph/passes/pipeline.js");
const { print } = require("../../dist/src/engine/graph/print.js");
const ort = require(runtime);

/** Nodes from which sessions are loaded without ONNX Runtime's own rewrites, as the engine does. */
const UNOPTIMISED_NODES = 600;

const folder = mkdtempSync(join(tmpdir(), "gradlens-passes-"));
const { tf: its, adapter, facts } = asModel(tfjsNet(tf, writeNet(folder, net, 1)), { engine: "eager" });
rmSync(folder, { recursive: true, force: true });
const { recordings, stages: all } = trace(its, adapter, facts, [net.input], {
  of: { output: 0, explain: "logit", score: { kind: "mask" } },
  at: [{ input: 0 }],
  replace: [],
  capture: [],
  path: true,
  cores: "one",
});
// Blocks of channels are the layout of native ONNX Runtime alone.
const stages = all.map(({ name: stage, passes }) => ({
  name: stage,
  passes: passes.filter((pass) => runtime === "onnxruntime-node" || pass.name !== "layoutNchwc"),
}));

/** A session of the graph behind the stages, and a text that tells graphs apart. */
async function sessionOf(some) {
  const graph = runPasses(
    recordings[0].graph,
    some.flatMap(({ passes }) => passes),
  );
  const load = () =>
    ort.InferenceSession.create(writeOnnx(graph), {
      executionProviders: [runtime === "onnxruntime-node" ? "cpu" : "wasm"],
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      enableMemPattern: false,
      graphOptimizationLevel: graph.nodes.length < UNOPTIMISED_NODES ? "all" : "disabled",
      logSeverityLevel: 4,
    });
  return { text: print(graph), load };
}

if (runtime === "onnxruntime-web") ort.env.wasm.numThreads = 1;
const tensor = (
  shape,
  data = normals(
    shape.length,
    shape.reduce((a, b) => a * b, 1),
  ),
) => new ort.Tensor("float32", data, shape);
const row = [1, ...net.input];
const classes = recordings[0].graph.inputs.find((port) => port.name === "mask").value.shape[1];
const mask = new Float32Array(classes);
mask[3] = 1;
const nodes = Float32Array.from({ length: net.nodes }, (_, k) => (k + 0.5) / net.nodes);
const feeds = {
  from0: tensor(row, new Float32Array(row.reduce((a, b) => a * b, 1))),
  to0: tensor(row),
  mask: tensor([1, classes], mask),
  alphas: tensor([net.nodes], nodes),
  weights: tensor(
    [net.nodes],
    nodes.map(() => 1 / net.nodes),
  ),
};

/** Processor time of runs that take at least a tenth of a second together, per run, in milliseconds. */
async function processorMs(session) {
  const usage = process.cpuUsage();
  const begun = performance.now();
  let runs = 0;
  do {
    await session.run(feeds);
    runs++;
  } while (performance.now() - begun < 100);
  const { user, system } = process.cpuUsage(usage);
  return (user + system) / 1000 / runs;
}

const full = await sessionOf(stages);
const whole = await full.load();
const passes = {};
const times = [];
const optional = new Set(
  stages.flatMap(({ passes: some }) => some.filter((pass) => !pass.required).map((pass) => pass.name)),
);
for (const left of optional) {
  const other = await sessionOf(
    stages.map(({ name: stage, passes: some }) => ({
      name: stage,
      passes: some.filter((pass) => pass.name !== left),
    })),
  );
  // What a pass leaves alone it cannot make faster.
  if (other.text === full.text) continue;
  const without = await other.load();
  await whole.run(feeds);
  await without.run(feeds);
  const ratios = [];
  for (let round = 0; round < Number(rounds); round++) {
    const order = round % 2 === 0 ? [whole, without] : [without, whole];
    const measured = [];
    for (const session of order) measured.push(await processorMs(session));
    const [own, others] = round % 2 === 0 ? measured : measured.toReversed();
    times.push(own);
    ratios.push(others / own);
  }
  passes[left] = median(ratios);
  await without.release();
}
console.log(JSON.stringify({ full: median(times), passes }));
process.exit();
