/** Long sequences: drawn by stretches of steps, of which none loses its largest value. */
import { expect, it } from "vitest";
import { line, type MapView, type SeriesPanel } from "../../src/display";
import { signal } from "./views";

/** Sixty seconds of sound at 16 kHz, silent but for a ripple, with one loud attribution and one loud sample. */
function minute(spike: number, loud: number): MapView {
  const steps = 960_000;
  const ripple = (size: number) => Float32Array.from({ length: steps }, (_, t) => size * Math.sin(t * 1.7));
  const [values, input] = [ripple(0.001), ripple(0.01)];
  values[spike] = -0.9;
  input[loud] = 0.8;
  const shape = [1, steps, 1];
  return {
    ...signal(1),
    parts: [
      {
        name: "sound",
        at: "input",
        values: { data: values, shape },
        input: { data: input, shape },
        axes: ["time", "channel"],
      },
    ],
  };
}

const panelOf = (view: MapView): SeriesPanel => line(view).description.rows[0]![0] as SeriesPanel;

it.each([0, 700_123, 959_999])("shows a spike of one sample in a minute of sound, at %i", (spike) => {
  const view = minute(spike, 30_000);
  const figure = line(view);
  const { stretches, positions, attribution } = panelOf(view);
  const at = Math.floor(spike / stretches!.steps);
  expect(attribution.length).toBeLessThanOrEqual(512);
  expect(stretches!.total).toBe(960_000);
  expect(stretches!.attribution.low[at]).toBe(Math.fround(-0.9));
  expect(Math.min(...stretches!.attribution.low.filter((_, i) => i !== at))).toBeGreaterThan(-0.0011);
  expect(stretches!.input!.high[Math.floor(30_000 / stretches!.steps)]).toBe(Math.fround(0.8));
  expect(Math.abs(positions[at]! - spike)).toBeLessThanOrEqual(stretches!.steps / 2);
  // In words, in colour and as a bar, by every renderer.
  const from = at * stretches!.steps;
  const place = `${from.toLocaleString("en-US")}–${(from + stretches!.steps - 1).toLocaleString("en-US")}`;
  expect(figure.toAltText()).toContain(`strongest: time steps ${place} (−0.9)`);
  expect(figure.description.colours["map"]!.high).toBeLessThan(0.9);
  expect(figure.description.colours["map"]!.legendTitle).toContain("% beyond");
  const bars = figure.toPlotly().data.find(({ type }) => type === "bar") as unknown as {
    base: number[];
    customdata: string[][];
  };
  expect(bars.base[at]).toBeCloseTo(-0.9, 5);
  expect(bars.customdata[at]![0]).toBe(place);
  expect(JSON.stringify(figure.toVegaLite())).toContain("-0.9");
});

it("holds no step back: the envelope spans every value, and the mean lies within", () => {
  const view = signal(1, 5003);
  const { stretches, attribution } = panelOf(view);
  const values = Array.from(view.parts[0]!.values.data);
  const { steps } = stretches!;
  for (const [i, mean] of attribution.entries()) {
    const own = values.slice(i * steps, (i + 1) * steps);
    expect(stretches!.attribution.low[i]).toBe(Math.min(...own));
    expect(stretches!.attribution.high[i]).toBe(Math.max(...own));
    expect(mean).toBeCloseTo(own.reduce((a, b) => a + b, 0) / own.length, 6);
  }
});

it("draws a stretch with a value that is not finite as such, and short sequences step by step", () => {
  const view = signal(1, 2000);
  view.parts[0]!.values.data[999] = Number.NaN;
  const { stretches } = panelOf(view);
  const at = Math.floor(999 / stretches!.steps);
  expect(stretches!.attribution.low.map(Number.isNaN).indexOf(true)).toBe(at);
  expect(stretches!.attribution.high.filter(Number.isNaN)).toHaveLength(1);
  expect(line(view).description.notes.join()).toMatch(/not finite/);
  expect(panelOf(signal(1, 512)).stretches).toBeUndefined();
});
