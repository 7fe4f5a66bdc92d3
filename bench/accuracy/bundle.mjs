// TypeScript of the tests as a program; the library is the built one.

import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../../scripts/toolbox.mjs";

const library = {
  name: "built library",
  setup({ onResolve }) {
    onResolve({ filter: /\/src(\/attr)?$/ }, ({ path }) => ({
      path: join(root, "dist", path.endsWith("/attr") ? "src/attr/index.js" : "src/index.js"),
      external: true,
    }));
  },
};

/** The path of a program made of this file and of what it imports. */
export async function bundled(entry) {
  // Inside the repository, where packages are found.
  const outfile = join(root, "dist", "accuracy.mjs");
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
    plugins: [library],
    logLevel: "error",
  });
  return outfile;
}
