/** Figures of a data set: what stands where, and what few points say of many. */
import { describe, expect, it } from "vitest";
import {
  type BarPanel,
  beeswarm,
  dependence,
  embedding,
  examplesMap,
  groupDifference,
  type MapView,
  type MatrixPanel,
  meanBars,
  type PointPanel,
} from "../../src/display";
import { table } from "./views";

/** `count` examples of three features: a acts by its value, b against it in half the examples, c never. */
function data(count: number): MapView {
  const view = table(["a", "b", "c"], count);
  const [part] = view.parts;
  const at = (of: (example: number, feature: number) => number) =>
    Float32Array.from({ length: 3 * count }, (_, i) => of(Math.floor(i / 3), i % 3));
  const value = (example: number) => (example % 100) / 100;
  const shape = [count, 3];
  return {
    ...view,
    score: Array.from({ length: count }, (_, example) => value(example)),
    parts: [
      {
        ...part!,
        values: { shape, data: at((e, f) => [value(e) - 0.5, e % 2 === 0 ? -0.2 * value(e) : 0, 0][f]!) },
        input: { shape, data: at(value) },
      },
    ],
  };
}

const first = <Panel>(figure: { description: { rows: unknown[][] } }): Panel =>
  figure.description.rows[0]![0] as Panel;

describe("beeswarm", () => {
  it("has a row per feature, the largest mean magnitude on top, a point per example, coloured by value", () => {
    const panel = first<PointPanel>(beeswarm(data(100)));
    expect(panel.rowNames).toEqual(["a", "b", "c"]);
    expect(panel.x).toHaveLength(300);
    for (const [i, y] of panel.y.entries()) {
      expect(Math.abs(Math.round(y))).toBe(Math.floor(i / 100));
      // Of a the attribution rises with the value, whose colour runs from 0 to 1.
      if (i < 100) expect(panel.values[i]).toBeCloseTo((panel.x[i]! + 0.5) / 0.99, 4);
    }
  });

  it("draws few points of many, says so, and keeps a spike of one example where it is", () => {
    const view = data(10_000);
    view.parts[0]!.values.data[3 * 1234 + 1] = 7;
    const figure = beeswarm(view);
    const panel = first<PointPanel>(figure);
    expect(panel.x.length).toBeLessThan(500);
    expect(Math.max(...panel.x)).toBe(7);
    const counts = panel.hover.find(({ label }) => label === "examples")!.values;
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(30_000);
    expect(figure.description.notes.join()).toMatch(/Each point is the mean of up to 64 examples/);
    expect(JSON.stringify(figure.toVegaLite()).length).toBeLessThan(100_000);
  });

  it("takes maps of single examples as the batch that they are, and no mixture", () => {
    const all = data(4);
    const single = (e: number): MapView => {
      const part = all.parts[0]!;
      const row = (array: { data: ArrayLike<number> }) => ({
        shape: [1, 3],
        data: Float32Array.from(Array.from(array.data).slice(3 * e, 3 * e + 3)),
      });
      return {
        ...all,
        score: [all.score[e]!],
        target: [all.target[e]!],
        parts: [{ ...part, values: row(part.values), input: row(part.input!) }],
      };
    };
    const maps = [0, 1, 2, 3].map(single);
    expect(beeswarm(maps).toJSON()).toEqual(beeswarm(all).toJSON());
    expect(() => beeswarm([maps[0]!, table(["a", "b"])])).toThrow(
      "beeswarm(): expected maps of one method and shape, integratedGradients of x [3], got integratedGradients of x [2]",
    );
    expect(() => beeswarm([])).toThrow("beeswarm(): expected at least one map, got none");
  });
});

describe("meanBars, dependence and examplesMap", () => {
  it("sum up magnitudes", () => {
    const panel = first<BarPanel>(meanBars(data(100)));
    expect(panel.labels).toEqual(["a", "b", "c"]);
    expect(panel.values).toEqual([expect.closeTo(0.25, 5), expect.closeTo(0.049, 5), 0]);
  });

  it("show one feature's attribution by its value, and name the nearest for another", () => {
    const panel = first<PointPanel>(dependence(data(100), { feature: "b" }));
    expect(panel.x).toHaveLength(100);
    for (const [i, y] of panel.y.entries())
      expect([0, -0.2 * panel.x[i]!].some((v) => Math.abs(v - y) < 1e-6)).toBe(true);
    expect(first<PointPanel>(dependence(data(100))).title).toBe("a");
    expect(() => dependence(data(4), { feature: "bb" })).toThrow(
      'dependence(): expected a feature of the map (nearest: "b"',
    );
  });

  it("order examples by score", () => {
    const panel = first<MatrixPanel>(examplesMap(data(50)));
    expect(panel.columns).toBe(50);
    expect(panel.values.slice(0, 50)).toEqual([...panel.values.slice(0, 50)].sort((a, b) => a - b));
    const many = examplesMap(data(10_000));
    expect(first<MatrixPanel>(many).columns).toBeLessThanOrEqual(142);
    expect(many.description.notes.join()).toMatch(/Each column is the mean of up to \d+ examples/);
  });
});

describe("groupDifference", () => {
  it("holds the mean of one group against that of the others, with two standard errors", () => {
    const view = data(100);
    const groups = view.score.map((_, e) => (e % 2 === 0 ? "even" : "odd"));
    const panel = first<BarPanel>(groupDifference(view, { groups, group: "even" }));
    // Of b the even examples have −0.2 × (0, 0.02, …, 0.98), the odd ones nothing; a differs by one step.
    const even = Array.from({ length: 50 }, (_, k) => -0.2 * 0.02 * k);
    const mean = even.reduce((sum, value) => sum + value, 0) / 50;
    const variance = even.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 49;
    expect(panel.labels).toEqual(["b", "a", "c"]);
    expect(panel.values).toEqual([expect.closeTo(mean, 6), expect.closeTo(-0.01, 6), 0]);
    expect(panel.errors![0]).toBeCloseTo(2 * Math.sqrt(variance / 50), 6);
    expect(panel.errors![2]).toBe(0);
    const other = first<BarPanel>(groupDifference(view, { groups, group: "odd" }));
    for (const [i, value] of panel.values.entries()) expect(other.values[i]).toBeCloseTo(-value, 6);
  });

  it("takes the half of larger scores where nothing else is said, and refuses what is no group", () => {
    const figure = groupDifference(data(100));
    expect(figure.description.notes[0]).toBe(
      "Mean of probability of 0.5 and more (50 examples) less that of probability below 0.5 (50).",
    );
    expect(first<BarPanel>(figure).values[0]).toBeCloseTo(0.5, 6);
    const groups = ["one", "two", "one", "two"];
    expect(() => groupDifference(data(4), { groups, group: "tow" })).toThrow(
      'groupDifference(): expected a group of the map (nearest: "two"',
    );
    expect(() => groupDifference(data(4), { groups: ["x", "x", "x", "x"] })).toThrow(
      "groupDifference(): expected examples of two groups or more (option groups), got 1",
    );
  });
});

describe("embedding", () => {
  it("lays examples along the two directions in which their attributions differ most", () => {
    const view = data(100);
    const figure = embedding(view);
    const panel = first<PointPanel>(figure);
    // Three features of which one is always zero lie in a plane: distances there are those of the rows.
    const { data: values } = view.parts[0]!.values;
    const row = (e: number) => [0, 1, 2].map((f) => values[3 * e + f]!);
    const distance = (a: number[], b: number[]) => Math.hypot(...a.map((value, i) => value - b[i]!));
    for (const [e, other] of [
      [0, 99],
      [10, 11],
      [98, 99],
    ] as const)
      expect(distance([panel.x[e]!, panel.y[e]!], [panel.x[other]!, panel.y[other]!])).toBeCloseTo(
        distance(row(e), row(other)),
        5,
      );
    expect(figure.description.notes[0]).toBe("The plane holds 100 % of the variance of the attributions.");
    const spread = (axis: readonly number[]) => axis.reduce((sum, value) => sum + value ** 2, 0);
    expect(spread(panel.x)).toBeGreaterThan(spread(panel.y));
    expect(panel.x.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6);
    expect(panel.xLabel).toMatch(/^first component \(\d[\d.]* %\), mostly a, b$/);
    expect(panel.values).toEqual(view.score);
    const [strongest, its] = panel.hover.slice(2);
    // At 0.6 and more a has more than b's 0.2 of the value; in the middle b does.
    expect([0, 50, 99].map((e) => strongest!.names![strongest!.values[e]!])).toEqual(["a", "b", "a"]);
    expect(its!.values[99]).toBeCloseTo(0.49, 6);
  });

  it("colours by a feature's attribution when asked, and says what it leaves out", () => {
    const view = data(3000);
    view.parts[0]!.values.data[0] = Number.NaN;
    const figure = embedding(view, { feature: "b" });
    const panel = first<PointPanel>(figure);
    expect(panel.x).toHaveLength(1000);
    for (const value of panel.values) expect(value).toBeLessThanOrEqual(0);
    expect(figure.description.notes).toEqual([
      expect.stringMatching(/^The plane holds /),
      "1000 of 2999 examples: option points shows more.",
      "Left out, since an attribution is not finite: 1 of 3000 examples.",
    ]);
    expect(() => embedding(data(4), { feature: "bb" })).toThrow(
      'embedding(): expected a feature of the map (nearest: "b"',
    );
  });
});
