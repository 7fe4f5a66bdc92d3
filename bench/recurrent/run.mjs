// Maps of recurrent nets against their length: `npm run bench -- recurrent`. Prints a table of processor time, writes it to
// out/recurrent.md and draws it as docs/recurrent-length.svg. Linux only: other systems do not tell a thread's own time.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fail, root } from "../../scripts/toolbox.mjs";

const require = createRequire(import.meta.url);
const nets = [
  ["lstm", 50],
  ["lstm", 100],
  ["lstm", 200],
  ["lstm", 400],
  ["gru", 200],
];
const points = [];
const lines = [
  "| net | steps | engine | first map | later maps | longest stretch of the first | from an abort to the error |",
  "| --- | --: | --- | --: | --: | --: | --: |",
];
for (const [kind, steps] of nets)
  for (const engine of ["eager", "auto"]) {
    const program = [join(root, "bench", "recurrent", "process.mjs"), kind, String(steps), engine];
    const { stdout, stderr, status } = spawnSync(process.execPath, program, { encoding: "utf8" });
    if (status !== 0) fail(`bench: ${kind} of ${steps} steps ended with exit code ${status}: ${stderr}`);
    const { first, later, longest, abort } = JSON.parse(stdout);
    const figures = [first, later, longest, abort].map((ms) => ms.toFixed(0));
    lines.push(`| ${[kind.toUpperCase(), steps, engine, ...figures].join(" | ")} |`);
    if (kind === "lstm")
      for (const [map, ms] of [
        ["first", first],
        ["later", later],
      ])
        points.push({ steps, ms, line: `${engine}, ${map} map` });
  }
mkdirSync(join(root, "out"), { recursive: true });
writeFileSync(join(root, "out", "recurrent.md"), `${lines.join("\n")}\n`);
console.log(lines.join("\n"));

const vega = require("vega");
const { compile } = require("vega-lite");
const log = { type: "log", nice: false };
const { spec } = compile({
  background: "white",
  width: 320,
  height: 220,
  data: { values: points },
  mark: { type: "line", point: true },
  encoding: {
    x: {
      field: "steps",
      type: "quantitative",
      scale: log,
      axis: { values: [50, 100, 200, 400], grid: false },
    },
    y: { field: "ms", type: "quantitative", scale: log, title: "processor time (ms)" },
    color: { field: "line", type: "nominal", title: null },
  },
});
const svg = await new vega.View(vega.parse(spec), { renderer: "none" }).toSVG();
writeFileSync(join(root, "docs", "recurrent-length.svg"), `${svg}\n`);
