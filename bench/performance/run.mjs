// Integrated gradients against Captum and tfjs, and docs/performance.md out of it: `npm run bench -- performance`.
//
//   --captum PYTHON   a Python with what requirements.txt says; without it Captum's columns stay empty
//   --quick           small nets, three rounds, to out/performance.md: less than five minutes
//   --nets a,b        only these nets
//   --on a,b          only these contestants: compiled, wasm, tensorflow, cpu, captum
//   --rounds N        rounds of each comparison
//   --against TREE    whether this tree is slower than another that is built; both work in turn, nothing is written
//   --without a,b     leaves out parts: first (first maps), delta (equal convergence delta), growth

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fail, root } from "../../scripts/toolbox.mjs";
import { builtTree, compareTrees } from "./against.mjs";
import { architectures, digits, resnet18 } from "./architectures.mjs";
import { Contestant, contestants } from "./contest.mjs";
import { measureEqualDelta } from "./equal-delta.mjs";
import { measureFirstMap } from "./first-map.mjs";
import { measureGrowth } from "./growth.mjs";
import { growthFigure } from "./growth-figure.mjs";
import { describeMachine } from "./machine.mjs";
import { writePage } from "./page.mjs";
import { printSpeed } from "./print.mjs";
import { measureSpeed } from "./speed.mjs";
import { normals, writeNet } from "./weights.mjs";

const STEPS = 50;
const TOLERANCE = 0.01;

const { values: flags } = parseArgs({
  options: {
    captum: { type: "string" },
    quick: { type: "boolean", default: false },
    nets: { type: "string" },
    on: { type: "string" },
    rounds: { type: "string" },
    against: { type: "string" },
    without: { type: "string", default: "" },
  },
});
const { quick, captum: python } = flags;
const without = flags.without.split(",");
const known = Object.keys(architectures);
const wanted =
  flags.nets?.split(",") ??
  known.filter((name) => !quick || flags.against !== undefined || architectures[name].small);
const unknown = wanted.filter((name) => !known.includes(name));
if (unknown.length > 0) fail(`bench: expected nets of ${known.join(", ")}, got ${unknown.join(", ")}`);
const rounds = Number(flags.rounds ?? (quick && flags.against === undefined ? 3 : 9));
const atLeastMs = quick ? 200 : 500;
const chosen = flags.on?.split(",") ?? Object.keys(contestants);
const strangers = chosen.filter((name) => !(name in contestants));
if (strangers.length > 0)
  fail(`bench: expected contestants of ${Object.keys(contestants).join(", ")}, got ${strangers.join(", ")}`);
const everyone = chosen.filter((name) => name !== "captum" || python);

const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), "gradlens-bench-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** A net with seeded weights and a seeded input, in files of their own. */
function question(name, net, batch = 1, given = undefined, target = 3) {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  const shape = [batch, ...net.input];
  const input = join(place, `input${batch}.bin`);
  const entries = normals(
    99,
    shape.reduce((a, b) => a * b, 1),
  );
  writeFileSync(input, Buffer.from(entries.buffer));
  const moved = [2, 3, 5, 7].map((period) => {
    const file = join(place, `moved${batch}-${period}.bin`);
    const off = entries.map((value, i) => value + (i % period === 0 ? 1 : -1) * 1e-4 * (1 + Math.abs(value)));
    writeFileSync(file, Buffer.from(off.buffer));
    return file;
  });
  return { net: writeNet(place, net, 1, given), input, moved, shape, target };
}

/** The digits net with the weights that the notebooks use, in the order of its layers. */
async function digitsQuestion() {
  require("@tensorflow/tfjs");
  const { io } = require("../../dist/src/index.js");
  const model = await io.loadModel(join(root, "notebooks", "data", "models", "digits-cnn"));
  const given = model.layers.flatMap((layer) => layer.getWeights().map((weight) => weight.dataSync()));
  return question("digits", digits, 1, given);
}

if (flags.against !== undefined) {
  const tree = builtTree(flags.against);
  const questions = Object.fromEntries(wanted.map((name) => [name, question(name, architectures[name])]));
  const firstMaps = without.includes("first")
    ? {}
    : { "digits CNN": await digitsQuestion(), "ResNet-18 at 64×64": question("first", resnet18(64)) };
  await compareTrees(tree, questions, firstMaps, { steps: STEPS, rounds, atLeastMs, folder });
  process.exit();
}

const measured = {
  // Where Python is on this machine is nobody's concern.
  flags: process.argv
    .slice(2)
    .map((flag) => (flag === python ? "python" : flag))
    .join(" "),
  quick,
  rounds,
  steps: STEPS,
  tolerance: TOLERANCE,
  machine: describeMachine(python),
  nets: {},
};

const page = quick ? join(root, "out", "performance.md") : join(root, "docs", "performance.md");
mkdirSync(join(root, "out"), { recursive: true });

/** Writes what is measured so far: a run that is cut off leaves the parts that it finished. */
async function publish() {
  if (measured.growth)
    writeFileSync(join(root, "docs", "performance-growth.svg"), await growthFigure(measured.growth));
  writeFileSync(join(root, "out", "performance.json"), JSON.stringify(measured, null, 2));
  writeFileSync(page, writePage(measured));
}

console.log("the machine's limit …");
measured.limit = {};
for (const name of everyone.filter((name) => name === "compiled" || name === "captum")) {
  const contestant = new Contestant(name, python);
  measured.limit[name] = await contestant.ask("limit", { side: 1024, seconds: quick ? 2 : 5 });
  contestant.end();
}

for (const name of wanted) {
  const net = architectures[name];
  const names = everyone.filter((contestant) => contestant !== "cpu" || net.small);
  const asked = question(name, net);
  const speed = await measureSpeed(names, asked, { steps: STEPS, rounds, atLeastMs, folder, python });
  const counter = new Contestant("compiled");
  await counter.ask("load", asked);
  const { operations } = await counter.ask("arithmetic");
  counter.end();
  measured.nets[name] = { title: net.title, aim: net.aim, operations, speed };
  printSpeed(measured.nets[name]);
  await publish();
}

await publish();
const starters = everyone.filter((name) => name === "compiled" || name === "captum");

if (!without.includes("first")) {
  console.log("first maps …");
  measured.first = {
    "digits CNN": await measureFirstMap(starters, await digitsQuestion(), {
      steps: STEPS,
      rounds: quick ? 2 : 5,
      python,
    }),
  };
  if (!quick) {
    measured.first["ResNet-18 at 64×64"] = await measureFirstMap(starters, question("first", resnet18(64)), {
      steps: STEPS,
      rounds: 3,
      python,
    });
  }
}

await publish();
if (python && !without.includes("delta")) {
  console.log("equal convergence delta …");
  measured.equalDelta = {};
  for (const name of wanted) {
    const asked = question(name, architectures[name]);
    measured.equalDelta[name] = await measureEqualDelta(asked, {
      tolerance: TOLERANCE,
      rounds: 3,
      atLeastMs,
      python,
      folder: join(folder, name),
    });
    console.log(name, JSON.stringify(measured.equalDelta[name]));
    await publish();
  }
}

if (!quick && !without.includes("growth")) {
  console.log("growth …");
  const asked = (side, batch) => question(`side${side}`, resnet18(side), batch);
  measured.growth = await measureGrowth(starters, asked, python);
  await publish();
  console.log("a large image within a gibibyte …");
  const contestant = new Contestant("compiled");
  await contestant.ask("load", question("large", resnet18(224)));
  const { times } = await contestant.ask("explain", { steps: 300, maxBytes: 2 ** 30 });
  measured.large = { ms: times[0], ...(await contestant.ask("memory")) };
  contestant.end();
}
measured.complete = true;
await publish();
console.log(`wrote ${page}`);
