// Build the explorer: one ES module, and one stand-alone page that holds everything.
//
//   node scripts/build-explorer.mjs [FOLDER]     (default: dist/explorer)

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { root } from "./toolbox.mjs";

const source = join(root, "explorer", "src");

/** Drawing in Node and the compiled engine: never reached by the page, which draws by itself on the cpu engine. */
const ABSENT = ["vega", "vega-lite", "@resvg/resvg-wasm", "onnxruntime-node", "onnxruntime-web"];

export function buildExplorer(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "explorer.mjs"), bundle(join(source, "index.ts")));
  const page = bundle(join(source, "stand-alone.ts"));
  const template = readFileSync(join(root, "explorer", "page.html"), "utf8");
  // A closing tag inside a text of the module would end its script.
  const script = page.replaceAll("</script", "<\\/script");
  writeFileSync(
    join(folder, "index.html"),
    template.replace("<!-- module -->", () => `<script type="module">${script}</script>`),
  );
}

function bundle(entry) {
  // Not before: a fresh clone has no packages until its first command has installed them.
  const { buildSync } = createRequire(import.meta.url)("esbuild");
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    minify: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    charset: "utf8",
    logLevel: "error",
    // The licences of what is bundled, once each.
    legalComments: "eof",
    tsconfig: join(root, "explorer", "tsconfig.json"),
    alias: { "@tensorflow/tfjs": join(source, "tfjs.ts") },
    external: ABSENT,
    loader: { ".bin": "binary", ".gz": "binary", ".css": "text" },
  });
  return outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  buildExplorer(resolve(process.argv[2] ?? join(root, "dist", "explorer")));
