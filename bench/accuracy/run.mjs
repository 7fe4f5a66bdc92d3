// How far gradients and paths of both engines are from double precision: `npm run bench -- accuracy [--nets 500] [--from 0]`.
//
// The nets are those of tests/engine/compiled/random-architectures.test.ts, and the same with layers of any width. What they
// are compared with is TensorFlow.js itself, which computes in double precision where its arrays of floats are double.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundled } from "./bundle.mjs";

const { values: flags } = parseArgs({
  options: { nets: { type: "string", default: "500" }, from: { type: "string", default: "0" } },
});
const nets = Number(flags.nets);
const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "gradlens-accuracy-"));
const program = await bundled(join(here, "answers.mjs"));
const DOUBLE = ["--require", join(here, "double.cjs")];
/** The largest difference that the engines may have on the nets that are not narrow. */
const LIMIT = 1e-5;

/** What an engine answers, by net and question. */
function answers(engine, narrowest, precision) {
  const file = join(folder, `${engine}-${narrowest}-${precision.length}.json`);
  const asked = [program, file, engine, String(narrowest), flags.from, flags.nets];
  const { status } = spawnSync(process.execPath, [...precision, ...asked], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`accuracy: ${engine} ended with exit code ${status}`);
  return JSON.parse(readFileSync(file, "utf8"));
}

/** The largest difference of two lists of arrays, as a share of the largest entry of `scale`. */
function distance(a, b, scale) {
  const largest = Math.max(...scale.flat().map(Math.abs));
  const entries = b.flat();
  return Math.max(...a.flat().map((value, i) => Math.abs(value - entries[i]))) / largest;
}

function row(name, distances) {
  const sorted = distances.toSorted((a, b) => a - b);
  const at = (share) => (sorted[Math.round(share * (sorted.length - 1))] ?? 0).toExponential(1);
  const beyond = sorted.filter((value) => value > LIMIT).length;
  return `| ${name} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${beyond} of ${sorted.length} |`;
}

console.log(
  `Nets ${flags.from} to ${Number(flags.from) + nets - 1}; differences as shares of the largest entry\n`,
);
console.log("| nets, and what is compared | median | 99 % | largest | beyond 1e-5 |");
console.log("|---|--:|--:|--:|--:|");
try {
  for (const [kind, narrowest] of [
    ["four numbers or more at each layer", 4],
    ["layers of any width", 1],
  ]) {
    const truth = answers("eager", narrowest, DOUBLE);
    const [compiled, eager] = ["compiled", "eager"].map((engine) => answers(engine, narrowest, []));
    // Where all is zero there is nothing to be a share of.
    const asked = Object.keys(truth).filter((key) => truth[key].scale.flat().some((value) => value !== 0));
    const all = (a, b) => asked.map((key) => distance(a[key].values, b[key].values, truth[key].scale));
    console.log(row(`${kind}: compiled, double`, all(compiled, truth)));
    console.log(row("eager, double", all(eager, truth)));
    console.log(row("compiled, eager", all(compiled, eager)));
  }
} finally {
  rmSync(folder, { recursive: true });
  rmSync(program);
}
