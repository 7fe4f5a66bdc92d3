// The gain of each pass of the compiled engine, and docs/pass-gains.md out of it: `npm run bench -- passes`.
//
//   --nets a,b     only these nets
//   --wasm a,b     nets that are measured on WebAssembly, too (lenet, lstm, mobilenet)
//   --rounds N     rounds of each comparison (5)

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fail, root } from "../../scripts/toolbox.mjs";
import { describeMachine } from "../performance/machine.mjs";
import { nets } from "./nets.mjs";
import { passesPage } from "./page.mjs";

const { values: flags } = parseArgs({
  options: {
    nets: { type: "string" },
    wasm: { type: "string", default: "lenet,lstm,mobilenet" },
    rounds: { type: "string", default: "5" },
  },
});
const wanted = flags.nets?.split(",") ?? Object.keys(nets);
const onWasm = flags.wasm.split(",").filter((name) => name !== "");
const unknown = [...wanted, ...onWasm].filter((name) => !(name in nets));
if (unknown.length > 0)
  fail(`bench: expected nets of ${Object.keys(nets).join(", ")}, got ${unknown.join(", ")}`);

const measured = { machine: describeMachine(), rounds: Number(flags.rounds), columns: [] };
mkdirSync(join(root, "out"), { recursive: true });
for (const [name, runtime] of [
  ...wanted.map((name) => [name, "onnxruntime-node"]),
  ...onWasm.map((name) => [name, "onnxruntime-web"]),
]) {
  const program = join(dirname(fileURLToPath(import.meta.url)), "measure.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, name, runtime, flags.rounds], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) fail(`bench: ${name} on ${runtime}: ${stderr.slice(-2000)}`);
  const { full, passes } = JSON.parse(stdout.trim().split("\n").at(-1));
  measured.columns.push({ name, title: nets[name].title, runtime, full, passes });
  console.log(`${name} on ${runtime}: ${full.toFixed(1)} ms`);
  for (const [pass, ratio] of Object.entries(passes))
    console.log(`  ${pass.padEnd(32)} without it ${((ratio - 1) * 100).toFixed(1)} %`);
  writeFileSync(join(root, "out", "passes.json"), JSON.stringify(measured, null, 2));
}
if (flags.nets === undefined) {
  const page = join(root, "docs", "pass-gains.md");
  writeFileSync(page, passesPage(measured));
  console.log(`wrote ${page}`);
}
