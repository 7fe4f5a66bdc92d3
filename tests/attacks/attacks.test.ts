/** Attacks on nets whose answer is known on paper, and on the digits with detectors that have not seen the attacked images. */
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type DigitSet, take, train, test as unseen } from "../../notebooks/data/digits";
import {
  asModel,
  attacks,
  io,
  kernelShap,
  lime,
  loss,
  type Model,
  type NdArray,
  ndarray,
  random,
  type Study,
  saliency,
  smoothGrad,
} from "../../src";

const column = (study: Study, table: string, name: string): readonly unknown[] =>
  study.table(table).columns.find((one) => one.name === name)!.values;
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const digitsNet = async (name: string): Promise<Model> =>
  asModel(await io.loadModel(join(__dirname, `../../notebooks/data/models/${name}`)), { range: [0, 1] });
const withMaps = async (net: Model, set: DigitSet): Promise<NdArray> => {
  const { data, shape } = (await saliency(net, set.x)).values;
  return { data, shape };
};

describe("attacks on a decision", () => {
  const linear = (x: tf.Tensor2D): tf.Tensor => x.mul([3, -1, 0, 2]).sum(1, true);
  const x = [[0.5, 0.5, 0.5, 0.98]];

  it("step against the sign of the gradient, within range and mask", async () => {
    const lowered = await attacks.fgsm(linear, x, { target: 0, epsilon: 0.25 });
    expect(Array.from(lowered.input.data)).toEqual([0.25, 0.75, 0.5, 0.73].map((v) => expect.closeTo(v, 6)));
    const raised = await attacks.fgsm(linear, x, {
      target: 0,
      epsilon: 0.25,
      raise: true,
      range: [0, 1],
      mask: [1, 0, 1, 1],
    });
    expect(Array.from(raised.input.data)).toEqual([0.75, 0.5, 0.5, 1].map((v) => expect.closeTo(v, 6)));
    expect(column(raised, "examples", "largest change")).toEqual([expect.closeTo(0.25, 6)]);
  });

  it("end of a linear score where one step ends, in many steps and from several starts", async () => {
    const many = await attacks.pgd(linear, x, { target: 0, epsilon: 0.25, steps: 10, starts: 3 });
    const values = Array.from(many.input.data);
    for (const [i, value] of [0.25, 0.75, undefined, 0.73].entries())
      if (value !== undefined) expect(values[i]).toBeCloseTo(value, 6);
    expect(column(many, "examples", "score after")).toEqual([expect.closeTo(0.75 - 0.75 + 1.46, 5)]);
  });

  it("follow the loss of the paper where the net ends in softmax", async () => {
    const net = await digitsNet("digits-mlp");
    const some = take(unseen, numbers(0, 3));
    const predicted = (await saliency(net, some.x)).target.map(Number);
    const byProbability = await attacks.fgsm(net, some.x);
    for (const [row, label] of predicted.entries()) {
      const one = take(unseen, [row]).x;
      const byLoss = await attacks.fgsm(net, one, { target: loss(label), raise: true });
      expect(byLoss.input.data).toEqual(byProbability.input.data.slice(row * 64, (row + 1) * 64));
    }
  });

  it("refuse what cannot be moved", async () => {
    await expect(attacks.fgsm(linear, x, { epsilon: 0 })).rejects.toThrow("fgsm()");
    await expect(attacks.fgsm(linear, x, { target: 0, mask: [1, 0.5, 1, 1] })).rejects.toThrow(
      "fgsm(): expected a mask of zeros and ones",
    );
    await expect(attacks.pgd(linear, x, { range: [1, 0] })).rejects.toThrow("pgd(): expected range");
    await expect(attacks.pgd(linear, x, { layer: "a" } as never)).rejects.toThrow("pgd()");
  });
});

describe("a manipulated map", () => {
  it("turns to a wanted one by the Hessian where there is one, with the score kept", async () => {
    // ∇F = (y, x, 2z): at (1, 0, 0) it is (0, 1, 0), and y alone moves its first entry.
    const product = (t: tf.Tensor2D): tf.Tensor =>
      tf.add(t.slice([0, 0], [-1, 1]).mul(t.slice([0, 1], [-1, 1])), t.slice([0, 2], [-1, 1]).square());
    const attack = await attacks.manipulateMap(product, [[1, 0, 1]], {
      target: 0,
      toward: [0, 1, 0],
      epsilon: 0.9,
      smoothing: 0,
      scoreTolerance: 0.9,
    });
    const [was] = column(attack, "examples", "map like the wanted, before") as number[];
    const [is] = column(attack, "examples", "map like the wanted, after") as number[];
    expect(is).toBeGreaterThan(was + 0.2);
  });

  it("is found by the distance of its input from the data on both digit nets, which keep their decision", async () => {
    for (const [name, least] of [
      ["digits-mlp", 0.05],
      ["digits-cnn", 0.4],
    ] as const) {
      const net = await digitsNet(name);
      const some = take(unseen, numbers(0, 50));
      const toward = await withMaps(net, take(unseen, numbers(50, 100)));
      const honest = take(unseen, numbers(100, 300)).x;
      const map = await attacks.manipulateMap(net, some.x, {
        toward,
        epsilon: 0.15,
        scoreTolerance: 0.2,
        samples: 4,
      });
      const fgsm = await attacks.fgsm(net, some.x);
      const pgd = await attacks.pgd(net, some.x);
      const share = (attack: attacks.Attack): number => attack.succeeded.filter(Boolean).length / 50;
      expect(share(map)).toBeGreaterThan(least);
      expect(share(fgsm)).toBeGreaterThan(0.4);
      expect(share(pgd)).toBeGreaterThan(0.6);
      map.succeeded.forEach((succeeded, row) => {
        if (succeeded)
          expect(column(map, "examples", "decision after")[row]).toBe(
            column(map, "examples", "decision before")[row],
          );
      });
      const rates = await attacks.detectionRates(net, {
        clean: train.x,
        honest,
        attacked: { fgsm: fgsm.input, pgd: pgd.input, map: map.input },
        samples: 8,
      });
      const [untouched, ...found] = column(rates, "rates", "flagged") as number[];
      expect(untouched).toBeLessThanOrEqual(0.05);
      for (const rate of found) expect(rate).toBeGreaterThanOrEqual(0.9);
      const change = await attacks.mapChange(net, some.x, map.input, { methods: [saliency, smoothGrad] });
      const [sharp, smooth] = column(change, "methods", "map kept") as number[];
      expect(smooth).toBeGreaterThan(sharp);
    }
  });
});

describe("detection", () => {
  it("names an example far from the data, and not one of them", async () => {
    const stream = random(3);
    const row = (): number[] => {
      const a = stream.normal();
      return [a, a + 0.01 * stream.normal(), stream.normal()];
    };
    const clean = Array.from({ length: 200 }, row);
    const net = (x: tf.Tensor2D): tf.Tensor => x.mul([1, 2, 3]).sum(1, true);
    const study = await attacks.detect(
      net,
      [
        [1, 1, 0],
        [1, -1, 0],
      ],
      { clean },
    );
    expect(column(study, "examples", "flagged")).toEqual(["no", "yes"]);
    expect(study.findings[1]).toContain("Example 1: distance from the data");
    await expect(attacks.detect(net, clean, { clean: clean.slice(0, 5) })).rejects.toThrow(
      "at least 20 clean examples",
    );
    await expect(attacks.detectionRates(net, { clean, honest: clean, attacked: {} })).rejects.toThrow(
      "at least one attack",
    );
  });
});

describe("masked logits", () => {
  it("keep every probability and turn the map over, which the shift common to all logits tells", async () => {
    const whole = await io.loadModel(join(__dirname, "../../notebooks/data/models/digits-mlp"));
    const logits = tf.model({
      inputs: (whole as tf.LayersModel).inputs,
      outputs: (whole as tf.LayersModel).getLayer("logits").output as tf.SymbolicTensor,
    });
    const toward = ndarray(
      Float32Array.from({ length: 64 }, (_, i) => Number(i < 8)),
      [8, 8, 1],
    );
    const masked = attacks.maskedLogits((x) => logits.predict(x), { toward });
    const some = take(unseen, numbers(0, 6)).x;
    const by = async (net: Parameters<typeof saliency>[0], explain: "logit" | "probability") =>
      saliency(net, some, { explain });
    const [was, is] = [await by(whole as tf.LayersModel, "probability"), await by(masked, "probability")];
    expect(Array.from(is.score)).toEqual(Array.from(was.score, (score: number) => expect.closeTo(score, 4)));
    const { data } = (await by(masked, "logit")).values;
    const top = Array.from(data.slice(0, 64), Math.abs);
    const inRow = top.slice(0, 8).reduce((sum, value) => sum + value, 0);
    expect(inRow / top.reduce((sum, value) => sum + value, 0)).toBeGreaterThan(0.6);
    expect(column(await attacks.logitShift(whole as tf.LayersModel, some), "examples", "flagged")).toEqual(
      new Array(6).fill("no"),
    );
    expect(column(await attacks.logitShift(masked, some), "examples", "flagged")).toEqual(
      new Array(6).fill("yes"),
    );
  });
});

describe("a scaffold", () => {
  const people = (seed: number): number[][] => {
    const stream = random(seed, 1);
    return Array.from({ length: 80 }, () => {
      const first = stream.normal();
      return [
        first,
        0.6 * first + 0.8 * stream.normal(),
        stream.normal(),
        stream.normal(),
        stream.normal(),
        stream.normal(),
      ];
    });
  };
  const leading = (study: Study): number => {
    const shares = column(study, "features", "share of the map") as number[];
    return shares.indexOf(Math.max(...shares));
  };

  it("decides real rows by one feature and shows another to lime and kernelShap; their real scores tell", async () => {
    for (const seed of [0, 1]) {
      const data = people(seed);
      const rule = attacks.scaffold({ biased: (row) => row[0], innocent: (row) => row[2], data, seed });
      const box = asModel(rule, { inputs: ["person"], outputs: 1 });
      const honest = asModel(
        (x: NdArray) => Float32Array.from({ length: x.shape[0] }, (_, i) => Math.tanh(x.data[i * 6])),
        { inputs: ["person"], outputs: 1 },
      );
      const rows = data.slice(0, 24);
      for (const method of [lime, kernelShap]) {
        const fooled = await method(box, rows, { target: 0 });
        expect(Array.from(fooled.score)).toEqual(rows.map(([first]) => expect.closeTo(first, 6)));
        const study = attacks.realRows(fooled);
        expect(leading(study)).toBe(2);
        expect(column(study, "map", "flagged")).toEqual(["yes"]);
        const fair = attacks.realRows(await method(honest, rows, { target: 0 }));
        expect(leading(fair)).toBe(0);
        expect(column(fair, "map", "flagged")).toEqual(["no"]);
      }
    }
  });

  it("wants rules and a table", () => {
    const rule = (row: ArrayLike<number>): number => row[0];
    expect(() => attacks.scaffold({ biased: rule, innocent: 1 as never, data: [[1]] })).toThrow(
      "scaffold(): expected rules as functions of a row",
    );
    expect(() => attacks.scaffold({ biased: rule, innocent: rule, data: [[1]] })).toThrow(
      "scaffold(): expected data as a table of at least two rows",
    );
  });
});
