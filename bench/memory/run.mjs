// What many graphs of one net take: `npm run bench -- memory`. Prints a table of peaks in MiB and writes it to out/memory.md.
//
//   --bounds a,b       `cacheBytes` in MiB to measure under (256,1024)
//   --only a           only the questions of that name

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fail, root } from "../../scripts/toolbox.mjs";
import { questions } from "./questions.mjs";

const { values: flags } = parseArgs({
  options: { bounds: { type: "string", default: "256,1024" }, only: { type: "string" } },
});
const names = Object.keys(questions).filter((name) => flags.only === undefined || name === flags.only);
if (names.length === 0)
  fail(`bench: expected one of ${Object.keys(questions).join(", ")}, got ${flags.only}`);

const mib = (bytes) => Math.round(bytes / 2 ** 20);
const lines = [
  "| questions | bound (`cacheBytes`) | one result's `peakBytes`, at most | the process before | the process at most | more |",
  "| --- | --: | --: | --: | --: | --: |",
];
for (const name of names)
  for (const bound of flags.bounds.split(",").map(Number)) {
    const program = [join(root, "bench", "memory", "process.mjs"), name, String(bound * 2 ** 20)];
    const { stdout, stderr, status } = spawnSync(process.execPath, program, { encoding: "utf8" });
    if (status !== 0) fail(`bench: ${name} ended with exit code ${status}: ${stderr}`);
    const { peak, before, most } = JSON.parse(stdout);
    const figures = [bound, mib(peak), mib(before), mib(most), mib(most - before)];
    lines.push(`| ${[questions[name].title, ...figures].join(" | ")} |`);
    console.log(lines.at(-1));
  }
mkdirSync(join(root, "out"), { recursive: true });
writeFileSync(join(root, "out", "memory.md"), `${lines.join("\n")}\n`);
