// The first questions of a notebook, each in a fresh process: `npm run bench -- first-questions`. Prints a table of milliseconds and
// writes it to out/first-questions.md.
//
//   --tree TREE        another built tree to measure instead of this one
//   --nets a,b         only these nets
//   --captum PYTHON    a Python with what bench/performance/requirements.txt says, asked the same beside it

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
  options: {
    tree: { type: "string", default: root },
    nets: { type: "string" },
    captum: { type: "string" },
  },
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
  "| net | by | question | first time | again |",
  "| --- | --- | --- | --: | --: |",
];
const here = join(root, "bench", "first-questions");
const programs = {
  gradlens: [process.execPath, join(here, "questions.mjs"), flags.tree],
  ...(flags.captum ? { Captum: [flags.captum, join(here, "questions.py")] } : {}),
};
for (const name of wanted) {
  const place = join(folder, name);
  mkdirSync(place);
  const file = writeNet(place, nets[name], 1);
  const input = join(place, "input.bin");
  writeFileSync(input, Buffer.from(normals(99, SIDE * SIDE * 3).buffer));
  for (const [by, [program, ...given]] of Object.entries(programs)) {
    const { stdout, status, stderr } = spawnSync(program, [...given, file, input, String(SIDE)], {
      encoding: "utf8",
    });
    if (status !== 0) fail(`bench: ${name} by ${by} ended with exit code ${status}: ${stderr}`);
    const { times, again, predict, allMs, peakBytes } = JSON.parse(stdout);
    const line = (what, first, then) =>
      lines.push(`| ${[name, by, what, first, then === undefined ? "" : seconds(then)].join(" | ")} |`);
    for (const { name: what, ms } of times) line(what, seconds(ms), again[what]);
    line("all of them", seconds(allMs));
    line("one `predict`", "", predict);
    line("peak memory", `${Math.round(peakBytes / 2 ** 20)} MiB`);
  }
}
mkdirSync(join(root, "out"), { recursive: true });
writeFileSync(join(root, "out", "first-questions.md"), `${lines.join("\n")}\n`);
console.log(lines.join("\n"));
