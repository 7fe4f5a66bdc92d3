// What the numbers were measured on.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/toolbox.mjs";

/** The machine and the versions that took part. */
export function describeMachine(python) {
  const version = (name) => {
    try {
      return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
    } catch {
      return undefined;
    }
  };
  const libraries = python
    ? JSON.parse(
        spawnSync(
          python,
          [
            "-c",
            "import json, platform, torch, captum; print(json.dumps([platform.python_version(), torch.__version__, captum.__version__]))",
          ],
          { encoding: "utf8" },
        ).stdout || "[]",
      )
    : [];
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()}`,
    /** Of the minute before: above a tenth or so, others computed at the same time. */
    load: loadavg()[0],
    node: process.version,
    tfjs: version("@tensorflow/tfjs"),
    runtime: version("onnxruntime-node"),
    wasm: version("onnxruntime-web"),
    python: libraries[0],
    torch: libraries[1],
    captum: libraries[2],
  };
}
