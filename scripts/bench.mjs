// Run the measurements in bench/, each in a process of its own: `npm run bench`, or `npm run bench -- name ...`.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, installPackages, root, run } from "./toolbox.mjs";

const all = readdirSync(join(root, "bench"))
  .filter((file) => file.endsWith(".mjs"))
  .map((file) => file.slice(0, -".mjs".length));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) fail(`bench: expected any of ${all.join(", ")}, got ${unknown.join(", ")}`);

installPackages();
build();
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`\n${name}`);
  run(process.execPath, [join("bench", `${name}.mjs`)]);
}
