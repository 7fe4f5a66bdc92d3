/** Errors of sampling: drawn, told and printed, where a map has them. */
import { expect, it } from "vitest";
import { integratedGradients, smoothGrad, type TensorModel } from "../../src";
import { type BarPanel, bars, heatmap, line, type SeriesPanel, waterfall } from "../../src/display";
import { digits, signal, table } from "./views";

const net: TensorModel = (x) => x.pow(3).sum(1, true);
const options = { target: 0, engine: "eager" } as const;

it("draws two standard errors on either side of a bar, and of the sum of the others no less", async () => {
  const map = await smoothGrad(net, [[1, 2, 3, 4]], { ...options, samples: 20 });
  const errors = Array.from(map.parts[0]!.standardError!.data);
  const view = map.toView();
  const panel = bars(view).description.rows[0]![0] as BarPanel;
  const order = Array.from(map.values.data, (value, i) => [value, i] as const).sort((a, b) => b[0] - a[0]);
  expect(panel.errors).toEqual(order.map(([, i]) => 2 * errors[i]!));
  const few = bars(view, { max: 2 }).description.rows[0]![0] as BarPanel;
  expect(few.errors![1]).toBeCloseTo(2 * order.slice(1).reduce((sum, [, i]) => sum + errors[i]!, 0), 5);
  const plotly = bars(view, { renderer: "plotly" }).toPlotly().data[0] as unknown as {
    error_x: { array: number[] };
  };
  expect(plotly.error_x.array[0]).toBeCloseTo(panel.errors![0]!, 4);
  const largest = Math.max(...errors);
  const said = new RegExp(`standard error (≤|of at most) ${Number(largest.toPrecision(2))}`);
  expect(String(map)).toMatch(said);
  expect(bars(view).description.notes.join()).toMatch(said);
  expect(bars(view).description.notes.join()).toContain("two standard errors");
});

it("draws them at steps and in waterfalls, tells those of cells on hover, and none where nothing was sampled", async () => {
  const steps = signal(1, 30);
  const part = steps.parts[0]!;
  const standardError = {
    shape: part.values.shape,
    data: part.values.data.map((value) => Math.abs(value) / 10),
  };
  const panel = line({ ...steps, parts: [{ ...part, standardError }] }).description
    .rows[0]![0] as SeriesPanel;
  expect(panel.errors).toEqual(Array.from(standardError.data, (error) => 2 * error));
  expect((line(steps).description.rows[0]![0] as SeriesPanel).errors).toBeUndefined();

  const flat = { ...table(["a", "b"]), baselineScore: [0], convergenceDelta: [0] };
  const of = flat.parts[0]!;
  const told = waterfall({
    ...flat,
    parts: [{ ...of, standardError: { shape: [1, 2], data: Float32Array.of(0.5, 0.25) } }],
  }).description.rows[0]![0] as BarPanel;
  expect([...told.errors!].sort()).toEqual([0, 0, 0.5, 1]);
  expect(told.hover.find(({ label }) => label === "standard error")!.texts).toContain("0.25");

  const picture = digits().parts[0]!;
  const sampled = { ...digits(), parts: [{ ...picture, standardError: picture.values }] };
  expect(JSON.stringify(heatmap(sampled).toVegaLite())).toContain("standard error");
  const exact = await integratedGradients(net, [[1, 2]], options);
  for (const text of [String(exact), bars(exact.toView()).toAltText(), heatmap(digits()).toAltText()])
    expect(text).not.toContain("standard error");
});
