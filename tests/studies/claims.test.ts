/** Numbers of docs/claims.md: what others claim about attribution, measured on the digit nets and on planted data. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { take, test as unseen } from "../../notebooks/data/digits";
import {
  type Attribution,
  asModel,
  inputXGradient,
  integratedGradients,
  io,
  type Model,
  metrics,
} from "../../src";

const page = readFileSync(join(__dirname, "../../docs/claims.md"), "utf8");
const fifty = take(
  unseen,
  Array.from({ length: 50 }, (_, i) => i),
).x;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length / 2];
const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** |Σ map − (F(x) − F(x′))| as a share of the difference, of each example. */
function missed(map: Attribution, { score, baselineScore = [] }: Attribution): number[] {
  return score.map((at, i) => {
    const due = at - baselineScore[i];
    const sum = map.values.data.slice(64 * i, 64 * i + 64).reduce((total, value) => total + value, 0);
    return Math.abs((sum - due) / due);
  });
}

describe.each(["digits-mlp", "digits-cnn"])("docs/claims.md of %s", (name) => {
  let net: Model;
  let map: Attribution;
  const row = (title: string): string[] =>
    page
      .split("\n")
      .find((line) => line.startsWith(`| ${title}`))!
      .split("|")
      .map((cell) => cell.trim());
  const column = name === "digits-mlp" ? 2 : 3;
  beforeAll(async () => {
    net = asModel(await io.loadModel(join(__dirname, `../../notebooks/data/models/${name}`)), {
      range: [0, 1],
    });
    map = await integratedGradients(net, fifty);
  });

  it("says by how much products of input and gradient miss the score, and paths do not", async () => {
    const product = median(missed(await inputXGradient(net, fifty), map));
    expect(row("input × gradient misses")[column]).toBe(percent(product));
    expect(median(missed(map, map))).toBeLessThan(0.01);
  });

  it("says how many signs turn with the baseline", async () => {
    const white = (await integratedGradients(net, fifty, { baseline: "ones" })).values.data;
    const black = map.values.data;
    const both = [...black.keys()].filter((i) => Math.min(Math.abs(black[i]), Math.abs(white[i])) > 1e-6);
    const turned = both.filter((i) => black[i] * white[i] < 0);
    expect(row("entries whose sign turns")[column]).toBe(percent(turned.length / both.length));
  });

  it("says what insertion gives", async () => {
    const likely = await integratedGradients(net, fifty, { explain: "probability" });
    const values = (await metrics.insertion(net, likely)).values.map(Number);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(row("area under insertion")[column]).toBe(mean.toFixed(2));
    expect(row("images above 0.9")[column]).toBe(`${values.filter((value) => value > 0.9).length} of 50`);
  });
});
