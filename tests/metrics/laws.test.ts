import type * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  defineMetric,
  featureAblation,
  integratedGradients,
  saliency,
  takeRows,
} from "../../src";
import { normals, smallCnn } from "../models";
import { optionsFor, registry } from "./registry";

/** What every metric of the registry keeps, whatever it measures. */

let cnn: tf.LayersModel;
let batch: Attribution;
/** Three examples, the first of them twice: what compares examples has something to say. */
const x = takeRows(normals(21, [3, 4, 4, 2]), [0, 1, 2, 0]);
beforeAll(async () => {
  cnn = smallCnn(21);
  batch = await integratedGradients(cnn, x);
});
afterAll(() => cnn.dispose());

it("finds the metrics in the registry", () => {
  expect(registry.map(([name]) => name)).toEqual(
    expect.arrayContaining(["completeness", "passes", "signalToNoise", "sparseness"]),
  );
  for (const [name, metric] of registry) expect(metric.meta.name).toBe(name);
});

describe.each(registry)("%s", (name, given) => {
  const metric = given.with(optionsFor(given));

  it("says in words what it shows and what it cannot", () => {
    expect(metric.meta.shows).toMatch(/^[A-Z0-9].*\.$/);
    expect(metric.meta.cannotShow).toMatch(/^[A-Z0-9].*\.$/);
    expect(metric.meta.range[0]).toBeLessThan(metric.meta.range[1]);
  });

  it("gives one value per example, within its range, and the same again", async () => {
    const result = await metric(cnn, batch);
    const [low, high] = metric.meta.range;
    expect(result.values).toHaveLength(4);
    for (const value of result.values) {
      if (value === undefined) continue;
      expect(value).toBeGreaterThanOrEqual(low);
      expect(value).toBeLessThanOrEqual(high);
    }
    expect(result.values.some((value) => value !== undefined)).toBe(true);
    expect((await metric(cnn, batch)).values).toEqual(result.values);
    expect(Object.isFrozen(result)).toBe(true);
  });

  it("measures a batch as it measures each example, in any order", async () => {
    const whole = (await metric(cnn, batch)).values;
    const turned = (await metric(cnn, await integratedGradients(cnn, takeRows(x, [2, 0, 3, 1])))).values;
    [2, 0, 3, 1].forEach((row, place) => {
      if (whole[row] === undefined) expect(turned[place]).toBeUndefined();
      else expect(turned[place]).toBeCloseTo(whole[row], 4);
    });
  });

  it("is a line of text, and plain JSON", async () => {
    const result = await metric(asModel(cnn), batch);
    expect(String(result)).toMatch(new RegExp(`^${name} of integratedGradients · .* better$`));
    expect(JSON.parse(JSON.stringify(result))).toMatchObject({ metric: name, method: "integratedGradients" });
  });

  it("refuses what is no attribution, and unknown options", async () => {
    await expect(metric(cnn, {} as never)).rejects.toThrow(`${name}(): expected an attribution as map`);
    await expect(metric(cnn, batch, { colour: 1 } as never)).rejects.toThrow(`${name}()`);
  });
});

describe("known answers", () => {
  const rows: [string, number[], number, number | undefined][] = [
    ["one of four is all there is", [0, 0, -2, 0], 4, 0.75],
    ["all are as large", [1, -1, 1, -1], 1, 0],
    ["one to four", [1, 2, 3, 4], 1.6, 0.25],
    ["zeros", [0, 0, 0, 0], 0, undefined],
  ];
  it.each(rows)("%s", async (_, values, snr, gini) => {
    const at = (x: tf.Tensor2D): tf.Tensor => x.mul(values).sum(1);
    const map = await saliency(at, [[1, 1, 1, 1]]);
    const by = new Map(registry);
    expect((await by.get("signalToNoise")!(at, map)).values[0]).toBeCloseTo(snr, 6);
    const sparseness = (await by.get("sparseness")!(at, map)).values[0];
    if (gini === undefined) expect(sparseness).toBeUndefined();
    else expect(sparseness).toBeCloseTo(gini, 6);
    expect((await by.get("passes")!(at, map)).values).toEqual([1]);
    const scored = await featureAblation(at, [[1, 2, 3, 4]], { target: 0 });
    expect((await by.get("passes")!(at, scored)).values).toEqual([scored.passes.forward]);
    const total = values.reduce((a, b) => a + b, 0);
    const against = await by.get("completeness")!(at, map, { baselineScore: [0.5] });
    expect(against.values[0]).toBeCloseTo(total - (total - 0.5), 6);
    expect((await by.get("completeness")!(at, map)).values).toEqual([undefined]);
  });

  it("completeness is the record's convergence delta", async () => {
    const result = await new Map(registry).get("completeness")!(cnn, batch);
    result.values.forEach((value, row) => {
      expect(value).toBeCloseTo(batch.convergenceDelta![row]!, 6);
    });
  });
});

describe("defineMetric", () => {
  const said = { name: "spread", direction: "none", range: [0, 9], shows: "A.", cannotShow: "B." } as const;

  it("makes a metric of a user's own, with options and a curve", async () => {
    const spread = defineMetric<{ power: number }>(
      { ...said, options: { power: { default: 1, check: (_, value) => value as number } } },
      ({ entries, examples, options }) => ({
        values: Array.from(
          { length: examples },
          (_, i) => Math.max(...entries(i).map(Math.abs)) ** options.power,
        ),
        curve: { at: [0, 1], values: Array.from({ length: examples }, () => [0, 1]) },
      }),
    );
    const result = await spread.with({ power: 2 })(cnn, batch);
    expect(result.options).toEqual({ power: 2 });
    expect(result.curve?.at).toEqual([0, 1]);
    expect(Math.sqrt(result.values[0]!)).toBeCloseTo((await spread(cnn, batch)).values[0]!, 6);
  });

  it.each([
    ["no name", { ...said, name: "" }, /meta with name/],
    ["nothing that it cannot show", { ...said, cannotShow: undefined }, /meta with cannotShow/],
    ["an unknown direction", { ...said, direction: "up" }, /direction/],
    ["a range upside down", { ...said, range: [1, 0] }, /range to be \[smallest, largest\]/],
    ["an unknown key", { ...said, unit: "m" }, /unit/],
  ])("refuses %s", (_, meta, message) => {
    expect(() => defineMetric(meta as never, () => [])).toThrow(message);
  });

  it("refuses an answer for fewer examples", async () => {
    const short = defineMetric(said, () => [1]);
    await expect(short(cnn, batch)).rejects.toThrow(
      "spread(): expected its equation to return one value per example (4)",
    );
  });
});

it("exports every file that makes a metric", async () => {
  const { readdirSync } = await import("node:fs");
  const files = readdirSync("src/metrics")
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replace(/\.ts$/, ""));
  const makers = files.filter((file) => !["index", "metric", "define-metric"].includes(file));
  const exported = registry.map(([name]) => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`));
  expect(exported.sort()).toEqual(makers.sort());
});
