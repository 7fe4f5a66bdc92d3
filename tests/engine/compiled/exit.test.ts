import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const library = join(__dirname, "../../../dist/src/index.js");

/** Ends itself while a path of minutes is computed, or right after it was aborted. */
const PROGRAM = `
  const tf = require("@tensorflow/tfjs");
  const { integratedGradients, random } = require(${JSON.stringify(library)});
  const model = tf.sequential({ layers: [
    tf.layers.conv2d({ inputShape: [24, 24, 3], filters: 24, kernelSize: 3, padding: "same", activation: "relu" }),
    tf.layers.conv2d({ filters: 24, kernelSize: 3, padding: "same", activation: "relu" }),
    tf.layers.globalAveragePooling2d({}),
    tf.layers.dense({ units: 4 }),
  ] });
  const stream = random(1);
  const x = { data: Float32Array.from({ length: 2 * 1728 }, () => stream.normal()), shape: [2, 24, 24, 3] };
  const options = { rule: "midpoint", target: 0, engine: "compiled" };
  (async () => {
    await integratedGradients(model, x, { ...options, steps: 2 });
    const controller = new AbortController();
    const asked = integratedGradients(model, x, { ...options, steps: 200_000, signal: controller.signal });
    setTimeout(async () => {
      if (process.env.ABORT) {
        controller.abort();
        await asked.catch(() => {});
      }
      process.exit(7);
    }, 300);
  })();
`;

it.each(["", "1"])(
  "a process ends itself while a compiled call runs, with its own exit code (aborted: %j)",
  async (ABORT) => {
    const child = spawn(process.execPath, ["-e", PROGRAM], {
      cwd: join(__dirname, "../../.."),
      env: { ...process.env, ABORT },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (text: Buffer) => {
      said += text;
    });
    const ended = await new Promise((resolve) =>
      child.once("exit", (code, signal) => resolve({ code, signal })),
    );
    expect(ended).toEqual({ code: 7, signal: null });
    expect(said).not.toMatch(/terminate|Napi/);
  },
);
