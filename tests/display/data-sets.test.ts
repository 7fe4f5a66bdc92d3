/** Figures of a data set: what stands where, and what few points say of many. */
import { describe, expect, it } from "vitest";
import {
  type BarPanel,
  beeswarm,
  dependence,
  examplesMap,
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
