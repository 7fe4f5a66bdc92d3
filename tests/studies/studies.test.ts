import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  agreement,
  asModel,
  baselineReport,
  convergence,
  diagnose,
  display,
  evaluate,
  inputXGradient,
  integratedGradients,
  metrics,
  ndarray,
  type Study,
  saliency,
  type studies,
} from "../../src";
import { normals, smallCnn, smallMlp } from "../models";

/** Studies on nets whose answer is planted. */

const column = (study: Study, table: string, name: string): readonly unknown[] =>
  study.table(table).columns.find((one) => one.name === name)!.values;

describe("a study", () => {
  it("is plain data, a figure of either renderer, and lines of text", async () => {
    const net = smallMlp(2, 4, "tanh");
    const study = await convergence(net, normals(2, [2, 4]), { steps: [2, 8], rules: ["midpoint"] });
    expect(JSON.parse(JSON.stringify(study)).kind).toBe("convergence");
    expect(String(study)).toContain("convergence · deltas, steps advised");
    for (const renderer of ["vega-lite", "plotly"] as const)
      expect(study.figure({ renderer }).toJSON()).toBeTypeOf("object");
    expect(Object.keys(await study[display.DISPLAY]())).toContain("text/plain");
    expect(() => study.table("delta")).toThrow('nearest: "deltas"');
    net.dispose();
  });
});

describe("convergence", () => {
  const square = (x: tf.Tensor2D): tf.Tensor => x.square().sum(1, true);
  it("knows rules that are exact for a parabola from the first step, and the steps of one that is not", async () => {
    const study = await convergence(square, [[1, 2]], {
      target: 0,
      rules: ["midpoint", "left"],
      steps: [100, 10, 20],
      tolerance: 0.051,
    });
    // The left rule misses n steps of a line by 1 / n.
    expect(column(study, "deltas", "relative").slice(3)).toEqual(
      [10, 20, 100].map((n) => expect.closeTo(1 / n, 4)),
    );
    expect(column(study, "steps advised", "steps")).toEqual([10, 20]);
    expect(study.findings[0]).toContain("take 10 steps of midpoint");
  });

  it("says when no number of steps is enough, and refuses what is no rule", async () => {
    const study = await convergence(square, [[1, 2]], {
      target: 0,
      rules: ["left"],
      steps: [5],
      tolerance: 1e-6,
    });
    expect(column(study, "steps advised", "steps")).toEqual([undefined]);
    expect(study.findings[0]).toContain("No rule stays below");
    await expect(convergence(square, [[1, 2]], { rules: ["simpson" as never] })).rejects.toThrow(
      "convergence()",
    );
    await expect(convergence(square, [[1, 2]], { tolerance: 0 })).rejects.toThrow("tolerance");
  });
});

describe("baselineReport", () => {
  const product = (x: tf.Tensor2D): tf.Tensor =>
    x
      .slice([0, 0], [-1, 1])
      .mul(x.slice([0, 1], [-1, 1]))
      .add(x.slice([0, 2], [-1, 1]).mul(0));
  it("finds the flips of x·y that one reckons by hand, and is silent about a dead input", async () => {
    // IG of x·y at (1, 2): (x − x′)(y + y′) / 2. From (0, 0): 1, 1. From (3, 1): −3, 2.
    const study = await baselineReport(product, [[1, 2, 5]], {
      target: 0,
      baselines: ["zeros", [[3, 1, 0]]],
    });
    expect(column(study, "flips", "entry")).toEqual(["0"]);
    expect(column(study, "pairs", "signs changed")).toEqual([0.5]);
    expect(study.findings).toHaveLength(1);
    const none = await baselineReport(product, [[1, 2, 5]], { target: 0, baselines: ["zeros", [[0, 0, 9]]] });
    expect(none.findings).toEqual([]);
    expect(column(none, "pairs", "rank correlation")).toEqual([expect.closeTo(1, 6)]);
  });

  it("has presets of its own, and wants two baselines and a method that has one", async () => {
    const cnn = smallCnn(2);
    const study = await baselineReport(cnn, normals(2, [1, 4, 4, 2]));
    expect(column(study, "scores", "baseline")).toEqual(["zeros", "max-distance", "noise", "blur"]);
    await expect(baselineReport(cnn, normals(2, [1, 4, 4, 2]), { baselines: ["zeros"] })).rejects.toThrow(
      "at least two baselines",
    );
    await expect(baselineReport(cnn, normals(2, [1, 4, 4, 2]), { method: saliency })).rejects.toThrow(
      "a method with a baseline",
    );
    cnn.dispose();
  });
});

describe("agreement", () => {
  it("is 1 for a map with itself, −1 for its opposite, and names the furthest", async () => {
    const net = (sign: number) => (x: tf.Tensor2D) => x.mul([3, -1, 2, 0.5]).sum(1, true).mul(sign);
    const x = [[1, 1, 1, 1]];
    const maps = await Promise.all([1, 1, -1].map((sign) => saliency(net(sign), x, { target: 0 })));
    const study = agreement(maps, { labels: ["a", "b", "c"], k: 2 });
    expect(column(study, "pairs", "rank correlation")).toEqual([1, -1, -1].map((r) => expect.closeTo(r, 6)));
    expect(column(study, "pairs", "top 2 in common")).toEqual([1, 1, 1]);
    expect(column(study, "all maps", "entries of one sign")).toEqual([0]);
    expect(study.findings[1]).toContain("a and c (-1.00)");
    expect(() => agreement([maps[0]])).toThrow("at least two maps");
    expect(() => agreement([maps[0], {} as never])).toThrow("an array of attributions");
  });
});

describe("evaluate", () => {
  const net = (x: tf.Tensor2D): tf.Tensor => x.mul([3, -1, 2]).sum(1, true);
  const data = normals(5, [10, 3]);
  const asked = {
    methods: [saliency, inputXGradient],
    metrics: [metrics.complexity, metrics.deletion],
    data,
    target: 0,
    batchSize: 4,
  };

  it("gives means over all examples, whatever the batches, with an interval about them", async () => {
    const study = await evaluate(net, asked);
    const whole = await inputXGradient(net, data, { target: 0 });
    const values = (await metrics.complexity(net, whole)).values.map((value) => value!);
    expect(column(study, "complexity", "mean")[1]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / 10, 5);
    expect(column(study, "complexity", "examples")).toEqual([10, 10]);
    const [from, mean, to] = ["from", "mean", "to"].map(
      (name) => column(study, "deletion", name)[1] as number,
    );
    expect(from).toBeLessThan(mean);
    expect(to).toBeGreaterThan(mean);
  });

  it("goes on from a saved state to the same answer", async () => {
    const states: studies.EvaluationState[] = [];
    const whole = await evaluate(net, { ...asked, onState: (state) => states.push(state) });
    expect(states.map(({ done }) => done)).toEqual([4, 8, 10]);
    const resumed = await evaluate(net, { ...asked, resume: JSON.parse(JSON.stringify(states[0])) });
    expect(JSON.stringify(resumed)).toBe(JSON.stringify(whole));
    await expect(
      evaluate(net, { ...asked, methods: [integratedGradients], resume: states[0] }),
    ).rejects.toThrow("a state with");
  });

  it("ends when it is aborted, and refuses what is no metric", async () => {
    const controller = new AbortController();
    const ended = evaluate(net, { ...asked, signal: controller.signal, onState: () => controller.abort() });
    await expect(ended).rejects.toThrow(/abort/);
    await expect(evaluate(net, { ...asked, metrics: [saliency as never, 3 as never] })).rejects.toThrow(
      "an array of metrics",
    );
  });
});

/** d → units → units → one, with the given activation and kernels scaled. */
function deep(activation: "relu" | "sigmoid" | "tanh", scale: number, layers = 2, bias = 0): tf.LayersModel {
  const net = tf.sequential({
    layers: [
      ...Array.from({ length: layers }, (_, i) =>
        tf.layers.dense({
          units: 6,
          activation,
          name: `hidden${i}`,
          ...(i === 0 ? { inputShape: [4] } : {}),
        }),
      ),
      tf.layers.dense({ units: 2, name: "top" }),
    ],
  });
  net.setWeights(
    net.getWeights().map((weight, i) => {
      const values = normals(11 + i, weight.shape as number[], scale);
      const offset = weight.shape.length === 1 && i === 1 ? bias : 0;
      return tf.tensor(values.data, weight.shape).add(offset);
    }),
  );
  return net;
}

describe("diagnose", () => {
  const x = normals(7, [3, 4]);

  it("raises no alarm on five healthy nets", async () => {
    const nets: [tf.LayersModel, ReturnType<typeof normals>][] = [
      [deep("relu", 0.6), x],
      [deep("tanh", 0.5), x],
      [deep("sigmoid", 0.8), x],
      [smallCnn(1), normals(1, [3, 4, 4, 2])],
      [smallMlp(3, 4, "tanh"), x],
    ];
    for (const [net, input] of nets) {
      const study = await diagnose(net, input, { target: 0 });
      expect(study.findings).toEqual([]);
      net.dispose();
    }
  });

  it("names the layer of dead ReLUs, with their share", async () => {
    const net = deep("relu", 0.5, 2);
    const [kernel, bias] = net.getLayer("hidden0").getWeights();
    // Three of six units never wake up: no weights, a negative bias.
    const keep = tf.tensor1d([1, 0, 1, 0, 1, 0]);
    net
      .getLayer("hidden0")
      .setWeights([kernel.mul(keep), bias.mul(keep).sub(tf.tensor1d([0, 1, 0, 1, 0, 1]))]);
    const study = await diagnose(net, x, { target: 0 });
    expect(study.findings[0]).toContain(
      'Layer "hidden0": 50 % of its units are zero wherever one looks (dead ReLUs)',
    );
    expect(column(study, "layers", "dead units")[0]).toBe(0.5);
    net.dispose();
  });

  it("names the layer of saturated sigmoids, of vanishing and of exploding gradients", async () => {
    const saturated = await diagnose(deep("sigmoid", 60, 1), x, { target: 0 });
    expect(saturated.findings.join("\n")).toMatch(/Layer "hidden0": \d+ % of its values are at the bounds/);
    const vanishing = await diagnose(deep("sigmoid", 0.05, 8), x, { target: 0 });
    expect(vanishing.findings.join("\n")).toMatch(/Layer "hidden0": gradients are .*they vanish/);
    const exploding = await diagnose(deep("relu", 12, 8), x, { target: 0 });
    expect(exploding.findings.join("\n")).toMatch(/Layer "hidden0": gradients are .*they explode/);
  });

  it("says where the path oscillates, the input is out of range, equals its baseline, or the way is cut", async () => {
    const wave = (t: tf.Tensor2D): tf.Tensor => t.mul(12).sin().sum(1, true);
    expect((await diagnose(wave, [[1.6]], { target: 0 })).findings.join("\n")).toContain("it oscillates");
    const model = asModel(deep("tanh", 0.5), { range: [0, 1] });
    expect((await diagnose(model, x, { target: 0 })).findings.join("\n")).toContain("outside of [0, 1]");
    const zeros = ndarray(new Float32Array(4), [1, 4]);
    expect((await diagnose(deep("tanh", 0.5), zeros, { target: 0 })).findings.join("\n")).toContain(
      "equals its baseline",
    );
    const cut = (t: tf.Tensor2D): tf.Tensor => t.sum(1, true).add(t.round().sum(1, true));
    expect((await diagnose(cut, [[1.2, 0.4]], { target: 0 })).findings.join("\n")).toMatch(
      /no gradient, cut by Round/,
    );
  });
});
