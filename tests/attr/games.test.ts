import { describe, expect, it } from "vitest";
import {
  type AnyMethod,
  asModel,
  hsic,
  kernelShap,
  type NdArray,
  owen,
  shapleyValues,
  sobol,
} from "../../src";
import { normals, relativeDifference, smallCnn, smallMlp } from "../models";

/** Games whose values are known: unions of players, and dependence on random masks. */

/** A black box of one score per row of n features. */
const scoreOf = (n: number, score: (x: Float32Array) => number) =>
  asModel(
    ({ data, shape }: NdArray) =>
      Array.from({ length: shape[0]! }, (_, row) => [score(data.subarray(n * row, n * row + n))]),
    { outputs: 1 },
  );

/** All orders of 0 … n − 1. */
function orders(n: number): number[][] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

describe("owen", () => {
  const game = (x: Float32Array): number =>
    x[0]! * x[1]! * x[2]! + 2 * x[3]! * x[0]! - x[4]! * x[1]! + Math.abs(x[2]! - 1);
  const net = scoreOf(5, game);
  const x = [2, -1, 3, 0.5, 4];

  it("is the mean over the orders in which unions stay together", async () => {
    const unions = [[0, 1], [2], [3, 4]];
    const together = (order: readonly number[]): boolean =>
      unions.every((union) => {
        const places = union.map((player) => order.indexOf(player));
        return Math.max(...places) - Math.min(...places) === union.length - 1;
      });
    const allowed = orders(5).filter(together);
    expect(allowed.length).toBe(24);
    const exact = [0, 0, 0, 0, 0];
    for (const order of allowed) {
      const point = new Float32Array(5);
      for (const player of order) {
        const before = game(point);
        point[player] = x[player]!;
        exact[player]! += (game(point) - before) / allowed.length;
      }
    }
    const map = await owen(net, [x], { hierarchy: unions });
    expect(relativeDifference(map.values.data, exact)).toBeLessThan(1e-6);
    const sampled = await owen(net, [x], { hierarchy: unions, exact: 3, samples: 3000 });
    const error = sampled.parts[0]!.standardError!.data;
    exact.forEach((value, i) => {
      expect(Math.abs(sampled.values.data[i]! - value)).toBeLessThanOrEqual(4.5 * error[i]! + 1e-5);
    });
    expect(sampled.convergenceDelta[0]).toBeCloseTo(0, 4);
  });

  it("is Shapley's value where all are of one union, and a union's sum is its value as one player", async () => {
    const shapley = await shapleyValues(net, [x]);
    const flat = await owen(net, [x], { hierarchy: [0, 1, 2, 3, 4] });
    expect(relativeDifference(flat.values.data, shapley.values.data)).toBeLessThan(1e-6);
    const unions = await owen(net, [x], {
      hierarchy: [
        [0, 3],
        [1, 2, 4],
      ],
    });
    const players = await shapleyValues(net, [x], { groups: [[0, 1, 1, 0, 1]][0]! });
    for (const [first, second] of [
      [0, 3],
      [1, 2, 4],
    ].map((union, k) => [
      union.reduce((sum, i) => sum + unions.values.data[i]!, 0),
      players.values.data[k]! * union.length,
    ]))
      expect(first).toBeCloseTo(second!, 5);
  });

  it("halves an image, exactly where that is affordable", async () => {
    const model = smallCnn(3);
    const map = await owen(model, normals(3, [2, 4, 4, 2]), { groups: "position" });
    expect(map.passes.forward).toBeLessThan(2 * 400);
    expect(map.parts[0]!.standardError).toBeUndefined();
    for (const delta of map.convergenceDelta as readonly number[]) expect(delta).toBeCloseTo(0, 4);
    model.dispose();
  });

  it.each([
    [{ hierarchy: "thirds" }, /^owen\(\): expected hierarchy to be "halves" or nested lists/],
    [{ hierarchy: [[0, 1], []] }, /nested lists of numbers/],
    [{ hierarchy: [0, 1, 2, 3] }, /hierarchy to name all 5 features, got none of number 4/],
    [{ hierarchy: [0, 1, 2, 3, 4, 4] }, /each of 5 features once, got number 4/],
    [{ hierarchy: [0, 1, 2, 3, 4, 5] }, /each of 5 features once, got number 5/],
    [{ exact: 0 }, /exact/],
  ])("refuses %o", async (options, message) => {
    await expect(owen(net, [x], options as never)).rejects.toThrow(message);
  });
});

/** F = x₀ + 2 x₁ x₂ on four features of 1, against 0. */
const three = scoreOf(4, (x) => x[0]! + 2 * x[1]! * x[2]!);

describe("sobol", () => {
  it("finds the total indices of a score whose variance is known", async () => {
    // Of uniform m: Var m₀ = 1/12, Var 2 m₁ m₂ = 4 (1/9 − 1/16) = 7/36; without m₁ known is left E 4 m₂² Var m₁ = 1/9.
    const total = 1 / 12 + 7 / 36;
    const exact = [1 / 12 / total, 1 / 9 / total, 1 / 9 / total, 0];
    const map = await sobol(three, [[1, 1, 1, 1]], { samples: 4000 });
    const error = map.parts[0]!.standardError!.data;
    exact.forEach((value, i) => {
      expect(Math.abs(map.values.data[i]! - value)).toBeLessThanOrEqual(4.5 * error[i]! + 1e-6);
      expect(error[i]).toBeLessThan(0.02);
    });
    expect(map.values.data[3]).toBe(0);
    expect(map.passes.forward).toBe(4000 * 5 + 2);
  });

  it("is Jansen's estimator", async () => {
    // One mask pair more or less changes the mean of the same terms.
    const few = await sobol(three, [[1, 1, 1, 1]], { samples: 1 });
    expect([...few.values.data]).toEqual([0, 0, 0, 0]);
  });
});

describe("hsic", () => {
  it("finds what the score depends on, by more than a line, and nothing of what it does not", async () => {
    const map = await hsic(three, [[1, 1, 1, 1]]);
    const [a, b, c, none] = [...map.values.data] as [number, number, number, number];
    for (const value of [a, b, c]) expect(value).toBeGreaterThan(10 * none);
    expect(none).toBeLessThan(0.005);
    const scaled = await hsic(
      scoreOf(4, (x) => -1000 * (x[0]! + 2 * x[1]! * x[2]!)),
      [[1, 1, 1, 1]],
    );
    expect(relativeDifference(scaled.values.data, map.values.data)).toBeLessThan(1e-5);
  });

  it("is the trace of the centred kernels", async () => {
    // With every coalition of two features once the trace can be reckoned: F = 3 m₀.
    const lone = scoreOf(2, (x) => 3 * x[0]!);
    const map = await hsic(lone, [[1, 1]], { samples: 2000 });
    // Two values, σ = 3: L̃ = 2 (1 − e^(−1/2)) · m̃ m̃ᵀ up to centring; H = ½ (1 − e^(−1/2)) · 4 · (1/4)² · … = (1 − e^(−1/2)) / 4.
    expect(map.values.data[0]).toBeCloseTo((1 - Math.exp(-0.5)) / 4, 2);
    expect(map.values.data[1]).toBeLessThan(0.002);
  });
});

describe("error bars of statistics", () => {
  const model = smallMlp(8, 10, "tanh");
  const x = normals(8, [10]);
  it.each([
    ["sobol", { method: sobol as AnyMethod, few: 100, many: 1500 }],
    ["kernelShap", { method: kernelShap as AnyMethod, few: 200, many: 1024 }],
  ] as const)(
    "of %s cover the value of many samples in at least 90 % of seeds",
    async (_, { method, few, many }) => {
      const far = await method(model, x, { target: 0, samples: many, seed: 999 });
      const seeds = Number(process.env.GRADLENS_SEEDS ?? 20);
      let covered = 0;
      for (let seed = 0; seed < seeds; seed++) {
        const map = await method(model, x, { target: 0, samples: few, seed, engine: "eager" });
        const error = map.parts[0]!.standardError!.data;
        covered += map.values.data.filter(
          (v, i) => Math.abs(v - far.values.data[i]!) <= 2 * error[i]! + 1e-6,
        ).length;
      }
      expect(covered / (10 * seeds)).toBeGreaterThanOrEqual(0.9);
    },
  );

  it.each([
    ["sobol", sobol.with({ samples: 4000 }), 0.1],
    ["hsic", hsic.with({ samples: 1500 }), 0.3],
  ] as const)("stop %s once they are small", async (_, method, limit) => {
    const map = await method(model, x, { target: 0, until: { standardError: limit } });
    expect(map.warnings.join()).not.toMatch(/standard error/);
    const [error, value] = [map.parts[0]!.standardError!, map.values].map(({ data }) =>
      Math.max(...data.map(Math.abs)),
    ) as [number, number];
    expect(error).toBeLessThanOrEqual(limit * value * (1 + 1e-6));
    expect(map.passes.forward).toBeLessThan(
      method.meta.passes({ ...map.options, samples: 4000, cells: 8 } as never, 6),
    );
  });
});
