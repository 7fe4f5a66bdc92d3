import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { asModel, integratedGradients, saliency } from "../../../src";
import { sessions } from "../../../src/engine/compiled/session/session-cache";
import { normals, relativeDifference, smallMlp } from "../../models";

const root = join(__dirname, "../../..");
const made: tf.LayersModel[] = [];
afterEach(() => {
  for (const model of made.splice(0)) model.dispose();
});

async function trained(model: tf.LayersModel): Promise<void> {
  const [inputs, labels] = [tf.ones([4, 4]), tf.zeros([4, 3])];
  await model.fit(inputs, labels, { epochs: 1 });
  tf.dispose([inputs, labels]);
}

describe.each([
  ["saliency", saliency],
  ["integratedGradients", integratedGradients],
])("a model trained further gives a new map: %s", (_, method) => {
  it("of the new weights, and forgets what was compiled for the old ones", async () => {
    const model = smallMlp(5);
    made.push(model);
    const optimizer = tf.train.sgd(0.1);
    model.compile({ optimizer, loss: "meanSquaredError" });
    const net = asModel(model, { engine: "compiled" });
    const x = normals(5, [2, 4]);
    let before = await method(net, x, { target: 0 });
    const held = sessions.size;
    for (let step = 0; step < 3; step++) {
      await trained(model);
      const after = await method(net, x, { target: 0 });
      const truth = await method(model, x, { target: 0, engine: "eager" });
      expect(relativeDifference(after.values.data, before.values.data)).toBeGreaterThan(1e-4);
      expect(relativeDifference(after.values.data, truth.values.data)).toBeLessThan(1e-5);
      expect(sessions.size).toBeLessThanOrEqual(held);
      before = after;
    }
    optimizer.dispose();
  });
});

it("says that the weights were changed during a call, and holds nothing against the new ones", async () => {
  const [model, other] = [smallMlp(5), smallMlp(6)];
  made.push(model, other);
  const x = normals(5, [1, 4]);
  const asked = integratedGradients(model, x, { engine: "compiled" });
  tf.tidy(() => model.setWeights(other.getWeights()));
  await expect(asked).rejects.toThrow(
    "compiled engine: expected weights that stay as they are during a call, got others",
  );
  const map = await integratedGradients(model, x, { engine: "compiled", target: 0 });
  const truth = await integratedGradients(other, x, { engine: "eager", target: 0 });
  expect(relativeDifference(map.values.data, truth.values.data)).toBeLessThan(1e-5);
});

/** Prints megabytes of memory in use after each hundred calls; all weights change before each call. */
const PROGRAM = `
  const tf = require("@tensorflow/tfjs");
  const { asModel } = require(${JSON.stringify(join(root, "dist/src/index.js"))});
  const { dense } = tf.layers;
  const make = () => tf.sequential({ layers: [
    dense({ inputShape: [64], units: 256, activation: "tanh" }), dense({ units: 256 }), dense({ units: 2 }),
  ] });
  const of = {
    output: 0, explain: "logit", head: "none", labels: ["0"], values: [0],
    score: { kind: "mask", mask: { data: Float32Array.of(1, 0), shape: [1, 2] } },
  };
  const batch = [{ data: new Float32Array(64).fill(0.1), shape: [1, 64] }];
  (async () => {
    let model = make();
    const megabytes = [];
    for (let call = 1; call <= 1000; call++) {
      if (call % 10 === 0) {
        model.dispose();
        model = make();
      } else tf.tidy(() => model.setWeights(model.getWeights().map((w) => w.mul(0.99))));
      await asModel(model, { engine: "compiled" }).gradient(batch, { of, at: [{ input: 0 }] });
      if (call % 100 === 0) {
        gc();
        megabytes.push(Math.round(process.memoryUsage().rss / 2 ** 20));
      }
    }
    console.log(JSON.stringify({ megabytes, tensors: tf.memory().numTensors }));
  })();
`;

it("a thousand calls on changing models do not grow memory", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", "-e", PROGRAM], {
    cwd: root,
  });
  const { megabytes, tensors } = JSON.parse(stdout) as { megabytes: number[]; tensors: number };
  expect(tensors).toBe(6);
  expect(megabytes).toHaveLength(10);
  // The weights of one model are a third of a megabyte: kept, those of 800 calls would be 270.
  expect(Math.min(...megabytes.slice(6)) - Math.min(...megabytes.slice(1, 4))).toBeLessThan(40);
}, 400_000);
