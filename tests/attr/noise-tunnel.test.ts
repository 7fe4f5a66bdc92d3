import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { gradCam, integratedGradients, noiseTunnel, saliency } from "../../src";
import { normals, smallCnn } from "../models";

describe("a noise tunnel of a method with other defaults", () => {
  const model = smallCnn(3);
  const x = normals(3, [2, 4, 4, 2]);

  it.each(["eager", "compiled"] as const)("averages that method, %s", async (engine) => {
    const inner = { absolute: true, target: 1, explain: "probability", layer: "conv", engine } as const;
    const a = await noiseTunnel(saliency.with(inner), { samples: 4 })(model, x);
    const b = await noiseTunnel(saliency, { samples: 4 })(model, x, inner);
    expect(a.values).toEqual(b.values);
    expect(a.options).toEqual(b.options);
    expect(Math.min(...a.values.data)).toBeGreaterThanOrEqual(0);
    expect(a.engine).toBe(engine);
  });

  it("keeps steps and baseline, and lets a call say otherwise", async () => {
    const tunnel = noiseTunnel(integratedGradients.with({ steps: 3, baseline: 0.5 }), { samples: 2 });
    const map = await tunnel(model, x);
    expect(map.options).toMatchObject({ steps: 3, baseline: "0.5", samples: 2 });
    expect(map.passes.backward).toBe(2 * 2 * 3);
    expect((await tunnel(model, x, { steps: 4 })).options).toMatchObject({ steps: 4, baseline: "0.5" });
    expect((await tunnel.with({ baseline: "ones" })(model, x)).options).toMatchObject({ baseline: "ones" });
  });
});

it("a noise tunnel of gradCam lies over the clean input that gradCam chose", async () => {
  const table = tf.input({ shape: [3], name: "table" });
  const image = tf.input({ shape: [6, 6, 1], name: "image" });
  const conv = tf.layers
    .conv2d({ filters: 2, kernelSize: 3, name: "conv" })
    .apply(image) as tf.SymbolicTensor;
  const flat = tf.layers.flatten().apply(conv) as tf.SymbolicTensor;
  const joined = tf.layers.concatenate().apply([table, flat]) as tf.SymbolicTensor;
  const output = tf.layers.dense({ units: 2 }).apply(joined) as tf.SymbolicTensor;
  const net = tf.model({ inputs: [table, image], outputs: output });
  const picture = normals(6, [2, 6, 6, 1]);
  const map = await noiseTunnel(gradCam, { samples: 3 })(net, [normals(5, [2, 3]), picture]);
  expect(map.input).toEqual(picture);
  const twice = await noiseTunnel(noiseTunnel(gradCam), { samples: 2 })(net, [normals(5, [2, 3]), picture]);
  expect(twice.input).toEqual(picture);
  net.dispose();
});
