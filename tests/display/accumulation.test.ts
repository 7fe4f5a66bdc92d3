/** The accumulation at every α, against the integral up to there. */
import { describe, expect, it } from "vitest";
import {
  type Attribution,
  asModel,
  integratedGradients,
  type NdArray,
  saliency,
  type TensorModel,
} from "../../src";
import { accumulation, type CurvePanel, type GridPanel } from "../../src/display";
import { colourAt } from "../../src/display/colour";
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

describe("what each renderer shows at an α is the integral of 10,000 steps up to there, within 1 %", () => {
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  /** α of a readout or a title, which has two digits. */
  const alphaOf = (text: string) => Number(/α = ([\d.]+)/.exec(text)![1]);
  /** Σ over the midpoints of 10,000 steps of ∂F/∂x · x, up to each α and half a digit of the readout about it. */
  async function integrals(alphas: readonly number[]): Promise<[low: number, high: number][]> {
    const steps = 10_000;
    const points = Array.from({ length: steps }, (_, k) => x[0]!.map((v) => ((k + 0.5) / steps) * v));
    const { values } = await saliency(net, points, { target, engine: "eager" });
    let sum = 0;
    const sums = [
      0,
      ...points.map((_, k) => (sum += total(x[0]!.map((v, i) => (values.data[3 * k + i]! * v) / steps)))),
    ];
    const at = (alpha: number) => sums[Math.round(steps * Math.min(1, Math.max(0, alpha)))]!;
    return alphas.map((alpha) => {
      const ends = [at(alpha - 0.005), at(alpha), at(alpha + 0.005)];
      return [Math.min(...ends), Math.max(...ends)];
    });
  }
  /** For each renderer, the α that it tells and the sum of the map that it shows, frame by frame. */
  const SHOWN: Record<string, (map: Attribution) => Promise<[alpha: number, sum: number][]>> = {
    Vega: async (map) => {
      const figure = accumulation(map);
      const { data } = figure.toVega() as { data: { values?: Record<string, unknown>[] }[] };
      const source = data.find(({ values }) => values?.[0] && "map" in values[0] && "frame" in values[0])!;
      return source.values!.map(({ frame, map: of }) => [
        alphaOf(figure.description.frames!.readouts[frame as number]!),
        total(String(of).split(" ").map(Number)),
      ]);
    },
    Plotly: async (map) => {
      const { data, frames, layout } = accumulation(map, { renderer: "plotly" }).toPlotly();
      const trace = data.map(({ type }) => type).lastIndexOf("heatmap");
      const [{ steps }] = layout["sliders"] as [{ steps: { label: string }[] }];
      return frames.map(({ data: changes, traces }, f) => {
        const { z } = (changes as { z: number[][] }[])[(traces as number[]).indexOf(trace)]!;
        return [alphaOf(steps[f]!.label), total(z.flat())];
      });
    },
    "the static strip": async (map) => {
      const figure = accumulation(map);
      const svg = await figure.toSVG();
      const alphas = [...svg.matchAll(/>α = [\d.]+</g)].map(([text]) => alphaOf(text));
      const cells = [...svg.matchAll(/fill="rgb\((\d+), (\d+), (\d+)\)"/g)].map(([, ...of]) =>
        of.map(Number),
      );
      expect(cells).toHaveLength(3 * alphas.length);
      const scale = figure.description.colours["map0"]!;
      // Each value is read back from its colour.
      const values = Array.from(
        { length: 4001 },
        (_, i) => scale.low + ((scale.high - scale.low) * i) / 4000,
      );
      const colours = values.map((value) => colourAt(scale, value));
      const valueOfCell = (cell: number[]) => {
        const off = colours.map((colour) => total(colour.map((c, i) => Math.abs(c - cell[i]!))));
        const least = Math.min(...off);
        const same = values.filter((_, i) => off[i] === least);
        return total(same) / same.length;
      };
      return alphas.map((alpha, f) => [alpha, total(cells.slice(3 * f, 3 * f + 3).map(valueOfCell))]);
    },
  };

  it.each(Object.keys(SHOWN))("%s", async (renderer) => {
    const map = await integratedGradients(net, x, { target, steps: 50, keepPath: true, engine: "eager" });
    const slack = 0.01 * Math.abs(map.score[0]! - map.baselineScore![0]!);
    const shown = await SHOWN[renderer]!(map);
    expect(shown.length).toBeGreaterThanOrEqual(6);
    const right = await integrals(shown.map(([alpha]) => alpha));
    for (const [f, [alpha, sum]] of shown.entries()) {
      expect(sum, `α = ${alpha}`).toBeGreaterThanOrEqual(right[f]![0] - slack);
      expect(sum, `α = ${alpha}`).toBeLessThanOrEqual(right[f]![1] + slack);
    }
    expect(shown.at(-1)![0]).toBe(1);
  });
});
