import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { asModel, type Explain, integratedGradients, loss, type NdArray, saliency } from "../../src";
import { normals, relativeDifference } from "../models";

const engines = ["eager", "compiled"] as const;
const ROWS = 2;
const WIDTH = 5;
const x = normals(3, [ROWS, WIDTH]);
const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** One layer, so that every gradient is known: ∂z_k/∂x is column k of its matrix. */
class OneLayer {
  readonly net: tf.LayersModel;
  private readonly matrix: NdArray;
  constructor(
    private readonly units: number,
    private readonly activation: "sigmoid" | "softmax",
  ) {
    this.matrix = normals(7, [WIDTH, units]);
    const weights = [tf.tensor2d(this.matrix.data, [WIDTH, units])];
    this.net = tf.sequential({
      layers: [tf.layers.dense({ units, activation, useBias: false, inputShape: [WIDTH], weights })],
    });
  }

  /** The classes' logits: a single sigmoid unit stands for two of them. */
  private logits(row: number): number[] {
    const z = Array.from({ length: this.units }, (_, k) => {
      let sum = 0;
      for (let i = 0; i < WIDTH; i++) sum += (x.data[row * WIDTH + i] as number) * this.weight(i, k);
      return sum;
    });
    return this.binary ? [-(z[0] as number), z[0] as number] : z;
  }

  private get binary(): boolean {
    return this.activation === "sigmoid" && this.units === 1;
  }

  private weight(i: number, unit: number): number {
    return this.matrix.data[i * this.units + unit] as number;
  }

  private classWeight(i: number, k: number): number {
    return this.binary ? (k === 0 ? -1 : 1) * this.weight(i, 0) : this.weight(i, k);
  }

  /** The gradient of a class's score, row after row. */
  gradient(k: number, explain: Explain): number[] {
    return Array.from({ length: ROWS }, (_, row) => {
      const z = this.logits(row);
      const all = z.reduce((sum, v) => sum + Math.exp(v), 0);
      const p = z.map((v) => (this.activation === "sigmoid" ? sigmoid(v) : Math.exp(v) / all));
      return Array.from({ length: WIDTH }, (_, i) => {
        const own = this.classWeight(i, k);
        if (explain === "logit") return own;
        const mean = p.reduce((sum, share, j) => sum + share * this.classWeight(i, j), 0);
        const logarithmic = this.activation === "sigmoid" ? own * sigmoid(-(z[k] as number)) : own - mean;
        return explain === "logProbability" ? logarithmic : logarithmic * (p[k] as number);
      });
    }).flat();
  }
}

describe.each(engines)("how an output ends, on the %s engine", (engine) => {
  describe.each(["sigmoid", "softmax"] as const)("%s", (activation) => {
    it.each([1, 2, 3])("of %i units", async (units) => {
      const known = new OneLayer(units, activation);
      const net = asModel(known.net, { engine });
      const classes = activation === "sigmoid" && units === 1 ? 2 : units;
      for (let k = 0; k < classes; k++) {
        for (const explain of ["logit", "probability", "logProbability"] as const) {
          const map = await saliency(net, x, { target: k, explain });
          expect(map.engine).toBe(engine);
          expect(relativeDifference(map.values.data, known.gradient(k, explain)), explain).toBeLessThan(1e-5);
        }
        const map = await saliency(net, x, { target: loss(k) });
        const expected = known.gradient(k, "logProbability").map((v) => -v);
        expect(relativeDifference(map.values.data, expected), "loss").toBeLessThan(1e-5);
      }
      known.net.dispose();
    });
  });

  /** A softmax over three of six logits each, put in another shape afterwards, with where [i, class] ends up. */
  const moved: Record<string, [(t: tf.Tensor2D) => tf.Tensor, (i: number, k: number) => number[]]> = {
    "to one axis": [(t) => tf.softmax(t.reshape([-1, 2, 3])).reshape([-1, 6]), (i, k) => [3 * i + k]],
    "to other axes": [
      (t) => tf.softmax(t.reshape([-1, 2, 3])).reshape([-1, 3, 2]),
      (i, k) => [Math.floor((3 * i + k) / 2), (3 * i + k) % 2],
    ],
    "to the last axis but one": [
      (t) => tf.stack([tf.softmax(t.slice([0, 0], [-1, 3])), tf.softmax(t.slice([0, 3], [-1, 3]))], 2),
      (i, k) => [k, i],
    ],
    "part by part": [
      (t) =>
        tf.stack(
          [0, 3].map((from) => tf.softmax(t.slice([0, from], [-1, 3])).reshape([-1, 3, 1])),
          1,
        ),
      (i, k) => [i, k, 0],
    ],
  };
  it.each(Object.entries(moved))("classes moved %s", async (_, [net, place]) => {
    const point = [[0.3, -1, 2, 0.5, 1.5, -0.7]];
    const model = asModel(net, { engine });
    for (const [i, k] of [
      [0, 2],
      [1, 0],
      [1, 1],
    ] as const) {
      const z = (point[0] as number[]).slice(3 * i, 3 * i + 3);
      const all = z.reduce((sum, v) => sum + Math.exp(v), 0);
      const p = z.map((v) => Math.exp(v) / all);
      const index = place(i, k);
      const target = index.length === 1 ? index[0] : index;
      const map = await saliency(model, point, { target: target as number, explain: "logProbability" });
      expect(map.score[0]).toBeCloseTo(Math.log(p[k] as number), 5);
      const expected = new Float32Array(6);
      p.forEach((share, j) => {
        expected[3 * i + j] = (j === k ? 1 : 0) - share;
      });
      expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-5);
      if (index.length > 1) continue;
      const costs = await saliency(model, point, { target: loss(index[0] as number) });
      expect(costs.score[0]).toBeCloseTo(-Math.log(p[k] as number), 5);
    }
  });

  it("logSigmoid of what nobody keeps", async () => {
    const w = normals(5, [WIDTH, 1]);
    const net = (t: tf.Tensor2D): tf.Tensor =>
      tf.logSigmoid(t.mul(2).matMul(tf.tensor2d(w.data, [WIDTH, 1])));
    const map = await saliency(asModel(net, { engine }), x, { target: 0 });
    const expected = Array.from({ length: ROWS }, (_, row) => {
      const at = (i: number): number => x.data[row * WIDTH + i] as number;
      const z = Array.from(w.data, (v, i) => 2 * v * at(i)).reduce((a, b) => a + b);
      return Array.from(w.data, (v) => 2 * v * sigmoid(-z));
    }).flat();
    expect(relativeDifference(map.values.data, expected)).toBeLessThan(1e-5);
  });
});

/** Values that stand in for the output's own layer come behind its softmax or sigmoid. */
describe.each(engines)("at the layer of the output, on the %s engine", (engine) => {
  const ended = (units: number, activation: "sigmoid" | "softmax"): tf.LayersModel =>
    tf.sequential({ layers: [tf.layers.dense({ units, activation, inputShape: [WIDTH], name: "head" })] });
  const expected =
    /^layer\(\): expected a layer before the (softmax|sigmoid) of the output, .* got one behind/;
  const ask = (net: tf.LayersModel, options: Parameters<typeof saliency>[2]): Promise<unknown> =>
    saliency(asModel(net, { engine }), x, { target: 0, layer: "head", ...options });

  it.each([
    [3, "softmax"],
    [3, "sigmoid"],
    [1, "sigmoid"],
  ] as const)("%i units of %s have no logits and no loss", async (units, activation) => {
    const net = ended(units, activation);
    await expect(ask(net, {})).rejects.toThrow(expected);
    await expect(ask(net, { explain: "logProbability" })).rejects.toThrow(expected);
    await expect(ask(net, { target: loss([0, 0]) })).rejects.toThrow(expected);
    await expect(
      integratedGradients(asModel(net, { engine }), x, { target: 0, layer: "head", baseline: "zeros" }),
    ).rejects.toThrow(expected);
  });

  it("one sigmoid unit has no column for class 0", async () => {
    await expect(ask(ended(1, "sigmoid"), { explain: "probability" })).rejects.toThrow(
      /got one behind it, where both classes are one number/,
    );
  });

  it.each(["softmax", "sigmoid"] as const)("probabilities of several classes can be read: %s", async (of) => {
    const map = await saliency(asModel(ended(3, of), { engine }), x, {
      target: 1,
      layer: "head",
      explain: "probability",
    });
    expect([...map.values.data]).toEqual([0, 1, 0, 0, 1, 0]);
  });
});
