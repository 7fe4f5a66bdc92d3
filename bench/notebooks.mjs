// How long the cells of the tutorials that explain something keep their reader waiting: `npm run bench -- notebooks`.
//
// The first of a notebook also starts the engine. None of the others should take more than two seconds.

import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "../scripts/toolbox.mjs";

const require = createRequire(import.meta.url);
const { runNotebook } = require("../dist/kernel/notebook/run.js");
const library = require("../dist/src/index.js");

const LIMIT_MS = 2000;
const methods = Object.keys(library).filter(
  (name) => typeof library[name] === "function" && library[name].meta,
);
const explains = new RegExp(`\\b(${[...methods, "compare"].join("|")})\\b[^;]*\\(`);

const tutorials = join(root, "notebooks", "tutorials");
let late = 0;
for (const name of readdirSync(tutorials).filter((file) => file.endsWith(".ipynb"))) {
  const starts = [];
  const { failures } = await runNotebook(join(tutorials, name), {
    onCell: (number, _, { source }) =>
      starts.push({ number, source: [source].flat().join(""), at: performance.now() }),
  });
  const ended = performance.now();
  if (failures.length > 0) throw new Error(`${name}: cell ${failures[0].number} failed`);
  console.log(`\n${name}`);
  const cells = starts
    .map((cell, i) => ({ ...cell, ms: (starts[i + 1]?.at ?? ended) - cell.at }))
    .filter(({ source }) => explains.test(source.replace(/^import.*$/gm, "")));
  cells.forEach(({ number, source, ms }, i) => {
    const over = i > 0 && ms > LIMIT_MS;
    if (over) late++;
    const line = source.split("\n").find((text) => explains.test(text)) ?? source.split("\n")[0];
    console.log(
      `  cell ${number}${i === 0 ? " (first)" : ""}: ${ms.toFixed(0)} ms${over ? " MISSED" : ""}  ${line.trim().slice(0, 80)}`,
    );
  });
}
console.log(
  `\ncells of attribution after a notebook's first that took more than ${LIMIT_MS / 1000} s: ${late}`,
);
process.exit(0);
