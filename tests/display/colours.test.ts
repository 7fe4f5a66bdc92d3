/** Colours that can be seen: full colour of large maps, and the ends of the scales. */
import { describe, expect, it } from "vitest";
import { accumulation, type GridPanel, heatmap, line, type MapView } from "../../src/display";
import { type ColourScale, colourAt, divergingScale } from "../../src/display/colour";
import { digits, photograph, signal, withPath } from "./views";

const COLORMAPS = ["RdBu", "PuOr", "BrBG", "PRGn"] as const;

const mapScale = (view: MapView, options = {}): ColourScale =>
  heatmap(view, options).description.colours["map"]!;

/** Red, green and blue as light, from 0 to 1. */
const linear = (rgb: readonly number[]): number[] =>
  rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));

/** Relative luminance (WCAG). */
const luminance = ([r, g, b]: number[]): number => 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;

/** Light as protanopes see it (Machado, Oliveira and Fernandes 2009, severity 1). */
const protanope = ([r, g, b]: number[]): number[] => [
  0.152286 * r! + 1.052583 * g! - 0.204868 * b!,
  0.114503 * r! + 0.786281 * g! + 0.099216 * b!,
  -0.003882 * r! - 0.048116 * g! + 1.051998 * b!,
];

describe("full colour", () => {
  it("leaves 1 % of a large map beyond it, as the legend says", () => {
    const view = photograph(64);
    const outlier = view.parts[0]!.values.data as Float32Array;
    outlier[0] = 50;
    const { fields } = heatmap(view).description.rows[0]!.at(-1) as GridPanel;
    const { high, low, legendTitle } = mapScale(view);
    const beyond = fields["map"]!.filter((value) => Math.abs(value) > high).length;
    expect(beyond).toBe(Math.floor(0.01 * 64 * 64));
    expect(high).toBeLessThan(1);
    expect(low).toBe(-high);
    expect(legendTitle).toBe("attribution to the logit, 0.98 % beyond");
  });

  it("shows a photograph's map where one pixel is a thousand times as strong as the others", () => {
    const view = photograph(64);
    (view.parts[0]!.values.data as Float32Array)[0] = 50;
    const { fields } = heatmap(view).description.rows[0]!.at(-1) as GridPanel;
    const visible = (scale: ColourScale): number => {
      const magnitudes = fields["map"]!.map(Math.abs);
      return magnitudes.filter((a) => a > 0.05 * scale.high).length / magnitudes.length;
    };
    expect(visible(mapScale(view))).toBeGreaterThan(0.9);
    expect(visible(mapScale(view, { clip: 0 }))).toBeLessThan(0.01);
  });

  it("is the largest magnitude of a small map, unless clip says otherwise", () => {
    const view = digits();
    const largest = Math.max(...view.parts[0]!.values.data.map(Math.abs));
    expect(mapScale(view)).toMatchObject({ high: largest, legendTitle: "attribution to the logit" });
    const clipped = mapScale(view, { clip: 0.125 });
    const beyond = view.parts[0]!.values.data.filter((value) => Math.abs(value) > clipped.high).length;
    expect(beyond).toBe(8);
    expect(clipped.legendTitle).toBe("attribution to the logit, 13 % beyond");
  });

  it("yields to an explicit limit, and is the largest magnitude of a map that is zero almost everywhere", () => {
    const view = photograph(64);
    expect(mapScale(view, { limit: 0.5, clip: 0.1 })).toMatchObject({ high: 0.5, low: -0.5 });
    const data = view.parts[0]!.values.data as Float32Array;
    data.fill(0);
    data[9] = 3;
    expect(mapScale(view)).toMatchObject({ high: 3, legendTitle: "attribution to the logit" });
  });

  it("of a map that moves covers every frame, and of several sequences each its own", () => {
    const moving = withPath(digits());
    const last = moving.parts[0]!.values.data;
    const path = moving.path!.accumulated[0]!.data as Float32Array;
    path[5] = 99;
    expect(last.every((value) => Math.abs(value) < 99)).toBe(true);
    const scale = accumulation(moving).description.colours["map0"]!;
    expect(scale.high).toBe(99);
    const scales = Object.values(line(signal(2, 48)).description.colours);
    expect(new Set(scales.map(({ high }) => high)).size).toBe(2);
  });

  it("refuses a share that is none", () => {
    for (const clip of [-0.1, 1, Number.NaN])
      expect(() => heatmap(digits(), { clip })).toThrow(
        `heatmap(): expected option clip to be a number in [0, 1), got ${clip}`,
      );
  });
});

describe.each(COLORMAPS)("the strongest cells of %s", (name) => {
  const scale = divergingScale(1, "", name);

  it("keep a contrast of 3 : 1 to black, also for protanopes", () => {
    for (const value of [-1, 1]) {
      const light = linear(colourAt(scale, value));
      for (const seen of [light, protanope(light)])
        expect((luminance(seen) + 0.05) / 0.05).toBeGreaterThanOrEqual(3);
    }
  });

  it("are as far from zero on both sides, which is near white", () => {
    const channels = colourAt(scale, 0);
    expect(Math.min(...channels)).toBeGreaterThanOrEqual(245);
    expect(scale.stops).toHaveLength(11);
  });
});
