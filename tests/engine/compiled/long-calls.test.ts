import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { asModel, integratedGradients, type Model, type NdArray, saliency } from "../../../src";
import { run, sleep, startKernel, temporaryFolder, until } from "../../kernel/kernel";
import { normals } from "../../models";

/** About 20 million multiplications for each point of a path. */
const LAYERS = `[
  tf.layers.conv2d({ inputShape: [24, 24, 3], filters: 24, kernelSize: 3, padding: "same", activation: "relu" }),
  tf.layers.conv2d({ filters: 24, kernelSize: 3, padding: "same", activation: "relu" }),
  tf.layers.globalAveragePooling2d({}),
  tf.layers.dense({ units: 4 }),
]`;

/** A path that takes minutes: no test waits for its end. */
const endless = { steps: 200_000, rule: "midpoint", target: 0, engine: "compiled" } as const;

describe("while a compiled call runs", () => {
  let model: tf.LayersModel;
  let net: Model;
  let x: NdArray;
  beforeAll(() => {
    model = tf.sequential({ layers: new Function("tf", `return ${LAYERS}`)(tf) });
    net = asModel(model, { engine: "compiled" });
    x = normals(1, [4, 24, 24, 3]);
  });
  afterAll(() => model.dispose());

  it("timers fire between its chunks, an abort rejects without a turn of the event loop, and the next call works", async () => {
    const before = await saliency(net, x, { target: 0 });
    await integratedGradients(net, x, { ...endless, steps: 2 });
    const controller = new AbortController();
    let ticks = 0;
    const ticksAtReports: number[] = [];
    const onProgress = (): void => void ticksAtReports.push(ticks);
    const asked = integratedGradients(net, x, { ...endless, signal: controller.signal, onProgress });
    let outcome: string | undefined;
    void asked.then(
      () => {
        outcome = "finished";
      },
      (error: Error) => {
        outcome = error.name;
      },
    );
    const timer = setInterval(() => ticks++, 5);
    // Of one more report than there are lanes, two are of one lane: a whole chunk was computed between them. Of three times as
    // many three chunks were: on a busy machine the answer of one may wait with another's, and both come before a timer.
    const lanes = availableParallelism();
    await until(() => ticksAtReports.length > 4 * lanes + 16, 100_000, "progress");
    clearInterval(timer);
    const between = ticksAtReports.slice(3 * lanes).map((later, i) => later - (ticksAtReports[i] as number));
    expect(Math.min(...between)).toBeGreaterThan(0);
    controller.abort();
    for (let microtask = 0; microtask < 100; microtask++) await null;
    expect(outcome).toBe("AbortError");
    expect((await saliency(net, x, { target: 0 })).values.data).toEqual(before.values.data);
  }, 120_000);

  it("the kernel's interrupt stops it, and the next cell runs", async () => {
    const folder = temporaryFolder();
    const kernel = await startKernel(folder.path);
    try {
      const before = await run(
        kernel.client,
        `import { availableParallelism } from "node:os";
import * as tf from "@tensorflow/tfjs";
        import { asModel, integratedGradients } from "gradlens";
        const net = asModel(tf.sequential({ layers: ${LAYERS} }));
        const x = { data: new Float32Array(4 * 1728).fill(0.5), shape: [4, 24, 24, 3] };
        const map = await integratedGradients(net, x, { target: 0 });
        console.log(map.engine);`,
      );
      expect([before.status, before.stdout]).toEqual(["ok", "compiled\n"]);
      let started = false;
      kernel.client.onMessage(({ content }) => {
        started ||= content.text === "started\n";
      });
      const running = run(
        kernel.client,
        `console.log("started"); await integratedGradients(net, x, { target: 0, steps: 200_000, rule: "midpoint" });`,
      );
      await until(() => started, 30_000, "the cell's start");
      await sleep(3_000);
      await kernel.client.interrupt();
      const { status, error } = await running;
      expect(status).toBe("error");
      expect(error?.ename).toMatch(/Interrupt|Abort/);
      expect(
        (await run(kernel.client, "(await integratedGradients(net, x, { target: 0 })).engine")).text,
      ).toMatch(/compiled/);
    } finally {
      await kernel.stop();
      folder.remove();
    }
  }, 120_000);
});
