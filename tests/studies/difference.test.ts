import type * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  difference,
  inputXGradient,
  ndarray,
  type Study,
  saliency,
  summary,
} from "../../src";
import { normals, smallCnn } from "../models";

/** Groups and drift: nothing is found where there is nothing, and what was planted is; summaries of a data set. */

const column = (study: Study, table: string, name: string): readonly unknown[] =>
  study.table(table).columns.find((one) => one.name === name)!.values;

/** Maps whose numbers are the examples themselves. */
const same = asModel((x: tf.Tensor2D) => x.sum(1, true), { features: [..."abcdefgh"] });
const maps = (seed: number, examples: number, shift = 0): Promise<Attribution> => {
  const { data, shape } = normals(seed, [examples, 8]);
  // The first two move together, the third is what differs.
  const moved = data.map((value, i) => (i % 8 === 1 ? data[i - 1] : i % 8 === 2 ? value + shift : value));
  return inputXGradient(same, ndarray(moved, shape), { target: 0, engine: "eager" });
};

describe("difference", () => {
  it("finds something in at most one of twenty data sets without any difference, of 200", async () => {
    let [found, entries] = [0, 0];
    for (let run = 0; run < 200; run++) {
      const study = difference(await maps(2 * run + 1, 12), await maps(2 * run + 2, 12), {
        resamples: 199,
        seed: run,
      });
      const findings = column(study, "test", "findings")[0] as number;
      found += Number(findings > 0);
      entries += findings;
    }
    expect(found).toBeLessThanOrEqual(10);
    expect(entries / (200 * 8)).toBeLessThanOrEqual(0.05);
  });

  it("finds a planted bias of one standard deviation, and that alone, as often as it says", async () => {
    let [found, others] = [0, 0];
    const reach: number[] = [];
    for (let run = 0; run < 40; run++) {
      const study = difference(await maps(1000 + 2 * run, 40), await maps(1001 + 2 * run, 40, 1), {
        resamples: 199,
        seed: run,
      });
      const below = (column(study, "entries", "chance") as number[]).map((chance) => chance <= 0.05);
      found += Number(below[2]);
      others += below.filter((yes, entry) => yes && entry !== 2).length;
      reach.push((column(study, "entries", "would be found") as number[])[2]);
    }
    // Four in five would be found at 0.79: a whole standard deviation in 19 of 20.
    expect(reach.reduce((a, b) => a + b, 0) / 40).toBeCloseTo(0.79, 1);
    expect(found).toBeGreaterThanOrEqual(36);
    expect(others).toBeLessThanOrEqual(4);
  });

  it("gives means, differences and intervals that one can reckon", async () => {
    const [a, b] = [await maps(5, 30), await maps(6, 30, 3)];
    const study = difference(a, b, { labels: ["old", "new"] });
    const meanOf = (map: Attribution, entry: number): number =>
      Array.from({ length: 30 }, (_, row) => map.values.data[row * 8 + entry]).reduce((x, y) => x + y, 0) /
      30;
    const third = (name: string): number => (column(study, "entries", name) as number[])[2];
    expect(third("mean of new")).toBeCloseTo(meanOf(b, 2), 5);
    expect(third("difference")).toBeCloseTo(meanOf(b, 2) - meanOf(a, 2), 5);
    expect(third("from")).toBeLessThan(third("difference"));
    expect(third("to")).toBeGreaterThan(third("difference"));
    expect(third("from")).toBeGreaterThan(1.5);
    expect(study.findings[0]).toMatch(/^c: new is above old by/);
    expect(difference(a, b, { labels: ["old", "new"] }).toJSON()).toEqual(study.toJSON());
  });

  it("pairs two versions of a model, which shows what the examples' own spread would hide", async () => {
    const x = normals(3, [20, 4], 5);
    const version = (weights: number[]) =>
      saliency((input: tf.Tensor2D) => input.square().mul(weights).sum(1, true), x, { target: 0 });
    const [one, two] = [await version([1, 1, 1, 1]), await version([1, 1, 1, 1.1])];
    const options = { compare: "magnitudes" as const };
    expect(column(difference(one, two, options), "test", "findings")).toEqual([0]);
    const paired = difference(one, two, { ...options, paired: true });
    expect(column(paired, "test", "findings")).toEqual([1]);
    expect(paired.findings[0]).toContain("[3]: B is above A");
    // What is the same in both does not differ.
    expect((column(paired, "entries", "chance") as number[]).slice(0, 3)).toEqual([1, 1, 1]);
  });

  it("corrects by Holm and by Benjamini and Hochberg as one reckons, from the same chances", async () => {
    const [a, b] = [await maps(11, 15), await maps(12, 15, 0.8)];
    const chances = (correction: "none" | "holm" | "benjamini-hochberg"): number[] =>
      column(difference(a, b, { correction }), "entries", "chance") as number[];
    const raw = chances("none");
    const sorted = [...raw].sort((x, y) => x - y);
    const holm = raw.map((p) =>
      Math.max(...sorted.slice(0, sorted.lastIndexOf(p) + 1).map((q, k) => Math.min(1, (8 - k) * q))),
    );
    expect(chances("holm")).toEqual(holm.map((p) => expect.closeTo(p, 10)));
    const hochberg = raw.map((p) => Math.min(1, ...sorted.map((q, k) => (q >= p ? (8 / (k + 1)) * q : 1))));
    expect(chances("benjamini-hochberg")).toEqual(hochberg.map((p) => expect.closeTo(p, 10)));
  });

  it("takes lists of maps, and refuses what does not compare", async () => {
    const [a, b] = [await maps(1, 4), await maps(2, 4)];
    const study = difference([a, b], [b]);
    expect(column(study, "test", "examples of A")).toEqual([8]);
    const cnn = smallCnn(1);
    const other = await saliency(cnn, normals(1, [2, 4, 4, 2]));
    expect(() => difference(a, other)).toThrow("difference(): expected maps of 8 entries");
    expect(() => difference(a, noMap)).toThrow("maps of B to be an attribution");
    expect(() => difference([a], b, { paired: true, level: 0 })).toThrow("level");
    expect(() => difference([a, a], b, { paired: true })).toThrow("paired with those of A");
    cnn.dispose();
  });
  const noMap = {} as never;
});

describe("summary", () => {
  it("tells mean, spread and direction of each feature, class by class", async () => {
    // Class 0 is 2 a − b, class 1 is c: the larger is explained.
    const net = asModel(
      (x: tf.Tensor2D) =>
        x.matMul([
          [2, 0],
          [-1, 0],
          [0, 1],
        ] as never),
      { features: ["a", "b", "c"], classes: ["left", "right"] },
    );
    const x = [
      [3, 1, 0],
      [1, 1, 0],
      [0, 1, 4],
      [0, 2, 2],
    ];
    const map = await inputXGradient(net, x);
    const study = summary(map);
    expect(column(study, "features", "target")).toEqual(
      [..."lll", ..."rrr"].map((c) => (c === "l" ? "left" : "right")),
    );
    expect(column(study, "features", "feature").slice(0, 4)).toEqual(["a", "b", "c", "c"]);
    expect(column(study, "features", "mean").slice(0, 4)).toEqual([4, -1, 0, 3]);
    expect((column(study, "features", "spread") as number[])[0]).toBeCloseTo(Math.sqrt(8), 5);
    expect((column(study, "features", "with its value") as number[])[0]).toBeCloseTo(1, 5);
    expect(study.findings[1]).toBe(
      "right: over 2 examples c counts most (mean magnitude 3.00), then a (0.00).",
    );
    // A swarm for each class, coloured by value, in either renderer.
    const text = JSON.stringify(study.figure().toJSON());
    expect(text).toContain("value of the feature, from its lowest to its highest");
    expect(text).toContain("left");
    expect(study.figure({ renderer: "plotly" }).toJSON()).toBeTypeOf("object");
    const parts = await Promise.all(x.map((row) => inputXGradient(net, [row])));
    expect(summary(parts).toJSON()).toEqual(study.toJSON());
  });

  it("says nothing of pixels in a swarm, but in the table", async () => {
    const cnn = smallCnn(2);
    const study = summary(await saliency(cnn, normals(1, [3, 4, 4, 2])));
    expect(column(study, "features", "feature").length % 32).toBe(0);
    expect(study.figure().toJSON()).toBeTypeOf("object");
    expect(() => summary([])).toThrow("at least one map");
    cnn.dispose();
  });
});
