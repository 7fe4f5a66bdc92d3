import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { relativeDifference } from "../../models";

const root = join(__dirname, "../../..");

/** Loaded before all else, in each thread: what it names is not there. */
const HIDE = `
  const Module = require("node:module");
  const hidden = (process.env.HIDDEN ?? "").split(",").filter(Boolean);
  const { _resolveFilename, _load } = Module;
  Module._resolveFilename = function (request, ...rest) {
    if (hidden.some((name) => request === name || request.startsWith(name + "/"))) {
      throw Object.assign(new Error("Cannot find module '" + request + "'"), { code: "MODULE_NOT_FOUND" });
    }
    return _resolveFilename.call(this, request, ...rest);
  };
  Module._load = function (request, ...rest) {
    if (request.endsWith(".node") && hidden.includes("native libraries")) throw new Error("GLIBC_2.27 not found");
    return _load.call(this, request, ...rest);
  };
  if (hidden.includes("a second core")) require("node:os").availableParallelism = () => 1;
`;

/** Two maps of a model of some size, from a program of its own. */
const PROGRAM = `
  const tf = require("@tensorflow/tfjs");
  try { require("@tensorflow/tfjs-node"); } catch {}
  const { integratedGradients, random } = require(${JSON.stringify(join(root, "dist/src/index.js"))});
  const stream = random(3);
  const numbers = (n) => Float32Array.from({ length: n }, () => stream.normal() / 4);
  const model = tf.sequential({ layers: [
    tf.layers.conv2d({ inputShape: [12, 12, 2], filters: 8, kernelSize: 3, activation: "tanh", name: "conv" }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 3, activation: "softmax" }),
  ] });
  model.setWeights(model.getWeights().map((w) => tf.tensor(numbers(w.size), w.shape)));
  const x = { data: numbers(2 * 288), shape: [2, 12, 12, 2] };
  const options = process.env.ENGINE ? { engine: process.env.ENGINE, target: 0 } : { target: 0 };
  const recorded = tf.engine().runKernelFunc;
  let kernels = 0;
  tf.engine().runKernelFunc = function (...args) { kernels++; return recorded.apply(this, args); };
  (async () => {
    const maps = [await integratedGradients(model, x, options)];
    maps.push(await integratedGradients(model, x, { ...options, layer: "conv" }));
    return maps.map(({ engine, backend, checked, warnings, values }) =>
      ({ engine, backend, checked, warnings, values: [...values.data] }));
  })().then(
    (maps) => console.log(JSON.stringify({ maps })),
    (error) => console.log(JSON.stringify({ error: error.message, kernels })),
  );
`;

interface Answer {
  error?: string;
  kernels?: number;
  maps: { engine: string; backend: string; checked: string; warnings: string[]; values: number[] }[];
}

let folder: string;
let everything: Answer;

/** What the program prints where some packages are hidden; nothing but the banner of tfjs goes to stderr. */
function without(hidden: string[], engine = ""): Promise<Answer> {
  const preload = join(folder, "hide.cjs");
  const env = { ...process.env, NODE_OPTIONS: `--require ${preload}`, HIDDEN: hidden.join(), ENGINE: engine };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["-e", PROGRAM], { cwd: root, env });
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.on("close", (code) => {
      const complaints = err.replace(/=+\nHi, looks like [\s\S]*?\n=+/, "").trim();
      if (code === 0 && complaints === "") resolve(JSON.parse(out));
      else reject(new Error(`exit code ${code}: ${complaints} ${out.slice(0, 200)}`));
    });
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "gradlens-hidden-"));
  writeFileSync(join(folder, "hide.cjs"), HIDE);
  everything = await without(["@tensorflow/tfjs-node"]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cases: [what: string, hidden: string[], engine: string, backend: string][] = [
  ["onnxruntime-node", ["onnxruntime-node"], "compiled", "onnxruntime-web"],
  ["what onnxruntime-node is linked to", ["native libraries"], "compiled", "onnxruntime-web"],
  ["threads in WebAssembly", ["onnxruntime-node", "a second core"], "compiled", "onnxruntime-web"],
  ["onnxruntime-web", ["onnxruntime-web"], "compiled", "onnxruntime-node"],
  ["either", ["onnxruntime-node", "onnxruntime-web"], "eager", "cpu"],
];

describe("without tfjs-node, and without", () => {
  it.each(cases)("%s", async (_, hidden, engine, backend) => {
    const answer = await without(["@tensorflow/tfjs-node", ...hidden]);
    const checked = engine === "eager" ? "reference" : "first row";
    expect(answer.error).toBeUndefined();
    answer.maps.forEach((map, i) => {
      expect(map).toMatchObject({ engine, backend, checked, warnings: [] });
      expect(relativeDifference(map.values, everything.maps[i]?.values as number[])).toBeLessThan(1e-5);
    });
  });

  it("nothing else: native ONNX Runtime answers", () => {
    for (const map of everything.maps) {
      expect(map).toMatchObject({ engine: "compiled", backend: "onnxruntime-node" });
    }
  });

  it('either, when engine is "compiled": the error comes before any work and says what to install', async () => {
    const answer = await without(
      ["@tensorflow/tfjs-node", "onnxruntime-node", "onnxruntime-web"],
      "compiled",
    );
    expect(answer.error).toMatch(
      /^engine "compiled": expected the package onnxruntime-node or onnxruntime-web, got neither; run `npm install/,
    );
    expect(answer.kernels).toBe(0);
  });
});
