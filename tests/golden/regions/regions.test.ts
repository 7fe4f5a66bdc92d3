/** Segments, rankings of regions and local models, beside those of scikit-image, PAIR saliency and lime (regions.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { felzenszwalb, type NdArray, ndarray, slic } from "../../../src";
import { LocalRegression } from "../../../src/attribution/local-fit";
import { rankedRegions } from "../../../src/attribution/ranked-regions";
import { regionsOf } from "../../../src/attribution/segmentation";
import { fill } from "../../engine/audit/inputs";
import { relativeDifference } from "../../models";

interface LocalModel {
  readonly intercept: number;
  readonly effects: number[];
  readonly r2: number;
  readonly local: number;
}
const golden: {
  segments: Record<string, number[]>;
  rankings: Record<"full" | "part" | "fast", number[]>;
  localModels: Record<string, LocalModel>;
} = JSON.parse(readFileSync(join(__dirname, "regions.json"), "utf8"));

/** Four patches of a colour each, and noise: as regions.py makes it. */
function picture(name: string, shape: readonly [number, number, number]): NdArray {
  const [height, width, channels] = shape;
  const patches = fill(`${name}:patch`, [2, 2, channels], 0, 1);
  const noise = fill(`${name}:noise`, [...shape], -0.15, 0.15);
  const data = Array.from(noise, (value, i) => {
    const [row, column] = [Math.floor(i / (width * channels)), Math.floor(i / channels) % width];
    const patch = Math.floor(row / (height / 2)) * 2 + Math.floor(column / (width / 2));
    return Math.fround(value + patches[patch * channels + (i % channels)]!);
  });
  return ndarray(data, shape);
}

/** The share of pairs of positions that two labellings put together, or apart, alike. */
function agreement(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let same = 0;
  for (let i = 0; i < a.length; i++)
    for (let j = 0; j < i; j++) same += Number((a[i] === a[j]) === (b[i] === b[j]));
  return same / ((a.length * (a.length - 1)) / 2);
}

const PICTURES = {
  grey: picture("grey", [16, 20, 1]),
  colour: picture("colour", [18, 18, 3]),
  two: picture("two", [12, 10, 2]),
};

describe("slic is scikit-image's", () => {
  it.each([
    ["grey", { segments: 12, compactness: 0.3 }],
    ["colour", { segments: 9, compactness: 60 }],
    ["two", { segments: 20, compactness: 1 }],
  ] as const)("%s", (name, options) => {
    const found = slic(PICTURES[name], options);
    expect(agreement(found.data, golden.segments[`slic ${name}`]!)).toBe(1);
  });
  it("of a volume", () => {
    const volume = ndarray(fill("volume", [6, 8, 10, 2], 0, 1), [6, 8, 10, 2]);
    const found = slic(volume, { segments: 10, compactness: 2 });
    expect(found.shape).toEqual([6, 8, 10, 1]);
    expect(agreement(found.data, golden.segments["slic volume"]!)).toBe(1);
  });
});

describe("felzenszwalb is scikit-image's", () => {
  it.each([
    ["grey", { scale: 50, sigma: 0.8, smallest: 6 }],
    ["colour", { scale: 100, sigma: 0.5, smallest: 10 }],
    ["two", { scale: 200, sigma: 1.2, smallest: 3 }],
  ] as const)("%s", (name, options) => {
    const found = felzenszwalb(PICTURES[name], options);
    expect(agreement(found.data, golden.segments[`felzenszwalb ${name}`]!)).toBe(1);
  });
});

describe("the ranking of regions is PAIR's", () => {
  const attribution = Float64Array.from(fill("xrai:attribution", [10, 12]));
  const regions = [0, 1, 2].flatMap((k) =>
    regionsOf(Array.from(fill(`xrai:labels${k}`, [10, 12], 0, 4 + 3 * k), Math.floor)),
  );
  it.each([
    ["full", { algorithm: "full", area: 1, smallest: 5 }],
    ["part", { algorithm: "full", area: 0.5, smallest: 1 }],
    ["fast", { algorithm: "fast", area: 1, smallest: 3 }],
  ] as const)("%s", (name, options) => {
    const values = rankedRegions(attribution, regions, options);
    expect(relativeDifference(values, golden.rankings[name])).toBeLessThan(1e-12);
  });
});

describe("the local model is lime's", () => {
  it.each([
    ["few", 40, 6, 0.25],
    ["many", 120, 25, 0.5],
  ] as const)("%s", (name, samples, features, width) => {
    const masks = fill(`lime:${name}`, [samples, features]);
    const scores = fill(`lime:${name}:scores`, [samples, 1]);
    const regression = new LocalRegression(features, 1);
    let total = 0;
    for (let k = 0; k < samples; k++) {
      const T = Int32Array.from({ length: features }, (_, i) => i).filter(
        (i) => k === 0 || masks[k * features + i]! > 0,
      );
      const weight = Math.exp(-((1 - Math.sqrt(T.length / features)) ** 2) / (2 * width ** 2));
      regression.add(T, [scores[k]!], weight);
      total += weight;
    }
    // Its penalty is 1, whatever the weights.
    const fit = regression.fit(1 / total);
    const { effects, intercept, r2, local } = golden.localModels[name]!;
    expect(relativeDifference(fit.values, effects)).toBeLessThan(1e-9);
    const here = fit.values.reduce((sum, value) => sum + value, fit.intercepts[0]!);
    expect(relativeDifference([fit.intercepts[0]!, fit.r2[0]!, here], [intercept, r2, local])).toBeLessThan(1e-9);
  });
});
