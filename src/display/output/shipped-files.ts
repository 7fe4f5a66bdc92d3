/** Files on disk that figures need; node only. */

import { failure } from "../../check";
import { type NodeModules, nodeModule } from "../../platform/node-modules";
import type { RendererName } from "../figure-options";

const files = (): NodeModules["node:fs"] => nodeModule("toPNG", "node:fs");
const paths = (): NodeModules["node:path"] => nodeModule("toPNG", "node:path");

export type FontWeight = "regular" | "bold";

/** The font that static pictures are set in: a subset of DejaVu Sans. */
export function readFont(weight: FontWeight): Uint8Array {
  return files().readFileSync(fontFile(weight, "subset.ttf"));
}

/** Width of each character of that font, as a share of the font size. */
export function readFontWidths(weight: FontWeight): Record<string, number> {
  return JSON.parse(files().readFileSync(fontFile(weight, "widths.json"), "utf8"));
}

function fontFile(weight: FontWeight, ending: string): string {
  const name = weight === "bold" ? "DejaVuSans-Bold" : "DejaVuSans";
  return paths().join(packageRoot(), "assets", "fonts", `${name}-${ending}`);
}

/** The WebAssembly module of resvg. */
export function readResvgModule(): Uint8Array {
  return files().readFileSync(require.resolve("@resvg/resvg-wasm/index_bg.wasm"));
}

/** Source of the libraries that draw a stand-alone page. */
export function readRendererSource(renderer: RendererName): string[] {
  if (renderer === "plotly") return [readModule("plotly.js-cartesian-dist-min", "plotly-cartesian.min.js")];
  return [
    readModule("vega", "build", "vega.min.js"),
    // The page's own embedding loads both.
    readModule("vega-lite", "build", "vega-lite.min.js"),
    readModule("vega-embed", "build", "vega-embed.min.js"),
  ];
}

/** The explorer's module, as the build lays it into the package. */
export function readExplorerModule(): Uint8Array {
  const file = paths().join(packageRoot(), "dist", "explorer", "explorer.mjs");
  if (!files().existsSync(file)) throw failure("explorer", `the built page in ${file}`, "no such file");
  return files().readFileSync(file);
}

/** Writes text or bytes. */
export function writeBytes(path: string, content: string | Uint8Array): void {
  nodeModule("save", "node:fs").writeFileSync(path, content);
}

// Not every package exports its package.json or its minified build: look for its folder instead.
function readModule(name: string, ...path: string[]): string {
  for (const folder of require.resolve.paths(name) ?? []) {
    try {
      return files().readFileSync(paths().join(folder, name, ...path), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error(`toHTML(): expected package "${name}" to be installed, got no such folder`);
}

let root: string | undefined;

// Compiled files lie two folders deeper than sources do.
function packageRoot(): string {
  for (let folder = __dirname; root === undefined; folder = paths().dirname(folder)) {
    if (isPackageRoot(folder)) root = folder;
    else if (folder === paths().dirname(folder))
      throw new Error("toPNG(): expected gradlens's assets, got no package folder");
  }
  return root;
}

function isPackageRoot(folder: string): boolean {
  try {
    return JSON.parse(files().readFileSync(paths().join(folder, "package.json"), "utf8")).name === "gradlens";
  } catch {
    return false;
  }
}
