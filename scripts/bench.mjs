// Run a measurement of bench/ in a process of its own: `npm run bench`, or `npm run bench -- name [flags]`.
//
// Without a name it is `performance`, which makes docs/performance.md.

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, installPackages, root, run } from "./toolbox.mjs";

const folder = join(root, "bench");
/** A file, or a folder with the file `run.mjs`. */
const programs = new Map(
  readdirSync(folder).flatMap((entry) => {
    if (entry.endsWith(".mjs")) return [[entry.slice(0, -".mjs".length), join(folder, entry)]];
    const program = join(folder, entry, "run.mjs");
    return existsSync(program) ? [[entry, program]] : [];
  }),
);
const [first, ...rest] = process.argv.slice(2);
const named = first !== undefined && !first.startsWith("-");
const name = named ? first : "performance";
const program = programs.get(name);
if (program === undefined) fail(`bench: expected any of ${[...programs.keys()].join(", ")}, got ${name}`);

installPackages();
build();
run(process.execPath, [program, ...(named ? rest : process.argv.slice(2))]);
