// Lay the library into one file in place of its entry.
//
// Some hundred files of a few kilobytes take twice as long to find and compile as to run: what a user waits for at
// the first import. Packages stay outside, and so does each that is loaded when it is used.

import { createRequire } from "node:module";
import { join } from "node:path";
import { root } from "./toolbox.mjs";

/** @param {string} library The library's folder in the build. */
export function bundleLibrary(library) {
  // Not before: a fresh clone has no packages until its first command has installed them.
  const { buildSync } = createRequire(import.meta.url)("esbuild");
  buildSync({
    entryPoints: [join(root, "src", "index.ts")],
    outfile: join(library, "index.js"),
    allowOverwrite: true,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "es2022",
    packages: "external",
    logLevel: "warning",
  });
}
