// Build the prebuilt extension of JupyterLab and Notebook 7: a folder of static files, no server part.
//
//   node scripts/build-labextension.mjs [FOLDER]     (default: dist/labextension)

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { root } from "./toolbox.mjs";

const PLOTLY = "plotly.js-cartesian-dist-min";

export function buildLabExtension(folder) {
  const files = join(folder, "static");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(files, { recursive: true });
  const plotly = writeHashed(files, "plotly", plotlyModule());
  const entry = bundle({
    entryPoints: [join(root, "labextension", "src", "container.ts")],
    tsconfig: join(root, "labextension", "tsconfig.json"),
    format: "iife",
    minify: true,
    define: { PLOTLY_FILE: JSON.stringify(plotly) },
  });
  const load = writeHashed(files, "remoteEntry", entry);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest(`static/${load}`), null, 2)}\n`);
}

/** plotly.js as an ES module that leaves the page's own `window.Plotly` alone. */
function plotlyModule() {
  const file = join(root, "node_modules", PLOTLY, "plotly-cartesian.min.js");
  const source = readFileSync(file, "utf8");
  const [before, after, ...more] = source.split("\nwindow.Plotly = Plotly;\n");
  if (after === undefined || more.length > 0)
    throw new Error(
      `${file}: expected one line that sets window.Plotly, got ${more.length && more.length + 1}`,
    );
  return bundle({
    stdin: { contents: `${before}\n${after}`, loader: "js", resolveDir: root },
    format: "esm",
    // It is minified already; its licences stay in.
    minifyWhitespace: true,
    legalComments: "inline",
  });
}

function bundle(options) {
  const { outputFiles } = buildSync({
    bundle: true,
    write: false,
    platform: "browser",
    target: "es2022",
    charset: "utf8",
    logLevel: "error",
    ...options,
  });
  return outputFiles[0].contents;
}

/** Named by its content, so that a browser may keep it for good. */
function writeHashed(folder, name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 16);
  const file = `${name}.${hash}.js`;
  writeFileSync(join(folder, file), contents);
  return file;
}

/** What Jupyter's server reads: the `jupyterlab` part names the entry and the plugin's module in it. */
function manifest(load) {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  );
  return {
    name,
    version,
    description,
    license,
    jupyterlab: { extension: true, _build: { load, extension: "./extension" } },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  buildLabExtension(resolve(process.argv[2] ?? join(root, "dist", "labextension")));
