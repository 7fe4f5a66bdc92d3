// The first questions of a notebook, each in a fresh process: `npm run bench -- first-questions`. Prints a table of milliseconds and
// writes it to out/first-questions.md.
//
//   --tree TREE   another built tree to measure instead of this one
//   --nets a,b    only these nets

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fail, root } from "../../scripts/toolbox.mjs";
import { mobilenetV2, resnet18 } from "../performance/architectures.mjs";
import { normals, writeNet } from "../performance/weights.mjs";

const SIDE = 224;
const nets = { MobileNetV2: mobilenetV2(SIDE), "ResNet-18": resnet18(SIDE) };

const { values: flags } = parseArgs({
  options: { tree: { type: "string", default: root }, nets: { type: "string" } },
});
const wanted = flags.nets?.split(",") ?? Object.keys(nets);
for (const name of wanted)
  if (!(name in nets)) fail(`bench: expected nets of ${Object.keys(nets).join(", ")}, got ${name}`);

const folder = mkdtempSync(join(tmpdir(), "gradlens-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
const seconds = (ms) => (ms / 1000).toFixed(2);
const lines = [
  `Seconds at ${SIDE}×${SIDE}, from the start of a process; load of the machine before: ${loadavg()[0].toFixed(1)}.`,
  "",
  "| net | question | first time | again |",
  "| --- | --- | --: | --: |",
];
for (const name of wanted) {
  const place = join(folder, name);
  mkdirSync(place);
  const file = writeNet(place, nets[name], 1);
  const input = join(place, "input.bin");
  writeFileSync(input, Buffer.from(normals(99, SIDE * SIDE * 3).buffer));
  const program = join(root, "bench", "first-questions", "questions.mjs");
  const { stdout, status, stderr } = spawnSync(
    process.execPath,
    [program, flags.tree, file, input, String(SIDE)],
    { encoding: "utf8" },
  );
  if (status !== 0) fail(`bench: ${name} ended with exit code ${status}: ${stderr}`);
  const { times, again, predict, allMs, peakBytes } = JSON.parse(stdout);
  for (const { name: what, ms } of times)
    lines.push(
      `| ${name} | ${what} | ${seconds(ms)} | ${again[what] === undefined ? "" : seconds(again[what])} |`,
    );
  lines.push(`| ${name} | all of them | ${seconds(allMs)} | |`);
  lines.push(`| ${name} | one \`predict\` | | ${seconds(predict)} |`);
  lines.push(`| ${name} | peak memory | ${Math.round(peakBytes / 2 ** 20)} MiB | |`);
}
mkdirSync(join(root, "out"), { recursive: true });
writeFileSync(join(root, "out", "first-questions.md"), `${lines.join("\n")}\n`);
console.log(lines.join("\n"));
