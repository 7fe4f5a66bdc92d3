/** Forward passes of long recurrent layers on the eager engine: a few steps at a time, with the numbers of one run. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, type Model, type NdArray } from "../../../src";
import { inStretches } from "../../../src/engine/eager/recurrences-in-stretches";
import { normals } from "../../models";
import { chain, head, randomised, recurrentNets, STEPS, series } from "../recurrent-nets";

const { layers } = tf;

/** Rows of numbers, one with padding behind its steps. */
function examples(): NdArray {
  const x = normals(4, [2, STEPS, 3]);
  const data = Float32Array.from(x.data);
  data.fill(0, (2 * STEPS - 5) * 3);
  return { ...x, data };
}

const others: Readonly<Record<string, () => tf.LayersModel>> = {
  "images that follow each other": () =>
    chain(
      layers.inputLayer({ inputShape: [STEPS, 3] }),
      layers.reshape({ targetShape: [STEPS, 1, 3, 1] }),
      layers.convLstm2d({ filters: 2, kernelSize: [1, 2], padding: "same" }),
      layers.flatten(),
      head(),
    ),
  "each of several series": () =>
    chain(
      layers.inputLayer({ inputShape: [STEPS, 3] }),
      layers.reshape({ targetShape: [1, STEPS, 3] }),
      layers.timeDistributed({ layer: layers.gru({ units: 3 }) }),
      layers.flatten(),
      head(),
    ),
  "a net in a net": () => chain(series(), chain(series(), layers.lstm({ units: 4 })), head()),
};

const nets: readonly (readonly [string, () => tf.LayersModel])[] = [
  ...Object.entries(recurrentNets).map(([name, [, make]]) => [name, make] as const),
  ...Object.entries(others),
];

/** Work together with the turns that others had until its end. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns++;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await work().finally(() => {
    done = true;
  });
  return turns;
}

const eagerly = (model: tf.LayersModel): Model => asModel(model, { engine: "eager" });

describe("forward passes in stretches", () => {
  it.each(nets)(
    "%s: the numbers of one run, with turns for others, and nothing left behind",
    async (_, make) => {
      const model = randomised(make(), 3);
      const x = examples();
      const truth = tf.tidy(() => (model.predict(tf.tensor(x.data, [...x.shape])) as tf.Tensor).dataSync());
      const net = eagerly(model);
      await net.forward([x], { explain: "probability" });
      const before = tf.memory().numTensors;
      let outputs: readonly NdArray[] = [];
      const turns = await turnsDuring(async () => {
        ({ outputs } = await net.forward([x], { explain: "probability" }));
      });
      expect(Array.from(outputs[0].data)).toEqual(Array.from(truth));
      // One at the beginning, one between two stretches, one at the end of the chunk.
      expect(turns).toBeGreaterThan(STEPS / 8);
      expect(tf.memory().numTensors).toBe(before);
      model.dispose();
    },
  );

  it("stateful layers keep their states", async () => {
    const model = randomised(
      tf.sequential({
        layers: [layers.lstm({ units: 3, stateful: true, batchInputShape: [2, STEPS, 3] }), head()],
      }),
      5,
    );
    const x = examples();
    const predicted = (): number[] =>
      tf.tidy(() => Array.from((model.predict(tf.tensor(x.data, [...x.shape])) as tf.Tensor).dataSync()));
    const first = predicted();
    const { outputs } = await eagerly(model).forward([x], { explain: "probability" });
    expect(Array.from(outputs[0].data)).toEqual(first);
    const second = predicted();
    model.resetStates();
    expect(predicted()).toEqual(first);
    expect(predicted()).toEqual(second);
    model.dispose();
  });

  it("how a layer ends is seen in its last stretch", async () => {
    const ending = async (steps: number): Promise<unknown> => {
      const model = randomised(
        chain(layers.simpleRNN({ inputShape: [steps, 3], units: 3, activation: "softmax" })),
        6,
      );
      const { heads } = await eagerly(model).forward([normals(8, [2, steps, 3])], { explain: "logit" });
      return heads;
    };
    expect(await ending(STEPS)).toEqual(await ending(4));
    expect(await ending(STEPS)).toEqual(["softmax"]);
  });

  it("an abort ends them between two stretches, and nothing is left behind", async () => {
    const model = randomised(chain(series(), layers.lstm({ units: 4 }), head()), 9);
    const net = eagerly(model);
    const x = examples();
    await net.forward([x], { explain: "logit" });
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const asked = net.forward([x], { explain: "logit", signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(asked).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    expect(tf.memory().numTensors).toBe(before);
    model.dispose();
  });

  it("an error of the net is its own, and nothing is left behind", async () => {
    const before = tf.memory().numTensors;
    const fails = (): never => {
      throw new RangeError("of the net");
    };
    const run = inStretches({ tf, whole: fails, part: (stretch) => stretch(), pause: async () => {} });
    await expect(run).rejects.toThrow("of the net");
    expect(tf.memory().numTensors).toBe(before);
  });
});
