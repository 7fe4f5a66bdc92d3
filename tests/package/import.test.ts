import { spawnSync } from "node:child_process";
import { relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = resolve(__dirname, "../..");

/** Run JavaScript in a fresh process inside the repository, where `gradlens` names the built package. */
function inFreshProcess(code: string, ...flags: string[]): { stdout: string; stderr: string } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, "--eval", code], {
    cwd: root,
    encoding: "utf8",
    // What vitest sets for its own workers is no part of a user's process.
    env: { PATH: process.env["PATH"] ?? "" },
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  return { stdout, stderr };
}

const exported = `
  const missing = (lib) => ["asModel", "saliency", "integratedGradients", "noiseTunnel", "smoothGrad", "gradCam",
    "compare", "io"].filter((name) => lib[name] === undefined);`;

describe("the built package", () => {
  // What makes an import slow is what comes with it. `npm run bench -- import` prints the time.
  it("loads no engine, no renderer and no kernel with it, and prints nothing", () => {
    const code = `
      require("gradlens");
      console.log(JSON.stringify(Object.keys(require.cache)));`;
    const loaded = (JSON.parse(inFreshProcess(code).stdout) as string[]).map((file) => {
      const parts = relative(root, file).split(sep);
      const start = parts.lastIndexOf("node_modules") + 1;
      const length = start > 0 && !parts[start]?.startsWith("@") ? 1 : 2;
      return parts.slice(start, start + length).join("/");
    });
    expect([...new Set(loaded)].sort()).toEqual(["dist/src", "pure-rand"]);
  });

  it("gives its names to CommonJS", () => {
    const code = `${exported} console.log(missing(require("gradlens")).length);`;
    expect(inFreshProcess(code).stdout.trim()).toBe("0");
  });

  it("gives its names to ES modules", () => {
    const code = `${exported} import * as lib from "gradlens"; console.log(missing(lib).length);`;
    expect(inFreshProcess(code, "--input-type=module").stdout.trim()).toBe("0");
  });
});
