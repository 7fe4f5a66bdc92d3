// This kernel beside stock tslab, and beside Deno's and Python's where they are: `node bench/kernel/run.mjs [rounds]`.
// All in one run on one machine; medians. Build first (`npm run build`).

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/toolbox.mjs";

const require = createRequire(import.meta.url);
const { startKernel } = require("../../dist/kernel/notebook/spawn.js");
const rounds = Number(process.argv[2] ?? 3);
const LINES = 10_000;
const STEPS = 5e7;
const PATIENCE_MS = 120_000;

const typescript = {
  first: "1 + 1",
  second: "const a: number = 2; a * 3",
  loop: `let s = 0; for (let i = 0; i < ${STEPS}; i++) s += i & 3; s`,
  lines: `for (let i = 0; i < ${LINES}; i++) console.log("line " + i);`,
  tfjs: 'import * as tf from "@tensorflow/tfjs"; tf.scalar(1).dtype',
  complete: "[1, 2].ma",
};
const python = {
  first: "1 + 1",
  second: "a = 2; a * 3",
  loop: `s = 0\nfor i in range(${STEPS}): s += i & 3\ns`,
  lines: `for i in range(${LINES}): print("line", i)`,
  complete: "import os; os.pa",
};

function pythonWithKernel() {
  const programs = process.platform === "win32" ? "Scripts" : "bin";
  const candidates = [join(root, ".venv", programs, "python"), "python3", "python"];
  return candidates.find((program) => spawnSync(program, ["-c", "import ipykernel"]).status === 0);
}

function kernels() {
  const tslab = join(root, "node_modules", "tslab", "bin", "tslab");
  const found = [
    { name: "gradlens", cells: typescript },
    {
      name: "tslab",
      cells: typescript,
      argv: [process.execPath, tslab, "kernel", "--config-path", "{connection_file}"],
    },
  ];
  const deno = [join(root, "node_modules", ".bin", "deno"), process.env.DENO ?? "deno"].find(
    (program) => spawnSync(program, ["--version"]).status === 0,
  );
  if (deno)
    found.push({
      name: "Deno",
      cells: { ...typescript, tfjs: undefined },
      argv: [deno, "jupyter", "--kernel", "--conn", "{connection_file}"],
    });
  const program = pythonWithKernel();
  if (program)
    found.push({
      name: "ipykernel",
      cells: python,
      argv: [program, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    });
  return found;
}

const now = () => performance.now();
const late = () => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, "late").unref());

/** Milliseconds until the reply; iopub may lose the message that says a cell has ended. */
async function cell(kernel, code, onMessage = () => {}) {
  const started = now();
  const stop = kernel.client.onMessage(onMessage);
  const content = { code, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
  const reply = await Promise.race([kernel.client.send("shell", "execute_request", content).reply, late()]);
  const time = now() - started;
  stop();
  if (reply === "late") return undefined;
  return reply.content.status === "ok" ? time : undefined;
}

/** Resident memory of a process, in MB; Linux only. */
function memory(pid) {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, "utf8"))?.[1]) / 1024;
}

async function lines(kernel, code) {
  let text = "";
  let last = now();
  const started = now();
  const stop = kernel.client.onMessage(({ header, content }) => {
    if (header.msg_type !== "stream") return;
    text += content.text;
    last = now();
  });
  await cell(kernel, code);
  // What is still on its way when the reply is there.
  for (let seen = -1; seen !== text.length; ) {
    seen = text.length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  stop();
  return { arrived: text.split("\n").length - 1, time: last - started };
}

async function measure({ name, cells, argv }) {
  const folder = mkdtempSync(join(tmpdir(), "gradlens-bench-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const started = now();
  const kernel = await startKernel(folder, argv && { argv, env: {} });
  try {
    const result = { "ready (s)": (now() - started) / 1000 };
    const first = await cell(kernel, cells.first);
    result["first cell (s)"] = first / 1000;
    result["start to first result (s)"] = (now() - started) / 1000;
    result["second cell (s)"] = (await cell(kernel, cells.second)) / 1000;
    result["memory before tfjs (MB)"] = memory(kernel.process.pid);
    const asked = now();
    const content = { code: cells.complete, cursor_pos: cells.complete.length };
    await Promise.race([kernel.client.send("shell", "complete_request", content).reply, late()]);
    result["completion (s)"] = (now() - asked) / 1000;
    result["loop of 5e7 steps (s)"] = (await cell(kernel, cells.loop)) / 1000;
    const printed = await lines(kernel, cells.lines);
    result["lines that arrive of 10,000"] = printed.arrived;
    result["10,000 lines (s)"] = printed.time / 1000;
    if (cells.tfjs) {
      result["first import of tfjs (s)"] = (await cell(kernel, cells.tfjs)) / 1000;
      result["memory with tfjs (MB)"] = memory(kernel.process.pid);
    }
    return result;
  } finally {
    await kernel.stop();
    rmSync(folder, { recursive: true, force: true });
    console.error(`measured ${name}`);
  }
}

function median(values) {
  const sorted = values.filter((value) => Number.isFinite(value)).sort((a, b) => a - b);
  return sorted.length === 0 ? undefined : sorted[Math.floor((sorted.length - 1) / 2)];
}

const measured = kernels().map((kernel) => ({ kernel, results: [] }));
// In turn, so that other work of the machine falls on all of them alike.
for (let round = 0; round < rounds; round++)
  for (const { kernel, results } of measured) results.push(await measure(kernel));

const rows = Object.keys(measured[0].results[0]);
const shown = (value) => (value === undefined ? "–" : value >= 100 ? value.toFixed(0) : value.toFixed(3));
const ratio = (ours, theirs) =>
  ours === undefined || theirs === undefined ? "" : ` (${(theirs / ours).toFixed(2)}×)`;
console.log(
  `Node.js ${process.versions.node}, median of ${rounds}; in brackets: how many times gradlens' own figure`,
);
for (const row of rows) {
  const values = measured.map(({ results }) => median(results.map((result) => result[row])));
  const texts = measured.map(({ kernel }, i) =>
    `${kernel.name} ${shown(values[i])}${i > 0 ? ratio(values[0], values[i]) : ""}`.padEnd(30),
  );
  console.log(`${row.padEnd(30)}${texts.join("").trimEnd()}`);
}
process.exit(0);
