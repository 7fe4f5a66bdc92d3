import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
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
  // Time on the processor, since other tests run beside this one.
  it("loads within 150 ms (median of seven), no engine and no renderer with it, and prints nothing", () => {
    const code = `
      const before = process.cpuUsage();
      require("gradlens");
      const { user, system } = process.cpuUsage(before);
      const busyMs = (user + system) / 1000;
      const heavy = Object.keys(require.cache).filter((file) =>
        /node_modules.(@tensorflow|onnxruntime|vega|@resvg|plotly)/.test(file));
      console.log(JSON.stringify({ busyMs, heavy }));`;
    const runs = Array.from({ length: 7 }, () => JSON.parse(inFreshProcess(code).stdout));
    expect(runs.flatMap((run) => run.heavy)).toEqual([]);
    const median = runs.map((run) => run.busyMs).sort((a, b) => a - b)[3];
    expect(median).toBeLessThanOrEqual(150);
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
