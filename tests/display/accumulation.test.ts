/** The accumulation at every α, against the integral up to there. */
import { describe, expect, it } from "vitest";
import { asModel, integratedGradients, type NdArray, saliency, type TensorModel } from "../../src";
import { accumulation, type CurvePanel, type GridPanel } from "../../src/display";
import { RULE_NAMES } from "../../src/quadrature";

/** A function that bends along the path. */
const net = asModel(((x) => x.tanh().mul(x).sum(1, true).add(x.prod(1, true))) as TensorModel, {
  range: [0, 3],
});
const x = [[2.4, -0.7, 1.3]];
const target = 0;

/** F(x′ + α (x − x′)) − F(x′) for a baseline of zeros: the attribution's sum over the path up to α. */
async function integralUpTo(alphas: readonly number[]): Promise<number[]> {
  const points = [0, ...alphas].map((alpha) => x[0]!.map((v) => alpha * v));
  const { score } = await saliency(net, points, { target, engine: "eager" });
  return alphas.map((_, i) => score[i + 1]! - score[0]!);
}

describe.each(RULE_NAMES)("the accumulation by rule %s", (rule) => {
  // Rules that read one end of a step, or its ends too often, need more steps for the same error.
  const steps = ["gauss-legendre", "midpoint", "trapezoid"].some((name) => name === rule) ? 50 : 200;
  const within = 0.01;

  it("stands at the α that its sum has reached, at every node and in every frame", async () => {
    const map = await integratedGradients(net, x, {
      target,
      rule,
      steps,
      keepPath: true,
      engine: "eager",
    });
    const difference = map.score[0]! - map.baselineScore![0]!;
    const { series } = accumulation(map).description.rows.at(-1)![0] as CurvePanel;
    const right = await integralUpTo(series[0]!.x);
    for (const [k, sum] of series[0]!.y.entries())
      expect(Math.abs(sum - right[k]!), `node ${k}`).toBeLessThanOrEqual(within * Math.abs(difference));
    const { frames } = accumulation(map).description;
    const { cursor } = accumulation(map).description.rows.at(-1)![0] as CurvePanel;
    const places = await integralUpTo(cursor!.map((point) => point.x));
    for (const [f, { y }] of cursor!.entries())
      expect(Math.abs(y - places[f]!), frames!.readouts[f]).toBeLessThanOrEqual(
        within * Math.abs(difference),
      );
  });
});

it("frames stand at even α, however the nodes crowd, and end at the map", async () => {
  const map = await integratedGradients(net, x, { target, steps: 50, keepPath: true, engine: "eager" });
  const { description } = accumulation(map);
  const { cursor } = description.rows.at(-1)![0] as CurvePanel;
  expect(cursor).toHaveLength(12);
  for (const [f, point] of cursor!.entries()) expect(Math.abs(point.x - f / 11)).toBeLessThan(0.02);
  expect(description.frames!.readouts.at(-1)).toBe("α = 1.00 (step 50 / 50)");
  const panels = description.rows.slice(0, -1).map(([panel]) => panel as GridPanel);
  const last = (field: "input" | "map") =>
    panels.find((panel) => panel.frameFields?.[field])!.frameFields![field]!;
  const flat = (array: NdArray) => [...array.data];
  for (const [i, value] of last("map").at(-1)!.entries()) expect(value).toBeCloseTo(flat(map.values)[i]!, 5);
  for (const [i, value] of last("input").at(-1)!.entries()) expect(value).toBeCloseTo(x[0]![i]!, 5);
});
