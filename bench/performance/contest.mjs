// Starts contestants, each in a process of its own, and lets them work in turn on the same question.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { root } from "../../scripts/toolbox.mjs";

const here = dirname(fileURLToPath(import.meta.url));

/** Who can take part, by short name: what the page calls them, and what they say that they compute with. */
export const contestants = {
  compiled: { title: "compiled (native)", backend: "onnxruntime-node" },
  wasm: { title: "compiled (wasm)", backend: "onnxruntime-web" },
  tensorflow: { title: "eager tensorflow", backend: "tensorflow" },
  cpu: { title: "eager cpu", backend: "cpu" },
  captum: { title: "Captum on PyTorch", backend: "captum" },
};

/** A contestant's process. */
export class Contestant {
  #child;
  #waiting = [];

  /** `tree` is the folder of the built gradlens that it computes with, this one when none is named. */
  constructor(name, python, tree = root) {
    this.name = name;
    const [program, args] =
      name === "captum"
        ? [python, [join(here, "captum_contestant.py"), String(availableParallelism())]]
        : [process.execPath, [join(here, "contestant.mjs"), name, tree]];
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let said = "";
    this.#child.stderr.on("data", (text) => {
      said = (said + text).slice(-2000);
    });
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const { resolve, reject } = this.#waiting.shift();
      const reply = JSON.parse(line);
      if (reply.error === undefined) resolve(reply);
      else reject(new Error(`${name}: ${reply.error}`));
    });
    this.#child.on("exit", (code) => {
      for (const { reject } of this.#waiting.splice(0))
        reject(new Error(`${name}: ended with exit code ${code}: ${said.trim()}`));
    });
    this.#child.stdin.on("error", () => {});
  }

  /** Sends one command and waits for what it gives. */
  ask(does, given = {}) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify({ does, ...given })}\n`);
    });
  }

  end() {
    this.#child.stdin.end();
    this.#child.kill();
  }
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

function mapIn(file) {
  const bytes = readFileSync(file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

/** The length of the difference of two maps, as a share of the second's length. */
export function distance(a, b) {
  const [left, right] = [a, b].map(mapIn);
  const length = (entry) => Math.sqrt(right.reduce((sum, _, i) => sum + entry(i) ** 2, 0));
  return length((i) => left[i] - right[i]) / length((i) => right[i]);
}

/** The largest difference of two maps, as a share of the second's largest entry. */
export function difference(a, b) {
  const [left, right] = [a, b].map(mapIn);
  if (left.length !== right.length) return Number.POSITIVE_INFINITY;
  let [largest, scale] = [0, 0];
  for (let i = 0; i < right.length; i++) {
    const gap = Math.abs(left[i] - right[i]);
    if (!(gap <= largest)) largest = gap;
    scale = Math.max(scale, Math.abs(right[i]));
  }
  return largest / scale;
}
