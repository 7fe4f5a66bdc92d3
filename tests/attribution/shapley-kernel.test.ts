import { describe, expect, it } from "vitest";
import { planCoalitions, type ShapleyFit, ShapleyRegression } from "../../src/attribution/shapley-kernel";
import { random } from "../../src/author";

/** Games whose Shapley values are known: a table of random scores, solved by all orders. */
function game(n: number, seed: number): Float64Array {
  const stream = random(seed);
  return Float64Array.from({ length: 2 ** n }, () => stream.normal());
}

/** φ by the sum over coalitions. */
function shapley(v: Float64Array, n: number): number[] {
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
  const size = (S: number): number => S.toString(2).replaceAll("0", "").length;
  return Array.from({ length: n }, (_, i) => {
    let value = 0;
    for (let S = 0; S < 2 ** n; S++) {
      if ((S >> i) & 1) continue;
      const weight = (factorial(size(S)) * factorial(n - size(S) - 1)) / factorial(n);
      value += weight * (v[S | (1 << i)]! - v[S]!);
    }
    return value;
  });
}

const numberOf = (members: ArrayLike<number>): number =>
  Array.from(members).reduce((S, member, i) => S | (member << i), 0);

function fitted(v: Float64Array, n: number, samples: number, seed = 0): ShapleyFit {
  const plan = planCoalitions(n, samples);
  const all = 2 ** n - 1;
  const regression = new ShapleyRegression(n, [v[0]!], [v[all]!], plan.drawnWeight);
  const score = (members: Uint8Array) => {
    const S = numberOf(members);
    return { members: Float64Array.of(v[S]!), others: Float64Array.of(v[all - S]!) };
  };
  for (const pair of plan.enumerated) regression.add(pair, score(pair.members));
  for (let k = 0; k < plan.draws; k++) {
    const members = plan.draw(random(seed, k));
    regression.add({ members, weight: 0, drawn: true }, score(members));
  }
  return regression.fit() as ShapleyFit;
}

describe("a fit to all coalitions", () => {
  it.each([2, 3, 4, 5, 8, 11])("is the Shapley value of a game of %i players", (n) => {
    for (const seed of [1, 2, 3]) {
      const v = game(n, seed);
      const { values, standardErrors } = fitted(v, n, 2 ** n);
      const exact = shapley(v, n);
      for (const [i, value] of exact.entries())
        expect(Math.abs(values[i]! - value)).toBeLessThanOrEqual(1e-9);
      expect(Math.max(...standardErrors)).toBe(0);
    }
  });

  it("asks for each coalition once", () => {
    for (const n of [2, 3, 4, 7, 8]) {
      const { enumerated, draws } = planCoalitions(n, 2 ** n);
      const seen = enumerated.flatMap(({ members }) => [numberOf(members), 2 ** n - 1 - numberOf(members)]);
      expect([new Set(seen).size, seen.length, draws]).toEqual([2 ** n - 2, 2 ** n - 2, 0]);
    }
  });
});

describe("a fit to some coalitions", () => {
  it("has weights that sum to 1, and draws what it cannot enumerate", () => {
    for (const [n, samples] of [
      [10, 300],
      [12, 200],
      [30, 500],
      [784, 2000],
    ] as const) {
      const { enumerated, draws, drawnWeight } = planCoalitions(n, samples);
      const fixed = enumerated.reduce((sum, { weight }) => sum + 2 * weight, 0);
      expect(fixed + drawnWeight).toBeCloseTo(1, 12);
      expect(2 * enumerated.length + 2 * draws).toBeLessThanOrEqual(samples);
      expect(draws).toBeGreaterThan(0);
    }
  });

  it("is complete, and its error bars cover the exact values in at least 90 % of 200 seeds", () => {
    const n = 10;
    const v = game(n, 7);
    const exact = shapley(v, n);
    let covered = 0;
    for (let seed = 0; seed < 200; seed++) {
      const { values, standardErrors } = fitted(v, n, 400, seed);
      expect(values.reduce((a, b) => a + b, 0)).toBeCloseTo(v[2 ** n - 1]! - v[0]!, 9);
      covered +=
        exact.filter((value, i) => Math.abs(values[i]! - value) <= 1.96 * standardErrors[i]!).length / n;
    }
    expect(covered / 200).toBeGreaterThanOrEqual(0.9);
    expect(covered / 200).toBeLessThan(0.995);
  });

  it("is refused where the coalitions do not determine it", () => {
    const v = game(6, 1);
    expect(fitted(v, 6, 2)).toBeUndefined();
  });
});
