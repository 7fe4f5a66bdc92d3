import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type AnyMethod,
  asModel,
  counterfactual,
  dataset,
  deepLift,
  featureAblation,
  gradientShap,
  inputXGradient,
  integratedGradients,
  kernelShap,
  minimalSets,
  recourse,
  type Study,
  saliency,
  shapleySampling,
  share,
  smoothGrad,
} from "../../src";
import { normals, smallCnn, smallMlp } from "../models";

/** Counterfactuals of nets that one can reckon by hand, and beside brute force. */

const column = (study: Study, table: string, name: string): readonly unknown[] =>
  study.table(table).columns.find((one) => one.name === name)!.values;

/** a · b of two features of 0 or 1. */
const and = (x: tf.Tensor2D): tf.Tensor => x.prod(1, true);
/** a + b − 2 a b: one of them, not both. */
const xor = (x: tf.Tensor2D): tf.Tensor => x.sum(1, true).sub(x.prod(1, true).mul(2));

describe("counterfactual", () => {
  const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([2, -1, 0.5, 0, 3]).sum(1, true).add(0.7);
  const data = normals(4, [3, 5]);
  const many: [string, AnyMethod, object][] = [
    ["saliency", saliency, {}],
    ["|saliency|", saliency, { absolute: true }],
    ["smoothGrad", smoothGrad, {}],
    ["inputXGradient", inputXGradient, {}],
    ["integratedGradients", integratedGradients, { baseline: 0.5 }],
    ["mean gradients", integratedGradients, { multiplyByInputs: false }],
    ["deepLift", deepLift, {}],
    ["featureAblation", featureAblation, { baseline: "noise" }],
    ["shapleySampling", shapleySampling, {}],
    ["kernelShap", kernelShap, {}],
    ["gradientShap", gradientShap, { baseline: dataset(normals(9, [20, 5])) }],
    ["share", share(integratedGradients), {}],
  ];
  it.each(many)("never flags %s of a linear net", async (_, method, options) => {
    const study = await counterfactual(linear, await method(linear, data, { target: 0, ...options }));
    expect(column(study, "examples", "flagged")).toEqual(["no", "no", "no"]);
    expect(study.findings).toEqual([]);
    // Magnitudes say nothing of several features together.
    expect(column(study, "examples", "changes tried")[0]).toBe(options === many[1][2] ? 5 : 9);
  });

  it.each<[string, AnyMethod]>([
    ["integratedGradients", integratedGradients],
    ["saliency", saliency],
    ["inputXGradient", inputXGradient],
    ["shapleySampling", shapleySampling],
  ])("flags maps of AND and of XOR by %s", async (_, method) => {
    for (const net of [and, xor]) {
      const study = await counterfactual(net, await method(net, [[1, 1]], { target: 0 }));
      expect(column(study, "examples", "flagged")).toEqual(["yes"]);
      expect(study.findings[0]).toMatch(/^Flagged: example 0/);
    }
  });

  it("says what was predicted and what is true", async () => {
    // Integrated gradients of a b at (1, 1) share 1 out as ½, ½; without either the score falls by 1.
    const study = await counterfactual(and, await integratedGradients(and, [[1, 1]], { target: 0 }));
    expect(column(study, "changes", "predicted")).toEqual([-0.5, -0.5, -1].map((v) => expect.closeTo(v, 5)));
    expect(column(study, "changes", "measured")).toEqual([-1, -1, -1].map((v) => expect.closeTo(v, 5)));
    expect(column(study, "changes", "agree")).toEqual(["no", "no", "yes"]);
    expect(study.findings[0]).toContain("changes by −1, and not by −0.5");
  });

  it("takes groups, layers and images, and refuses what it cannot compare", async () => {
    const cnn = smallCnn(3);
    const x = normals(2, [2, 4, 4, 2]);
    const map = await integratedGradients(cnn, x);
    const study = await counterfactual(cnn, map, { groups: "position", k: 2 });
    expect(column(study, "examples", "changes tried")).toEqual([4, 4]);
    const layer = await integratedGradients(cnn, x, { layer: "pool" });
    // Behind the pool the net is linear.
    expect(column(await counterfactual(cnn, layer), "examples", "flagged")).toEqual(["no", "no"]);
    await expect(counterfactual(cnn, map, { baseline: "ones" })).rejects.toThrow("the map's own baseline");
    await expect(counterfactual(cnn, {} as never)).rejects.toThrow("an attribution as map");
    await expect(counterfactual(cnn, map, { k: 0 })).rejects.toThrow("counterfactual(): expected k");
    cnn.dispose();
  });
});

describe("minimalSets", () => {
  /** All minimal flips, by asking the net itself at every set. */
  function bruteForce(net: tf.LayersModel, x: readonly number[]): string[] {
    const all = Array.from({ length: 2 ** x.length }, (_, set) => set);
    const points = all.map((set) => x.map((value, i) => ((set >> i) & 1 ? 0 : value)));
    const classes = tf.tidy(() =>
      Array.from((net.predict(tf.tensor2d(points)) as tf.Tensor).argMax(1).dataSync()),
    );
    const flips = all.filter((set) => classes[set] !== classes[0]);
    return flips
      .filter((set) => !flips.some((other) => other !== set && (other & set) === other))
      .map((set) => x.flatMap((_, i) => ((set >> i) & 1 ? [`x${i}`] : [])).join(", "))
      .sort();
  }

  it.each([1, 2, 3, 4, 5, 6])(
    "equal brute force over all sets of up to twelve features (seed %i)",
    async (seed) => {
      const width = 6 + seed;
      const mlp = smallMlp(seed, width);
      const names = Array.from({ length: width }, (_, i) => `x${i}`);
      const net = asModel(mlp, { features: names });
      const x = Array.from(normals(seed + 40, [width]).data);
      const study = await minimalSets(net, await saliency(net, [x]));
      const found = column(study, "sets", "without") as string[];
      const expected = bruteForce(mlp, x);
      // A table lists twenty.
      if (expected.length <= 20) expect([...found].sort()).toEqual(expected);
      else for (const set of found) expect(expected).toContain(set);
      const sizes = expected.map((set) => set.split(", ").length);
      if (expected.length > 0) expect(column(study, "sets", "features")[0]).toBe(Math.min(...sizes));
      else expect(study.findings[0]).toContain("stays the same");
      mlp.dispose();
    },
  );

  it("of many features are sought by the map, and none of the set can come back", async () => {
    // Class 1 while the sum is positive: of sixteen ones and a weight of −8.5, eight must go.
    const net = (x: tf.Tensor2D): tf.Tensor => tf.concat([x.sum(1, true).mul(0), x.sum(1, true).sub(8.5)], 1);
    const map = await inputXGradient(net, [new Array<number>(16).fill(1)]);
    const study = await minimalSets(net, map);
    expect(column(study, "sets", "features")).toEqual([8]);
    expect(column(study, "sets", "sought")).toEqual(["by the map"]);
    expect(study.findings[0]).toContain("8 of 16 features");
    expect(
      column(await minimalSets(net, map, { groups: new Array<number>(16).fill(0) }), "sets", "features"),
    ).toEqual([1]);
  });

  it("decide by a threshold where a net gives one number, and want one", async () => {
    const net = (x: tf.Tensor2D): tf.Tensor => x.mul([3, 2, 1]).sum(1, true);
    const map = await inputXGradient(net, [[1, 1, 1]], { target: 0 });
    const study = await minimalSets(net, map, { threshold: 2.5 });
    // 3 + 2 + 1 falls below 2.5 without the first and either other, and without nothing smaller.
    expect(column(study, "sets", "features")).toEqual([2, 2]);
    expect(column(study, "sets", "then")).toEqual(["below the threshold", "below the threshold"]);
    await expect(minimalSets(net, map)).rejects.toThrow("a net with classes, or option threshold");
  });

  it("take one sigmoid unit as two classes", async () => {
    const net = tf.sequential({
      layers: [tf.layers.dense({ units: 1, inputShape: [3], activation: "sigmoid" })],
    });
    net.setWeights([tf.tensor2d([[2], [1], [-1]]), tf.tensor1d([-0.5])]);
    const study = await minimalSets(net, await integratedGradients(net, [[1, 1, 1]]));
    expect(column(study, "sets", "decided")[0]).toBe("class 1");
    expect(column(study, "sets", "features")).toEqual([1]);
    expect(column(study, "sets", "then")).toEqual(["class 0"]);
    net.dispose();
  });
});

describe("recourse", () => {
  const features = ["age", "income", "debt", "years"];
  /** Granted where 2 income − 3 debt + years / 2 − age / 10 > 2. */
  const net = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [4], activation: "sigmoid" })],
  });
  net.setWeights([tf.tensor2d([[-0.1], [2], [-3], [0.5]]), tf.tensor1d([-2])]);
  const model = asModel(net, { features });
  const person = [3, 1, 0.5, 1];
  const ranges = {
    age: { fixed: true },
    income: { range: [0, 4] as const },
    debt: { range: [0, 2] as const, direction: "decrease" as const },
    years: { range: [0, 10] as const, direction: "increase" as const, step: 1 },
  };

  it("finds the smallest change of each feature that one reckons by hand, with the net's own answer", async () => {
    const study = await recourse(model, [person], { desired: 1, features: ranges, most: 1 });
    // The logit is −1.3: income + 0.65, years + 2.6 and so 3. Without any debt it is 0.2: debt − 0.4333.
    const change = Object.fromEntries(
      column(study, "changes", "feature").map((name, i) => [name, column(study, "changes", "to")[i]]),
    );
    expect(change.income).toBeCloseTo(1.65, 3);
    expect(change.debt).toBeCloseTo(0.5 - 1.3 / 3, 3);
    expect(change.years).toBe(4);
    expect(column(study, "options", "decided as desired")).toEqual(["yes", "yes", "yes"]);
    for (const score of column(study, "options", "score then")) expect(score).toBeGreaterThanOrEqual(0);
    // Cost is a share of the range: 0.65 / 4, 0.4333 / 2, 3 / 10.
    expect(column(study, "options", "cost")).toEqual([0.1625, 0.2167, 0.3].map((v) => expect.closeTo(v, 3)));
  });

  it("joins features where none is enough, and keeps what is fixed, monotone and ranged", async () => {
    const study = await recourse(model, [person], {
      desired: 1,
      features: {
        ...ranges,
        income: { range: [0, 1.4] },
        years: { fixed: true },
        debt: { range: [0.3, 2], direction: "decrease" },
      },
    });
    // income + 0.4 gives 0.8, debt − 0.2 gives 0.6: both are needed, and 1.4 is just enough.
    expect(column(study, "changes", "feature")).toEqual(["income", "debt"]);
    const [income, debt] = column(study, "changes", "to") as number[];
    expect(2 * (income - 1) + 3 * (0.5 - debt)).toBeGreaterThanOrEqual(1.3 - 1e-5);
    expect(2 * (income - 1) + 3 * (0.5 - debt)).toBeLessThan(1.31);
    expect(income).toBeLessThanOrEqual(1.4 + 1e-6);
    expect(debt).toBeGreaterThanOrEqual(0.3 - 1e-6);
    const none = await recourse(model, [person], {
      desired: 1,
      features: { ...ranges, income: { fixed: true }, years: { fixed: true }, debt: { range: [0.3, 2] } },
    });
    expect(none.findings).toEqual(["No feasible change of up to 3 features leads to class 1."]);
  });

  it("takes ranges of the data, classes by name and thresholds, and says when nothing need change", async () => {
    const named = asModel(net, {
      features,
      classes: ["refused", "granted"],
      data: [
        [0, 0, 0, 0],
        [9, 4, 2, 10],
      ],
    });
    const study = await recourse(named, [person], {
      desired: "granted",
      features: { age: { fixed: true } },
      count: 2,
    });
    expect(column(study, "options", "decided as desired")).toEqual(["yes", "yes"]);
    expect((await recourse(named, [person], { desired: "refused" })).findings[0]).toContain("already");
    const plain = (x: tf.Tensor2D): tf.Tensor => x.mul([1, 1]).sum(1, true);
    const reached = await recourse(plain, [[1, 1]], {
      threshold: 5,
      target: 0,
      features: { 0: { range: [0, 10] }, 1: { fixed: true } },
    });
    expect(column(reached, "changes", "to")).toEqual([expect.closeTo(4, 2)]);
  });

  it("tells three classes apart by the largest logit", async () => {
    const mlp = smallMlp(5, 4, "tanh");
    const all = { range: [-3, 3] as const };
    const x = normals(8, [1, 4]);
    const study = await recourse(mlp, x, { desired: 2, features: { 0: all, 1: all, 2: all, 3: all } });
    const [first] = column(study, "options", "option");
    if (first !== undefined) {
      const changed = Float32Array.from(x.data);
      column(study, "changes", "option").forEach((option, i) => {
        if (option === first)
          changed[Number(column(study, "changes", "feature")[i])] = column(study, "changes", "to")[
            i
          ] as number;
      });
      const decided = tf.tidy(
        () => (mlp.predict(tf.tensor2d(changed, [1, 4])) as tf.Tensor).argMax(1).dataSync()[0],
      );
      expect(decided).toBe(2);
    } else expect(study.findings[0]).toMatch(/already|No feasible/);
    mlp.dispose();
  });

  it("refuses several people, unknown features and features without a range", async () => {
    await expect(recourse(model, [person, person], { desired: 1, features: ranges })).rejects.toThrow(
      "one example",
    );
    await expect(recourse(model, [person], { desired: 1 })).rejects.toThrow(
      'a range of feature "age", or data',
    );
    await expect(recourse(model, [person], { desired: 1, features: { agee: {} } })).rejects.toThrow(
      'nearest: "age"',
    );
    await expect(recourse(model, [person], {})).rejects.toThrow("either desired or threshold");
  });
});
