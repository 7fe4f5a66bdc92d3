// Draw the contact sheet of docs/gallery.md, every figure by every renderer in Chromium: node scripts/gallery.mjs

import { join } from "node:path";
import { build } from "esbuild";
import { root, run } from "./toolbox.mjs";

// Two folders deep, as the tests are: their results read models by paths from there.
const bundle = join(root, "dist", "gallery", "gallery.cjs");
await build({
  entryPoints: [join(root, "tests", "docs", "gallery.ts")],
  outfile: bundle,
  bundle: true,
  platform: "node",
  packages: "external",
  external: ["../../notebooks/data/digits"],
  logLevel: "warning",
});
run(process.execPath, [bundle, join(root, "docs", "gallery.png")]);
