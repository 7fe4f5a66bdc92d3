/** Large results and degenerate ones: drawn by every renderer, by aggregation that says so, or said in words. */
import { describe, expect, it } from "vitest";
import {
  attributionFigure,
  bars,
  beeswarm,
  decision,
  examplesMap,
  FIGURES,
  type Figure,
  forces,
  heatmap,
  line,
  type MapView,
  overlay,
  slices,
  violin,
} from "../../src/display";
import { digits, HOSTILE, photograph, sentence, signal, table } from "./views";

const LARGEST = 250_000;

/** A volume of one bright cell. */
function cube(side: number): MapView {
  const data = Float32Array.from({ length: side ** 3 }, (_, i) => 0.001 * Math.sin(i));
  data[(3 * side + 5) * side + 7] = 1;
  return {
    ...digits(),
    parts: [
      {
        name: "scan",
        at: "input",
        values: { data, shape: [1, side, side, side, 1] },
        input: { data: data.map(Math.abs), shape: [1, side, side, side, 1] },
        axes: ["depth", "height", "width", "channel"],
      },
    ],
  };
}

const complete = (view: MapView): MapView => ({
  ...view,
  baselineScore: view.score.map(() => 0),
  convergenceDelta: view.score.map(() => 0),
});
const rows = () => complete(table(undefined, 10_000));

/** Each with what its figure says of its aggregation. */
const LARGE: Record<string, [make: () => Figure, says: RegExp]> = {
  "a map of 1,024 by 1,024": [() => heatmap(photograph(1024)), /means of 3×3 pixels.*% beyond/],
  "a map over its picture": [() => overlay(photograph(416)), /means of 2×2 pixels.*% beyond/],
  "a volume of 64 cells a side": [() => slices(cube(64)), /12 of 64 slices.*means of 4×4 cells/],
  "ten thousand rows, a point for many": [() => beeswarm(rows()), /mean of up to \d+ examples/],
  "ten thousand rows as densities": [() => violin(rows()), /not shown/],
  "ten thousand rows as a heat map": [() => examplesMap(rows()), /mean of up to \d+ examples/],
  "ten thousand ways": [() => decision(rows()), /60 of 10000 examples/],
  "ten thousand forces": [() => forces(rows()), /100 of 10000 examples/],
  "a thousand features": [
    () => bars(table(Array.from({ length: 1000 }, (_, i) => `gene ${i}`))),
    /sum of 981 others/,
  ],
  "sixteen channels of 100,000 steps": [() => line(signal(16, 100_000)), /12 channels .*not shown/],
};

describe.each(Object.entries(LARGE))("%s", (_, [make, says]) => {
  it("fits into a notebook by every renderer, and says what it left out", () => {
    const figure = make();
    for (const drawn of [figure.toVegaLite(), figure.toPlotly(), figure.toVega()])
      expect(JSON.stringify(drawn).length).toBeLessThan(LARGEST);
    expect(JSON.stringify([figure.description.notes.join(" "), figure.toVegaLite()])).toMatch(says);
  });
});

it("a volume is cut through its strongest cell, and its slider begins there", () => {
  const { description } = slices(cube(64));
  expect(description.notes[0]).toBe("Cuts through the strongest cell: depth 3, row 5, column 7.");
  const start = description.frames!.start!;
  expect(description.frames!.readouts[start]).toBe("slice 3 of 0 … 63");
  expect(description.rows[0]!.map(({ title }) => title)).toEqual(["depth 3", "row 5", "column 7"]);
  const [cut] = description.rows[0]! as unknown as [{ fields: { map: number[] } }];
  expect(cut.fields.map[5 * 64 + 7]).toBe(1);
});

/** One value in place of all. */
const filled = (view: MapView, value: number): MapView => ({
  ...view,
  parts: view.parts.map((part) => ({
    ...part,
    values: { ...part.values, data: part.values.data.map(() => value) },
    ...(part.input && { input: { ...part.input, data: part.input.data.map(() => value) } }),
  })),
});

const single = (view: MapView, shape: number[]): MapView => ({
  ...view,
  parts: view.parts.map(({ labels: _, baseline: __, ...part }) => ({
    ...part,
    values: { shape, data: Float32Array.of(0.5) },
    input: { shape, data: Float32Array.of(2) },
  })),
});

const MODES: Record<string, MapView[]> = {
  zeros: [digits(), table(), signal(), sentence(), cube(4), table(undefined, 3)].map((view) =>
    filled(view, 0),
  ),
  "no number": [digits(), table(), signal(), cube(4), table(undefined, 3)].map((view) =>
    filled(view, Number.NaN),
  ),
  infinity: [digits(), table(), signal(), cube(4), table(undefined, 3)].map((view) =>
    filled(view, -Infinity),
  ),
  "one value": [
    single(digits(), [1, 1, 1, 1]),
    single(table(), [1, 1]),
    single(signal(), [1, 1, 1]),
    single(cube(1), [1, 1, 1, 1, 1]),
  ],
  "hostile names": [
    { ...table(HOSTILE, 3), target: HOSTILE.slice(0, 3), method: HOSTILE[0]!, warnings: [...HOSTILE] },
    { ...digits(1, { target: ["a\u202eb\u0000\u2028c"] }), explain: HOSTILE[1]! },
    sentence([...HOSTILE, "\u202e\u0007"]),
  ],
};

describe.each(Object.entries(MODES))("%s", (_, views) => {
  it.each(
    FIGURES.filter(({ meta }) => meta.of === "map").map((figure) => [figure.meta.name, figure] as const),
  )(
    "in %s is a clear picture or a clear refusal",
    async (name, figure) => {
      for (const view of views.map(complete)) {
        let made: Figure;
        try {
          made = figure(view as never);
        } catch (error) {
          expect(String(error)).toMatch(new RegExp(`Error: ${name}\\(\\): expected .+, got .+`, "s"));
          continue;
        }
        const [svg, plotly] = [await made.toSVG(), JSON.stringify(made.toPlotly())];
        const texts = [svg, plotly, JSON.stringify(made.toVegaLite()), made.toAltText(), String(made)];
        for (const text of texts) {
          expect(text).not.toMatch(/undefined|\[object/);
          // What would steer a terminal or turn the text round.
          for (const control of ["\u0000", "\u0007", "\u202e"]) expect(text).not.toContain(control);
        }
        for (const text of [svg, plotly]) expect(text).not.toMatch(/<(script|img|\/script)\b/);
        for (const rows of made.toTables()) expect(rows.length).toBeGreaterThan(0);
      }
    },
    120_000,
  );
});

it("a map without a finite value says so by default, whatever it shows", () => {
  for (const view of MODES["no number"]!)
    expect(attributionFigure(view).description.notes.join(" ")).toMatch(/not finite/);
});
