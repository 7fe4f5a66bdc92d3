/** gradlens' own folder, and versions of it and its compiler. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** The folder of gradlens' package.json: two levels above dist/kernel, where this file runs. */
export const packageRoot: string = path.resolve(__dirname, "..", "..");

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

export const gradlensVersion: string = versionIn(path.join(packageRoot, "package.json"));

/** The TypeScript that compiles cells. */
export function compilerVersion(): string {
  return versionIn(require.resolve("typescript/package.json"));
}
