// Compile src/ and kernel/ into dist/ and lay the files beside them that are not TypeScript.
//
// The output is built in a folder of its own and swapped in at the end, so that a process started meanwhile
// never meets half a package.

import { chmodSync, cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildExplorer } from "./build-explorer.mjs";
import { bundleLibrary } from "./bundle-library.mjs";
import { bundleTslab } from "./bundle-tslab.mjs";
import { root, run } from "./toolbox.mjs";

export function build() {
  const dist = join(root, "dist");
  const fresh = join(root, `dist.${process.pid}.new`);
  const old = join(root, `dist.${process.pid}.old`);
  // Also when the compiler finds errors and the process ends there.
  process.once("exit", () => rmSync(fresh, { recursive: true, force: true }));
  // By path: node_modules/.bin/tsc is tslab's own, older compiler.
  run(process.execPath, ["node_modules/typescript/bin/tsc", "--project", "tsconfig.json", "--outDir", fresh]);
  const resources = join(root, "kernel", "resources");
  if (existsSync(resources)) cpSync(resources, join(fresh, "kernel", "resources"), { recursive: true });
  bundleLibrary(join(fresh, "src"));
  bundleTslab(join(fresh, "kernel"));
  run(process.execPath, ["scripts/build-labextension.mjs", join(fresh, "labextension")]);
  buildExplorer(join(fresh, "explorer"));
  const command = join(fresh, "kernel", "main.js");
  if (existsSync(command)) chmodSync(command, 0o755);
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build();
