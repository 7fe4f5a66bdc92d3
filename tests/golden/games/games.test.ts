/** Owen values of a small game, beside those of SHAP's partition explainer (games.py). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { asModel, type NdArray, type NestedFeatures, owen } from "../../../src";
import { relativeDifference } from "../../models";

const golden: Record<string, number[]> = JSON.parse(readFileSync(join(__dirname, "games.json"), "utf8"));

const game = asModel(
  ({ data, shape }: NdArray) =>
    Array.from({ length: shape[0]! }, (_, row) => {
      const x = data.subarray(6 * row, 6 * row + 6);
      const sum = x.reduce((total, value) => total + value, 0);
      return [x[0]! * x[1]! + x[2]! * x[3]! * x[4]! - x[5]! * x[0]! + Math.sin(sum) + x[5]! ** 2];
    }),
  { outputs: 1 },
);
const x = [
  [1.5, -2, 0.5, 1, -1.5, 2],
  [0.3, 0.7, -1.1, 0.4, 2.2, -0.6],
];
const TREES: Record<string, NestedFeatures> = {
  pairs: [
    [
      [0, 1],
      [2, 3],
    ],
    [4, 5],
  ],
  chain: [[[[[3, 5], 0], 2], 1], 4],
};

it.each(Object.keys(golden))("owen of %s is SHAP's", async (name) => {
  const map = await owen(game, x, { baseline: [0.1, 0.2, -0.3, 0.4, 0, -0.5], hierarchy: TREES[name]! });
  expect(relativeDifference(map.values.data, golden[name]!)).toBeLessThan(1e-6);
  for (const delta of map.convergenceDelta) expect(delta).toBeCloseTo(0, 5);
});
