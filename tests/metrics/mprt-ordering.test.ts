/** The ordering that parameter randomisation was published with, on three nets that were trained on digits. */
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { take, train, test as unseen } from "../../notebooks/data/digits";
import {
  defineMethod,
  guidedBackprop,
  integratedGradients,
  io,
  metrics,
  type Net,
  ndarray,
  saliency,
} from "../../src";

/** Edges of the picture: what a detector sees that never asked the net. */
const edges = defineMethod({ name: "edges" }, async (p) => {
  const [{ data, shape }] = p.x;
  const [, height, width] = shape;
  const inside = (at: number, size: number): number => Math.min(size - 1, Math.max(0, at));
  const strength = Float32Array.from(data, (_, i) => {
    const [row, column] = [Math.floor(i / width) % height, i % width];
    const first = i - row * width - column;
    const at = (r: number, c: number): number => data[first + inside(r, height) * width + inside(c, width)];
    return Math.hypot(at(row, column + 1) - at(row, column - 1), at(row + 1, column) - at(row - 1, column));
  });
  return [ndarray(strength, shape)];
});

/** A plain convolutional net, two epochs old. */
async function trained(): Promise<tf.LayersModel> {
  const kernelInitializer = (seed: number) => tf.initializers.glorotUniform({ seed });
  const activation = "relu" as const;
  const net = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [8, 8, 1],
        filters: 8,
        kernelSize: 3,
        activation,
        kernelInitializer: kernelInitializer(1),
      }),
      tf.layers.conv2d({ filters: 12, kernelSize: 3, activation, kernelInitializer: kernelInitializer(2) }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 32, activation, kernelInitializer: kernelInitializer(3) }),
      tf.layers.dense({ units: 10, activation: "softmax", kernelInitializer: kernelInitializer(4) }),
    ],
  });
  net.compile({ optimizer: tf.train.adam(5e-3), loss: "categoricalCrossentropy" });
  const [x, y] = tf.tidy(() => [
    tf.tensor(train.x.data, [...train.x.shape]),
    tf.oneHot(tf.tensor1d(train.labels, "int32"), 10).toFloat(),
  ]);
  await net.fit(x, y, { epochs: 2, batchSize: 64, shuffle: false, verbose: 0, yieldEvery: "never" });
  tf.dispose([x, y]);
  return net;
}

const nets = new Map<string, Net>();
beforeAll(async () => {
  for (const name of ["digits-mlp", "digits-cnn"])
    nets.set(name, await io.loadModel(join(__dirname, `../../notebooks/data/models/${name}`)));
  nets.set("trained", await trained());
}, 240_000);
afterAll(() => nets.clear());

it.each(["digits-mlp", "digits-cnn", "trained"])(
  "the maps of the gradient and of IG change on %s, those of guided backpropagation and of an edge detector do not",
  async (name) => {
    const net = nets.get(name)!;
    const { x } = take(unseen, [0, 1, 2, 3, 4, 5]);
    const kept: number[] = [];
    for (const method of [saliency, integratedGradients, guidedBackprop, edges]) {
      const { values } = await metrics.mprt(net, await method(net, x));
      kept.push(values.reduce((sum: number, value) => sum + value!, 0) / values.length);
    }
    const [gradient, ig, guided, detector] = kept;
    for (const changed of [gradient, ig]) expect(Math.abs(changed)).toBeLessThan(0.2);
    expect(guided).toBeGreaterThan(0.3);
    expect(detector).toBeCloseTo(1, 6);
  },
  240_000,
);
