/** Colours of a notebook's static picture, measured against the same picture in all its colours. */
import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { compare, DISPLAY, type Figure, heatmap, type MapView, overlay } from "../../src/display";
import { metadataOf } from "../../src/display/displayed";
import { paletteOf } from "../../src/display/output/palette";
import { compactPng } from "../../src/display/output/raster";
import { photographOf } from "../../src/display/photograph";
import { comparison, digits, photograph } from "./views";

/** The seven, drawn on finer cells. */
function finer(size: number): MapView {
  const view = digits();
  const [part] = view.parts;
  const enlarged = (data: ArrayLike<number>) =>
    Float32Array.from({ length: size * size }, (_, i) => {
      const cell = Math.floor((8 * Math.floor(i / size)) / size) * 8 + Math.floor((8 * (i % size)) / size);
      return data[cell]! * (1 + 0.3 * Math.sin(i * 12.9898));
    });
  const shape = [1, size, size, 1];
  return {
    ...view,
    parts: [
      {
        ...part!,
        values: { data: enlarged(part!.values.data), shape },
        input: { data: enlarged(part!.input!.data), shape },
      },
    ],
  };
}

/** A landscape of 224×224 in colour, with the grain of a camera, and a map with the strong spots of a gradient. */
function landscape(): MapView {
  const [view, size] = [photograph(), 224];
  const [part] = view.parts;
  const { values, input } = part!;
  const at = (i: number) => [Math.floor(i / 3 / size), Math.floor(i / 3) % size, i % 3] as const;
  const grain = (i: number) => 0.015 * Math.sin(i * 78.233) * Math.cos(i * 12.9898);
  const scene = Float32Array.from({ length: input!.data.length }, (_, i) => {
    const [y, x, c] = at(i);
    const hill = 110 + 30 * Math.sin(x / 31);
    const colour =
      y > hill ? [0.25, 0.45 + 0.1 * Math.sin(x / 9), 0.2] : [0.5 + y / 500, 0.65 + y / 700, 0.9];
    return colour[c]! + grain(i);
  });
  const spots = values.data.map((value, i) => {
    const [y, x] = at(i);
    return value * Math.exp(-(((x - 120) / 40) ** 2) - ((y - 100) / 40) ** 2);
  });
  const shape = values.shape;
  return {
    ...view,
    parts: [{ ...part!, values: { data: spots, shape }, input: { data: scene, shape } }],
  };
}

/** The landscape as a camera with a small sensor sees it in the evening: each channel has a grain of its own. */
function grainy(): MapView {
  const view = landscape();
  const [part] = view.parts;
  let state = 5;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const noisy = part!.input!.data.map((value) => value + 0.05 * (random() + random() + random() - 1.5));
  return { ...view, parts: [{ ...part!, input: { ...part!.input!, data: noisy } }] };
}

/** Pixels of a PNG as red, green and blue. */
function pixelsOf(png: Uint8Array): number[][] {
  const { data, palette, channels } = decode(png);
  if (palette) return Array.from(data, (index) => palette[index]!.slice(0, 3));
  return Array.from({ length: data.length / channels }, (_, i) => [
    ...data.slice(i * channels, i * channels + 3),
  ]);
}

/** Share of the pixels of a bundle's picture that are off by more than 8 levels in some channel. */
async function shareOff(figure: Figure): Promise<number> {
  const bundle = await figure[DISPLAY]();
  const png = Buffer.from(bundle["image/png"] as string, "base64");
  const { width } = metadataOf(bundle)["image/png"] as { width: number };
  const shown = pixelsOf(png);
  const right = pixelsOf(await figure.toPNG({ scale: decode(png).width / width }));
  expect(shown).toHaveLength(right.length);
  return (
    shown.filter((pixel, i) => pixel.some((value, c) => Math.abs(value - right[i]![c]!) > 8)).length /
    right.length
  );
}

const FIGURES: [string, () => Figure][] = [
  ["a map of 28×28", () => heatmap(finer(28))],
  ["a map of 28×28 in dark", () => heatmap(finer(28), { theme: "dark" })],
  ["a map of 224×224", () => heatmap(landscape())],
  ["an overlay of 224×224", () => overlay(landscape())],
  ["a grainy photograph of 224×224", () => heatmap(grainy())],
  ["an overlay of a grainy photograph", () => overlay(grainy())],
  ["a comparison", () => compare(comparison())],
];

it.each(FIGURES)(
  "the picture of %s has at most one in fifty of its pixels off by more than 8 levels",
  async (name, make) => {
    const share = await shareOff(make());
    console.log(`${name}: ${(100 * share).toFixed(2)} % off by more than 8 levels`);
    expect(share).toBeLessThanOrEqual(0.02);
  },
  60_000,
);

it("a photograph with its map stays within 200 kB", async () => {
  for (const [name, view] of Object.entries({ landscape: landscape(), grainy: grainy() }))
    for (const renderer of ["vega-lite", "plotly"] as const) {
      const bytes = JSON.stringify(await heatmap(view, { renderer })[DISPLAY]()).length;
      console.log(`${name}, ${renderer}: ${bytes} bytes`);
      expect(bytes).toBeLessThanOrEqual(200_000);
    }
}, 60_000);

it.each([
  ["a landscape", landscape],
  ["a grainy photograph", grainy],
])(
  "the interactive form has the colours of %s, but for one pixel in fifty",
  (name, make) => {
    const view = make();
    const rgb = photographOf(view.parts[0]!, 0)!.rgb;
    const text = JSON.stringify(heatmap(view).toVegaLite());
    const [, address] = /data:image\/png;base64,([^"]+)/.exec(text)!;
    const shown = pixelsOf(Buffer.from(address!, "base64"));
    const off = shown.filter((pixel, i) => pixel.some((value, c) => Math.abs(value - rgb[3 * i + c]!) > 8));
    console.log(`${name}: ${((100 * off.length) / shown.length).toFixed(2)} % off by more than 8 levels`);
    expect(off.length / shown.length).toBeLessThanOrEqual(0.02);
  },
  60_000,
);

describe("paletteOf", () => {
  it("keeps few colours as they are", () => {
    const { entries, entryOf } = paletteOf({ colours: [0xffffff, 0x102030], counts: [9, 1] }, 256);
    expect([...entryOf].map((entry) => entries[entry])).toEqual([
      [255, 255, 255],
      [16, 32, 48],
    ]);
  });

  it("keeps the colours of many pixels among any number of others", () => {
    const colours = Array.from({ length: 5000 }, (_, i) => (i * 2654435761) & 0xffffff);
    const counts = colours.map((_, i) => (i === 7 || i === 4000 ? 4000 : 1));
    const { entries, entryOf } = paletteOf({ colours, counts }, 64);
    expect(entries).toHaveLength(64);
    for (const i of [7, 4000]) {
      const colour = colours[i]!;
      expect(entries[entryOf[i]!]).toEqual([colour >> 16, (colour >> 8) & 255, colour & 255]);
    }
  });

  it("stands for a scale of 800 colours by 256 within two levels", () => {
    const scale = Array.from({ length: 800 }, (_, i) => Math.round((i * 255) / 799));
    const colours = [
      ...new Set(scale.flatMap((v) => [(255 << 16) | (v << 8) | v, (v << 16) | (v << 8) | 255])),
    ];
    const { entries, entryOf } = paletteOf({ colours, counts: colours.map(() => 1) }, 256);
    for (const [i, colour] of colours.entries()) {
      const channels = [colour >> 16, (colour >> 8) & 255, colour & 255];
      for (const [c, value] of entries[entryOf[i]!]!.entries())
        expect(Math.abs(value - channels[c]!)).toBeLessThanOrEqual(2);
    }
  });
});

it("a picture of one colour is that colour", () => {
  const png = compactPng(2, 1, Uint8Array.of(250, 251, 252, 255, 250, 251, 252, 255));
  expect(pixelsOf(png)).toEqual([
    [250, 251, 252],
    [250, 251, 252],
  ]);
});
