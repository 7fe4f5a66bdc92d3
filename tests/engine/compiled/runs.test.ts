import { afterEach, describe, expect, it, vi } from "vitest";
import { asModel, dataset, integratedGradients, mask, neuron, saliency } from "../../../src";
import { runner } from "../../../src/engine/compiled/session/session-runner";
import type { ResolvedTarget } from "../../../src/model/score";
import { scoresFromOutput } from "../../../src/model/target";
import { ndarray } from "../../../src/tensor";
import { normals, relativeDifference, smallMlp } from "../../models";

const model = smallMlp(5);
const net = asModel(model, { engine: "compiled" });
const x = normals(5, [3, 4]);

afterEach(() => {
  vi.restoreAllMocks();
});

/** How often ONNX Runtime runs for a call whose graphs are known. */
async function runsOf(options: object): Promise<number> {
  await integratedGradients(net, x, options);
  const run = vi.spyOn(runner, "run");
  const map = await integratedGradients(net, x, options);
  const runs = run.mock.calls.length;
  run.mockRestore();
  const truth = await integratedGradients(model, x, { ...options, engine: "eager" });
  for (const [given, right] of [
    [map.score, truth.score],
    [map.baselineScore, truth.baselineScore],
    [map.values.data, truth.values.data],
  ] as [ArrayLike<number>, ArrayLike<number>][])
    expect(relativeDifference(given, right)).toBeLessThan(1e-5);
  return runs;
}

describe("integrated gradients ask the thread as seldom as they can", () => {
  it("once for target and scores of x and x′ together, once for the path", async () => {
    expect(await runsOf({ target: 1 })).toBe(2);
    expect(await runsOf({})).toBe(2);
    expect(await runsOf({ target: mask([0.5, -1, 2]), explain: "probability" })).toBe(2);
  });

  it("once for all draws of a data set, and once for the path of each", async () => {
    expect(await runsOf({ baseline: dataset(normals(6, [5, 4])) })).toBe(6);
  });

  it("more often for what is not read from an output", async () => {
    expect(await runsOf({ target: neuron("hidden", [0]) })).toBeGreaterThan(2);
  });
});

it("saliency and adaptive refinement bring the scores along", async () => {
  await saliency(net, x, { target: 1 });
  const run = vi.spyOn(runner, "run");
  const map = await saliency(net, x, { target: 1 });
  expect(run).toHaveBeenCalledTimes(1);
  run.mockRestore();
  const truth = await saliency(model, x, { target: 1, engine: "eager" });
  expect(relativeDifference(map.score, truth.score)).toBeLessThan(1e-5);
  expect(await runsOf({ target: 1, tolerance: 0.5 })).toBe(1);
});

describe("the score read from an output", () => {
  const of = (weights: number[]): ResolvedTarget => ({
    output: 0,
    explain: "logProbability",
    head: "softmax",
    labels: ["a", "b"],
    values: [0, 1],
    score: { kind: "mask", mask: ndarray(weights, [2, 2]) },
  });

  it("is the weighted sum of each row", () => {
    expect([...(scoresFromOutput(of([1, 2, 0, -1]), ndarray([3, 4, 5, 6], [2, 2])) ?? [])]).toEqual([11, -6]);
  });

  it("takes no harm from the logarithm of zero where there is no weight", () => {
    const impossible = ndarray([0, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, -1], [2, 2]);
    expect([...(scoresFromOutput(of([1, 0, 0, 1]), impossible) ?? [])]).toEqual([0, -1]);
  });
});
