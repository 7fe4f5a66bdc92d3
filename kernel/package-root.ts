import { readFileSync } from "node:fs";
import path from "node:path";

/** The folder of gradlens' package.json: two levels above dist/kernel, where this file runs. */
export const packageRoot: string = path.resolve(__dirname, "..", "..");

function versionIn(manifest: string): string {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

export const gradlensVersion: string = versionIn(path.join(packageRoot, "package.json"));

/** The compiler that tslab brings: a fork of TypeScript with the internals its converter needs. */
export function compilerManifest(): string {
  const tslab = require.resolve("tslab/package.json");
  return require.resolve("@tslab/typescript-for-tslab/package.json", { paths: [path.dirname(tslab)] });
}

export function compilerVersion(): string {
  return versionIn(compilerManifest());
}
