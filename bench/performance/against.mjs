// Two built trees of gradlens on the same nets, in turn: whether a change made any of them slower.

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fail, root } from "../../scripts/toolbox.mjs";
import { Contestant, difference, median } from "./contest.mjs";
import { measureFirstMap } from "./first-map.mjs";

/** A net whose median ratio is above this counts as slower. */
const SLOWER = 1.05;
/** Share of the largest entry by which the maps of both trees may differ: kinks within rounding. */
const SAME_MAP = 5e-3;

/** The folder of a tree that was built, or the end of the process. */
export function builtTree(path) {
  const tree = resolve(path);
  if (!existsSync(join(tree, "dist", "src", "index.js")))
    fail(`bench: expected a tree with dist/src/index.js, got ${path}; run \`npm run build\` there`);
  return tree;
}

/**
 * Ratios of this tree's times to those of another, medians of rounds in which both work one after the other, each first in
 * turn: what else the machine does in a round slows down both.
 */
export async function measureAgainst(tree, question, { steps, rounds, atLeastMs, folder }) {
  const trees = [root, tree];
  const contestants = trees.map((one) => new Contestant("compiled", undefined, one));
  try {
    const maps = trees.map((_, i) => join(folder, `tree${i}.map`));
    for (const [i, contestant] of contestants.entries()) {
      await contestant.ask("load", question);
      const { backend, warnings } = await contestant.ask("explain", { steps, out: maps[i] });
      if (backend !== "onnxruntime-node")
        throw new Error(`${trees[i]}: answered by ${backend}: ${warnings.join("; ")}`);
    }
    const rows = [];
    for (let round = 0; round < rounds; round++) {
      const row = [];
      for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const { times, processorMs } = await contestants[i].ask("explain", { steps, atLeastMs });
        row[i] = { time: median(times), least: Math.min(...times), processor: processorMs };
      }
      rows.push(row);
    }
    const leastOf = (i) => Math.min(...rows.map((row) => row[i].least));
    const ratio = (what) => median(rows.map(([here, there]) => here[what] / there[what]));
    return {
      here: median(rows.map(([here]) => here.time)),
      there: median(rows.map(([, there]) => there.time)),
      ratio: ratio("time"),
      processor: ratio("processor"),
      // What others compute at the same time lengthens all calls but the luckiest.
      least: leastOf(0) / leastOf(1),
      difference: difference(...maps),
    };
  } finally {
    for (const contestant of contestants) contestant.end();
  }
}

/** Prints one line per net, then first maps; gives the names of what is slower. */
export async function compareTrees(tree, questions, firstMaps, options) {
  const slower = [];
  const judge = (name, ratio) => {
    if (ratio > SLOWER) slower.push(name);
    return ratio > SLOWER ? " · slower" : "";
  };
  for (const [name, question] of Object.entries(questions)) {
    const {
      here,
      there,
      ratio,
      processor,
      least,
      difference: apart,
    } = await measureAgainst(tree, question, options);
    if (apart > SAME_MAP) throw new Error(`${name}: expected the same map, got a difference of ${apart}`);
    console.log(
      `${name.padEnd(12)} ${here.toFixed(2)} ms here, ${there.toFixed(2)} ms there · ratio ${ratio.toFixed(3)}` +
        ` (of processor time ${processor.toFixed(3)}, of the least ${least.toFixed(3)}) · maps differ by ${apart.toExponential(1)}${judge(name, ratio)}`,
    );
  }
  for (const [name, question] of Object.entries(firstMaps)) {
    const starters = [
      { name: "compiled", label: "here", tree: root },
      { name: "compiled", label: "there", tree },
    ];
    const { here, there } = await measureFirstMap(starters, question, options);
    for (const { missing } of [here, there]) if (missing) throw new Error(`${name}: ${missing}`);
    console.log(
      `first map of ${name}: ${here.median.toFixed(0)} ms here, ${there.median.toFixed(0)} ms there` +
        ` · ratio ${(here.median / there.median).toFixed(3)}` +
        ` (of the least ${(here.minimum / there.minimum).toFixed(3)})${judge(`first map of ${name}`, here.median / there.median)}`,
    );
  }
  console.log(
    slower.length > 0
      ? `slower by more than 5 %: ${slower.join(", ")}`
      : "nothing is slower by more than 5 %",
  );
  return slower;
}
