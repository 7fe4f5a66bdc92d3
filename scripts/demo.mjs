// From a trained model to an interactive map: run the first notebook with our kernel, no Python needed.

import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, installPackages, root, run } from "./toolbox.mjs";

const started = Date.now();
const name = "01-first-map";
const notebook = join(root, "out", `${name}.ipynb`);
const page = join(root, "out", `${name}.html`);

installPackages();
build();
mkdirSync(join(root, "out"), { recursive: true });
console.log(`running notebooks/tutorials/${name}.ipynb ...`);
const source = join("notebooks", "tutorials", `${name}.ipynb`);
run(process.execPath, ["dist/kernel/main.js", "run", source, "--output", notebook, "--html", page], {
  stdio: ["ignore", "ignore", "inherit"],
});

// The notebook itself prints the numbers, in the cell with this id.
const cell = JSON.parse(readFileSync(notebook, "utf8")).cells.find(({ id }) => id === "headline");
const printed = cell?.outputs.filter((output) => output.name === "stdout").flatMap((output) => output.text);
if (!printed?.length) fail(`${notebook}: expected a cell "headline" that prints the numbers`);

console.log();
console.log(printed.join("").trimEnd());
console.log(`seconds           ${((Date.now() - started) / 1000).toFixed(1)}`);
console.log();
console.log(`notebook          ${notebook}`);
console.log(`interactive page  ${page}`);
