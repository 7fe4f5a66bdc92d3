/** Photographs: inputs in colour, and maps that are coarser than the picture that they explain. */
import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import {
  attributionFigure,
  compare,
  type GridPanel,
  heatmap,
  type MapView,
  overlay,
} from "../../src/display";
import { photographOf } from "../../src/display/photograph";
import { coarse, comparison, digits } from "./views";

/** A picture of 2×2: red, green, blue and a mixture. */
const PIXELS = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0.2, 0.4, 0.6];
const RGB = [255, 0, 0, 0, 255, 0, 0, 0, 255, 51, 102, 153];

function picture(pixels: readonly number[] = PIXELS, axes = ["height", "width", "channel"]): MapView {
  const shape = [1, ...axes.map((axis) => (axis === "channel" ? 3 : 2))];
  return {
    ...digits(),
    parts: [
      {
        name: "image",
        at: "input",
        values: { data: Float32Array.from({ length: 12 }, (_, i) => i - 5), shape },
        input: { data: Float32Array.from(pixels), shape },
        axes,
      },
    ],
  };
}

const inputPanel = (view: MapView): GridPanel => heatmap(view).description.rows[0]![0] as GridPanel;

/** Red, green and blue of the four cells of a data address, whatever their size. */
function cellsOf(address: string): number[] {
  const { width, height, channels, data, palette } = decode(Buffer.from(address.split(",")[1]!, "base64"));
  return [0, 1, 2, 3].flatMap((cell) => {
    const [x, y] = [(width / 4) * (1 + 2 * (cell % 2)), (height / 4) * (1 + 2 * Math.floor(cell / 2))];
    const at = Math.floor(y) * width + Math.floor(x);
    return palette ? palette[data[at]!]!.slice(0, 3) : [...data.slice(at * channels, at * channels + 3)];
  });
}

/** Data addresses of pictures in a specification. */
const addressesIn = (spec: object): string[] =>
  JSON.stringify(spec).match(/data:image\/png;base64,[A-Za-z0-9+/=]+/g) ?? [];

describe("an input of three channels", () => {
  it("is drawn in its colours by both renderers", () => {
    expect(inputPanel(picture()).layers[0]!.rgb).toEqual(RGB);
    for (const spec of [heatmap(picture()).toVegaLite(), heatmap(picture()).toPlotly()])
      expect(cellsOf(addressesIn(spec)[0]!)).toEqual(RGB);
  });

  it.each([
    ["0 … 255", PIXELS.map((v) => 255 * v), false],
    ["−1 … 1", PIXELS.map((v) => 2 * v - 1), false],
    ["a range of its own", PIXELS.map((v) => 700 * v - 300), true],
  ])("is the same in %s", (_, pixels, stretched) => {
    const view = picture(pixels);
    expect(inputPanel(view).layers[0]!.rgb).toEqual(RGB);
    expect(heatmap(view).description.notes.some((note) => note.startsWith("Colours of the input"))).toBe(
      stretched,
    );
  });

  it("may have its channels first", () => {
    const planes = [0, 1, 2].flatMap((c) => [0, 1, 2, 3].map((cell) => PIXELS[3 * cell + c]!));
    const view = picture(planes, ["channel", "height", "width"]);
    expect(photographOf(view.parts[0]!, 0)?.rgb).toEqual(RGB);
  });

  it("marks a value that is not finite, and hovers the mean over channels", () => {
    const pixels = [...PIXELS];
    pixels[0] = Number.NaN;
    const panel = inputPanel(picture(pixels));
    expect(panel.layers[0]!.rgb!.slice(0, 3)).toEqual([0x8a, 0, 0]);
    expect(panel.hover).toEqual([{ label: "input (mean over channels)", field: "input" }]);
    expect(inputPanel(picture()).fields["input"]![3]).toBeCloseTo(0.4, 6);
  });

  it("is lighter under an overlay", () => {
    const [panel] = overlay(picture()).description.rows[0] as [GridPanel];
    expect(panel.layers[0]!.rgb).toEqual(RGB.map((v) => Math.round(64 + (v * 191) / 255)));
  });

  it("is not what a layer of three channels is, nor a picture of one", () => {
    const [part] = picture().parts;
    expect(photographOf({ ...part!, at: "layer" }, 0)).toBeUndefined();
    expect(photographOf(digits().parts[0]!, 0)).toBeUndefined();
    const values = { data: Float32Array.of(1), shape: [1, 1, 1, 1] };
    expect(photographOf({ ...part!, at: "layer", values }, 0)?.rgb).toEqual(RGB);
  });
});

it("a comparison shows its input in colour", () => {
  const compared = { ...comparison(), views: [picture()], labels: ["a"], checks: [], magnitudes: [1] };
  const [input] = compare(compared).description.rows[0] as [GridPanel];
  expect(input.layers[0]!.rgb).toEqual(RGB);
  expect(input.legend).toBe(false);
});

it("a map that is coarser than its picture shows itself over it", () => {
  expect(attributionFigure(coarse()).toJSON()).toEqual(overlay(coarse()).toJSON());
  expect(attributionFigure(digits()).toJSON()).toEqual(heatmap(digits()).toJSON());
});
