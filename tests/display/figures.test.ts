import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { expect, test } from "vitest";
import {
  accumulation,
  attributionFigure,
  bars,
  compare,
  DISPLAY,
  type Figure,
  type GridPanel,
  heatmap,
  line,
  type MapView,
  mapText,
  overlay,
  tokens,
} from "../../src/display";
import { rankCorrelation } from "../../src/display/rank-correlation";
import { readable } from "../../src/display/text";
import {
  coarse,
  comparison,
  digits,
  HOSTILE,
  narrow,
  photograph,
  sentence,
  signal,
  table,
  withPath,
} from "./views";

const FIGURES: Record<string, () => Figure> = {
  heatmap: () => heatmap(digits()),
  "heatmap of a batch": () => heatmap(digits(3)),
  "heatmap of a large picture": () => heatmap(photograph(80)),
  overlay: () => overlay(digits()),
  "overlay of a coarser map": () => overlay(coarse()),
  "overlay of a large picture": () => overlay(photograph(80)),
  bars: () => bars(table()),
  line: () => line(signal()),
  tokens: () => tokens(sentence()),
  accumulation: () => accumulation(withPath()),
  compare: () => compare(comparison()),
};

test("figures take what gives a view, such as an attribution, as well as a view", () => {
  const giving = <View>(view: View): { toView(): View } => ({ toView: () => view });
  const same = (a: Figure, b: Figure): void => expect(a.toJSON()).toEqual(b.toJSON());
  same(heatmap(giving(digits())), heatmap(digits()));
  same(overlay(giving(coarse())), overlay(coarse()));
  same(bars(giving(table())), bars(table()));
  same(line(giving(signal())), line(signal()));
  same(tokens(giving(sentence())), tokens(sentence()));
  same(accumulation(giving(withPath())), accumulation(withPath()));
  same(attributionFigure(giving(digits())), attributionFigure(digits()));
  same(compare(giving(comparison())), compare(comparison()));
  const given = comparison();
  const asked: number[] = [];
  const ofExample = {
    toView: (example: number) => {
      asked.push(example);
      return comparison();
    },
  };
  compare(ofExample);
  expect(() => compare(ofExample, { example: 1 })).toThrow(/example/);
  expect(asked).toEqual([0, 1]);
  same(compare({ ...given, views: given.views.map(giving) }), compare(given));
  for (const other of [undefined, null, [1, 2], 3, "map", { parts: 1 }]) {
    expect(() => heatmap(other as never)).toThrow(/^heatmap\(\): expected an attribution, got /);
    expect(() => compare({ ...given, views: [other as never] } as never)).toThrow(/^compare\(\): expected /);
  }
  expect(() => compare(null as never)).toThrow("compare(): expected maps and their checks, got null");
});

const schema = JSON.parse(readFileSync(require.resolve("vega-lite/build/vega-lite-schema.json"), "utf8"));
// strict: false because the schema uses keywords of JSON Schema draft 7 that ajv only knows by plugins ("format").
const validate = new Ajv({ strict: false, allErrors: false, validateFormats: false }).compile(schema);

/** Numbers to three digits and pictures to their length, so that a snapshot shows structure. */
function forSnapshot(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, v) => {
      if (typeof v === "number") return Number(v.toPrecision(3));
      if (typeof v === "string" && v.startsWith("data:image/png")) return "data:image/png…";
      return v;
    }),
  );
}

test.each(Object.keys(FIGURES))("%s is valid Vega-Lite 5", (name) => {
  const spec = FIGURES[name]!().toVegaLite();
  const valid = validate(JSON.parse(JSON.stringify(spec)));
  expect(validate.errors ?? []).toEqual([]);
  expect(valid).toBe(true);
});

test.each(["heatmap", "bars", "accumulation", "compare"])("%s looks as recorded", (name) => {
  const figure = FIGURES[name]!();
  expect(forSnapshot(figure.toVegaLite())).toMatchSnapshot("vega-lite");
  expect(forSnapshot(figure.toPlotly())).toMatchSnapshot("plotly");
});

test.each(Object.keys(FIGURES))("%s is plain frozen data, drawn the same twice", (name) => {
  const figure = FIGURES[name]!();
  expect(Object.isFrozen(figure)).toBe(true);
  expect(Object.isFrozen(figure.description.rows[0]![0])).toBe(true);
  expect(structuredClone(figure.description)).toEqual(figure.description);
  expect(JSON.stringify(FIGURES[name]!().toPlotly())).toBe(JSON.stringify(figure.toPlotly()));
  expect(JSON.stringify([forSnapshot(figure.toVegaLite()), forSnapshot(figure.toPlotly())])).not.toMatch(
    /NaN|undefined|\[object/,
  );
});

test("a figure neither freezes nor follows the data it was made from", () => {
  const view = withPath();
  const made = accumulation(view);
  const before = JSON.stringify(made.description);
  view.path!.alphas[0] = 99;
  view.warnings.push("later");
  expect(JSON.stringify(made.description)).toBe(before);
  const compared = comparison();
  compare(compared);
  compared.labels.push("still mine");
});

test("a bundle holds one interactive specification, a PNG and a line of text, and no HTML", async () => {
  const vega = await heatmap(digits())[DISPLAY]();
  expect(Object.keys(vega)).toEqual(["application/vnd.vegalite.v5+json", "image/png", "text/plain"]);
  const playing = await accumulation(withPath())[DISPLAY]();
  expect(Object.keys(playing)).toEqual(["application/vnd.vega.v5+json", "image/png", "text/plain"]);
  const plotly = await accumulation(withPath(), { renderer: "plotly" })[DISPLAY]();
  expect(Object.keys(plotly)).toEqual(["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
});

test("default outputs stay small", async () => {
  const size = async (figure: Figure) => JSON.stringify(await figure[DISPLAY]()).length;
  expect(await size(heatmap(digits()))).toBeLessThan(40_000);
  expect(await size(accumulation(withPath()))).toBeLessThan(60_000);
  expect(await size(heatmap(photograph()))).toBeLessThan(250_000);
});

test("a large picture hovers on a coarser grid that says so, unless told otherwise", () => {
  const texts = (figure: Figure) => JSON.stringify(figure.toVegaLite());
  expect(texts(heatmap(photograph(96)))).toContain("mean of 3×3 pixels");
  expect(texts(heatmap(photograph(96), { hover: "full" }))).not.toContain("mean of");
});

test("the coarser hover grid is the mean of its pixels", () => {
  const view = photograph(96);
  const [trace] = heatmap(view, { renderer: "plotly" }).toPlotly().data.slice(-1) as unknown as {
    z: number[][];
  }[];
  let sum = 0;
  for (let r = 0; r < 3; r++)
    for (let c = 0; c < 3; c++)
      for (let k = 0; k < 3; k++) sum += view.parts[0]!.values.data[(r * 96 + c) * 3 + k]!;
  expect(trace!.z[0]![0]).toBeCloseTo(sum / 9, 6);
});

test("channels are summed with their sign", () => {
  const values = { data: Float32Array.of(1, -1, 2, 3), shape: [1, 1, 2, 2] };
  const figure = heatmap({
    ...digits(),
    parts: [{ name: "x", at: "input", values, axes: ["height", "width", "channel"] }],
  });
  expect(figure.description.rows[0]![0]).toMatchObject({ fields: { map: [0, 5] } });
  expect(figure.description.notes).toContain("Each cell is the signed sum of 2 channels.");
});

test("height and width are found wherever they stand", () => {
  const values = { data: Float32Array.of(1, 2, 3, 10, 20, 30), shape: [1, 2, 3, 1] };
  const figure = heatmap({
    ...digits(),
    parts: [{ name: "x", at: "input", values, axes: ["channel", "width", "height"] }],
  });
  expect(figure.description.rows[0]![0]).toMatchObject({
    rows: 1,
    columns: 3,
    fields: { map: [11, 22, 33] },
  });
});

test("the colour scale is symmetric, and panel, shared and raw mean what they say", () => {
  const view = digits(2);
  const data = view.parts[0]!.values.data as Float32Array;
  for (let i = 64; i < 128; i++) data[i]! *= 10;
  const largest = (from: number) => Math.max(...data.subarray(from, from + 64).map(Math.abs));
  const limits = (options: object) =>
    Object.values(heatmap(view, options).description.colours)
      .filter((scale) => scale.kind === "diverging")
      .map((scale) => [scale.low, scale.high]);
  expect(limits({})).toEqual([
    [-largest(0), largest(0)],
    [-largest(64), largest(64)],
  ]);
  expect(limits({ scale: "shared" })).toEqual([[-largest(64), largest(64)]]);
  expect(limits({ scale: "raw" })).toEqual([[-1, 1]]);
  const raw = heatmap(view, { scale: "raw", limit: 0.5 });
  expect(raw.description.notes.join()).toMatch(/\d+ values lie beyond ±0.5/);
});

test("all zero is said, and the legend is not zero wide", () => {
  const view = digits();
  (view.parts[0]!.values.data as Float32Array).fill(0);
  const figure = heatmap(view);
  expect(figure.description.colours["map"]).toMatchObject({ low: -1, high: 1, constant: 0 });
  expect(JSON.stringify(figure.toVegaLite())).toContain("all zero");
  expect(JSON.stringify(figure.toPlotly())).toContain("all zero");
});

test.each(["", "  "])("the empty title %j takes no room", (title) => {
  const [titled, without] = ["one line", title].map((text) => heatmap(digits(), { title: text }));
  const heightOf = (figure: Figure) => figure.toPlotly().layout["height"] as number;
  expect((without!.toPlotly().layout["title"] as { text: string }).text).toMatch(/^<span[^>]*>logit F/);
  expect(heightOf(without!)).toBe(heightOf(titled!) - 19);
  expect(without!.toVegaLite()["title"]).toMatchObject({ text: [expect.stringMatching(/^logit F/)] });
  const batch = heatmap(digits(2), { title });
  expect(batch.toVegaLite()).not.toHaveProperty("title");
  expect((batch.toPlotly().layout["title"] as { text: string }).text).toBe("");
});

test("a page of a figure without a title has one nonetheless", async () => {
  expect(await heatmap(digits(), { title: "" }).toHTML()).toContain("<title>integratedGradients · ");
});

test("bars and lines of zeros say so in words, of the part that they mean", () => {
  const zero = (view: MapView) => {
    (view.parts[0]!.values.data as Float32Array).fill(0);
    return view;
  };
  const said = "Every attribution is zero.";
  expect(bars(zero(table())).description.notes).toEqual([said]);
  expect(line(zero(signal())).description.notes).toContain(said);
  expect(bars(table()).description.notes).not.toContain(said);
  const two = { ...table(), parts: [...zero(table()).parts, { ...table().parts[0]!, name: "y" }] };
  expect(bars(two).description.notes).toEqual(["Every attribution to x is zero."]);
  const mixed = { ...digits(), parts: [...digits().parts, ...zero(table()).parts] };
  expect(attributionFigure(mixed).description.notes).toEqual([`input x: ${said}`]);
});

test.each([0, 0.5, -3e20])("an input of equal pixels is mid grey, and its legend shows %d alone", (value) => {
  const view = digits();
  (view.parts[0]!.input!.data as Float32Array).fill(value);
  for (const [figure, grey] of [
    [heatmap(view), "#808080"],
    [overlay(view), "#a0a0a0"],
  ] as const) {
    const scale = figure.description.colours["input0"]!;
    expect(scale.stops).toEqual([grey, grey]);
    expect(scale.low < scale.constant! && scale.constant! < scale.high).toBe(true);
  }
  const text = `input: all ${value === 0 ? "zero" : readable(view.parts[0]!.input!.data[0]!)}`;
  expect(JSON.stringify(heatmap(view).toVegaLite())).toContain(text);
  const { coloraxis } = heatmap(view).toPlotly().layout as unknown as {
    coloraxis: { colorbar: { tickvals: number[]; title: { text: string } } };
  };
  expect(coloraxis.colorbar.tickvals).toHaveLength(1);
  expect(coloraxis.colorbar.title.text).toBe(text);
});

test("a map or an input without a finite value has no scale, and is not called zero", () => {
  const view = digits();
  (view.parts[0]!.values.data as Float32Array).fill(Number.NaN);
  (view.parts[0]!.input!.data as Float32Array).fill(Infinity);
  for (const figure of [heatmap(view), heatmap(view, { scale: "shared" })]) {
    const text = JSON.stringify([figure.toVegaLite(), figure.toPlotly()]);
    expect(text).toContain("attribution to the logit: none finite");
    expect(text).toContain("input: none finite");
    expect(text).not.toContain("all zero");
  }
  const half = digits(2);
  half.parts[0]!.values.data.fill(Number.NaN, 0, 64);
  expect(heatmap(half, { scale: "shared" }).description.colours["map"]!.high).toBeGreaterThan(0.1);
});

test("compare says when features are narrower than a pixel", () => {
  const of = (count: number) => {
    const view = table(Array.from({ length: count }, (_, i) => `gene ${i}`));
    return compare({ ...comparison(), views: [view], labels: ["a"], checks: [], magnitudes: [1] });
  };
  expect(of(500).description.notes).toEqual([]);
  expect(of(600).description.notes.join()).toContain("narrower than a pixel");
  const pictures = { ...comparison(), views: [photograph(200)], labels: ["a"], checks: [], magnitudes: [1] };
  expect(compare(pictures).description.notes.join()).not.toContain("narrower");
});

test("values that are not finite are coloured apart and said in words", () => {
  const view = digits();
  const data = view.parts[0]!.values.data as Float32Array;
  data[0] = Number.NaN;
  data[1] = Infinity;
  const figure = heatmap(view);
  expect(figure.description.notes.join()).toContain("2 values are not finite");
  expect(JSON.stringify(figure.toVegaLite())).toContain('"NaN ∞ ');
  expect(Number.isFinite(figure.description.colours["map"]!.high)).toBe(true);
  const [trace] = figure.toPlotly().data.slice(-1) as unknown as {
    z: unknown[][];
    customdata: unknown[][][];
  }[];
  expect(trace!.z[0]!.slice(0, 2)).toEqual([null, null]);
  expect(trace!.customdata[0]![1]![0]).toBe("∞");
});

test("bars are sorted by magnitude and the rest is summed", () => {
  const view = table();
  const [panel] = bars(view, { max: 5 }).description.rows[0]! as unknown as [
    { labels: string[]; values: number[] },
  ];
  expect(panel.values).toHaveLength(5);
  const magnitudes = panel.values.slice(0, 4).map(Math.abs);
  expect([...magnitudes].sort((a, b) => b - a)).toEqual(magnitudes);
  const total = view.parts[0]!.values.data.reduce((a, b) => a + b, 0);
  expect(panel.values.reduce((a, b) => a + b, 0)).toBeCloseTo(total, 5);
  expect(panel.labels[4]).toBe("sum of 26 others");
});

test("short sequences have a tick per step, and none between", () => {
  const ticks = (steps: number): boolean =>
    JSON.stringify(line(signal(1, steps)).toVegaLite()).includes(`"values":[0,1,2,3,4,5]`);
  expect([ticks(6), ticks(48)]).toEqual([true, false]);
});

test("bars of a part with a long name keep the index of each entry", () => {
  const { labels: _, ...part } = table().parts[0]!;
  const name = "global_average_pooling1d_GlobalAveragePooling1D1";
  const [panel] = bars({ ...table(), parts: [{ ...part, name, at: "layer" }] }).description
    .rows[0]! as unknown as [{ labels: string[] }];
  const entries = panel.labels.slice(0, -1);
  expect(new Set(entries).size).toBe(entries.length);
  for (const label of entries) expect(label).toMatch(/^global_average.*…\[\d+\]( = .*)?$/);
});

test.each([
  ["long numbers", [-0.000764, 0.000359, 0.000307]],
  ["small numbers", [-1.42e-11, 1.33e-11, -4.2e-12]],
  ["one side", [-0.000764, -0.000359, -0.000175]],
])("bars have room for their numbers: %s", (_, values) => {
  const view = table(["age", "height", "weight"]);
  const part = { ...view.parts[0]!, values: { shape: [1, 3], data: Float32Array.from(values) } };
  const figure = bars({ ...view, parts: [part] });
  const [panel] = figure.description.rows[0]! as unknown as [{ width: number; values: number[] }];
  const axis = (figure.toPlotly().layout as Record<string, { range: [number, number] }>)["xaxis"]!;
  const [low, high] = axis.range;
  for (const value of panel.values) {
    // Digits of Plotly's 12 pixels, behind a gap.
    const length = 6 + 7 * readable(value, 3).length;
    const end = ((value - low) / (high - low)) * panel.width + (value < 0 ? -length : length);
    expect(end).toBeGreaterThanOrEqual(0);
    expect(end).toBeLessThanOrEqual(panel.width);
  }
});

test("Vega-Lite keeps features of one name apart, also from names that look numbered", () => {
  const view = table(["a", "a", "a (2)", "a"]);
  const { input, ...part } = view.parts[0]!;
  const spec = JSON.stringify(bars({ ...view, parts: [part] }).toVegaLite());
  expect(new Set(spec.match(/"name":"a[^"]*"/g)).size).toBe(4);
});

test("Vega-Lite numbers features of one name and one value", () => {
  const spec = JSON.stringify(bars(table(["age", "age"])).toVegaLite());
  expect(spec).toMatch(/"name":"age = [\d.]+"/);
  expect(new Set(spec.match(/"name":"age = [^"]+"/g)).size).toBe(2);
});

test("an overlay names each of two picture inputs", () => {
  const two = (count: number) => {
    const [part] = digits(count).parts;
    return digits(count, { parts: [part!, { ...part!, name: "depth" }] });
  };
  const heads = (count: number) =>
    overlay(two(count)).description.rows.map(([first]) => [first!.title, first!.caption[0]]);
  expect(heads(1)).toEqual(["input image", "input depth"].map((name) => [name, undefined]));
  expect(heads(3)).toEqual(["input image", "input depth"].map((name) => ['target "7"', name]));
});

test("Grad-CAM is interpolated onto the input", () => {
  const [panel] = overlay(coarse()).description.rows[0]! as unknown as [
    { rows: number; fields: { map: number[] } },
  ];
  expect(panel.rows).toBe(8);
  // Pixel centres: cell (0, 1) of 8 lies a quarter of the way from coarse cell 0 to coarse cell 1.
  expect(panel.fields.map[0]).toBeCloseTo(0, 6);
  expect(panel.fields.map[1]).toBeCloseTo(0.25 / 15, 6);
  expect(panel.fields.map[63]).toBeCloseTo(1, 6);
});

test("the accumulation ends at the map, and its frames are those of the path", () => {
  const view = withPath();
  const figure = accumulation(view);
  expect(figure.renderer).toBe("vega");
  expect(figure.description.frames!.readouts.at(-1)).toBe("α = 0.98 (step 25 / 25)");
  const { frames, data } = figure.toPlotly() as unknown as {
    frames: { data: { z: number[][] }[] }[];
    data: unknown[];
  };
  expect(frames).toHaveLength(12);
  expect(data.length).toBeGreaterThan(5);
  const last = frames.at(-1)!.data[1]!.z.flat();
  for (const [i, value] of last.entries()) expect(value).toBeCloseTo(view.parts[0]!.values.data[i]!, 3);
  expect(accumulation(view, { max: 4 }).description.frames!.readouts).toHaveLength(4);
});

test("the accumulation of another example of a batch is its own", () => {
  const view = withPath(digits(2));
  const data = view.parts[0]!.values.data.subarray(64, 128);
  const figure = accumulation(view, { example: 1 });
  expect(figure.description.title).toContain("example 1");
  const panel = figure.description.rows[0]!.at(-1) as unknown as { frameFields: { map: number[][] } };
  for (const [i, value] of panel.frameFields.map.at(-1)!.entries()) expect(value).toBeCloseTo(data[i]!, 6);
  const curve = figure.description.rows[1]![0] as unknown as { series: { y: number[] }[] };
  expect(curve.series[0]!.y).toEqual(view.path!.runningSum[1]);
});

test.each([
  [30, 15, "feature 28 … feature 29 (mean of 2)"],
  [57, 19, "feature 54 … feature 56 (mean of 3)"],
  [29, 15, "feature 28"],
  [28, 28, "feature 27"],
])("the accumulation of %i features is one row of %i named cells", (features, cells, last) => {
  const names = Array.from({ length: features }, (_, i) => `feature ${i}`);
  const figure = accumulation(withPath(table(names)));
  const panel = figure.description.rows.at(-2)![0] as unknown as Record<string, unknown>;
  expect(panel).toMatchObject({ rows: 1, columns: cells });
  expect(panel["names"]).toHaveLength(cells);
  expect((panel["names"] as string[]).at(-1)).toBe(last);
  expect((panel["frameFields"] as { map: number[][] }).map.at(-1)).toHaveLength(cells);
});

test("a coarse accumulation without names says of which cells a value is the mean", () => {
  const texts = (view: MapView) => {
    const figure = accumulation(withPath(view));
    return [JSON.stringify(figure.toVegaLite()), JSON.stringify(figure.toPlotly())];
  };
  for (const text of texts(narrow())) expect(text).toContain("attribution so far (mean of 3×1 cells)");
  for (const text of texts(signal(2, 48))) expect(text).toContain("attribution so far (mean of 1×2 cells)");
  for (const text of texts(digits())) expect(text).not.toContain("mean of");
  // Names say it themselves.
  for (const text of texts(table())) {
    expect(text).toContain("feature 0 … feature 1 (mean of 2)");
    expect(text).not.toContain("so far (mean of");
  }
});

test("compare names what is under the pointer, also where it shows the means of many features", () => {
  const genes = Array.from({ length: 1000 }, (_, i) => `gene ${i}`);
  const of = (view: MapView) =>
    compare({ ...comparison(), views: [view], labels: ["a"], checks: [], magnitudes: [1] });
  const many = of(table(genes));
  for (const spec of [many.toVegaLite(), many.toPlotly()]) {
    const text = JSON.stringify(spec);
    expect(text).toContain("gene 0 … gene 31 (mean of 32)");
    expect(text).toContain("gene 992 … gene 999 (mean of 8)");
    expect(text).not.toContain("pixels)");
  }
  // Channels are rows there: the second cell of the first row is the second step of the first channel.
  const [row] = of(signal(2, 20)).description.rows;
  expect((row![0] as GridPanel).names!.slice(0, 2)).toEqual(["signal[0, 0]", "signal[1, 0]"]);
  expect((row![0] as GridPanel).names![20]).toBe("signal[0, 1]");
});

test("tokens of white space can be seen", () => {
  const words = ["\n", "\tend", " ", "", "a b"];
  const [panel] = tokens(sentence(words)).description.rows[0]! as unknown as [{ boxes: { text: string }[] }];
  expect(panel.boxes.map(({ text }) => text)).toEqual(["\\n", "\\tend", '" "', '""', "a b"]);
});

test("legends of small and large numbers have exponents in Vega-Lite", async () => {
  const view = digits();
  const { data } = view.parts[0]!.values;
  for (let i = 0; i < data.length; i++) data[i]! *= 1e-4;
  const svg = await heatmap(view).toSVG();
  expect(svg).toContain(">+6.34e−5<");
  expect(svg).toContain(">−6.34e−5<");
  for (let i = 0; i < data.length; i++) data[i]! *= 1e12;
  expect(await heatmap(view).toSVG()).toContain(">+6.34e7<");
});

test("names are cut between characters, never inside one", () => {
  const emoji = "a😀👩‍👩‍👧‍👦".repeat(30);
  const figures = [
    compare({ ...comparison(), views: [table([emoji, "b"])], labels: [emoji], checks: [], magnitudes: [1] }),
    bars(table([emoji, "b"]), { title: emoji }),
    tokens(sentence([emoji])),
  ];
  for (const figure of figures)
    for (const spec of [figure.toVegaLite(), figure.toPlotly()]) {
      expect(JSON.stringify(spec)).not.toMatch(/\\ud83d/);
      // Joined emoji stay whole.
      expect(JSON.stringify(spec)).not.toMatch(/\u200d(…|")/);
    }
});

test("scale and limit hold for the accumulation and for inputs of different kinds", () => {
  const two = withPath();
  const [part] = two.parts;
  const ten = (of: typeof part.values) => ({ ...of, data: of.data.map((v) => 10 * v) as Float32Array });
  const [first] = two.path!.accumulated;
  const view = {
    ...two,
    parts: [part!, { ...part!, name: "second", values: ten(part!.values) }],
    path: { ...two.path!, accumulated: [first!, ten(first!)] },
  };
  const limits = (figure: Figure) =>
    Object.values(figure.description.colours)
      .filter((scale) => scale.kind === "diverging")
      .map((scale) => scale.high);
  expect(new Set(limits(accumulation(view))).size).toBe(2);
  expect(limits(accumulation(view, { scale: "shared" }))).toHaveLength(2);
  expect(new Set(limits(accumulation(view, { scale: "shared" }))).size).toBe(1);
  const raw = accumulation(view, { scale: "raw", limit: 0.0001 });
  expect(limits(raw)).toEqual([0.0001, 0.0001]);
  expect(raw.description.notes.join()).toMatch(/\d+ values lie beyond ±0.0001/);
  const mixed = { ...digits(), parts: [...digits().parts, ...signal(1).parts, ...sentence().parts] };
  expect(new Set(limits(attributionFigure(mixed))).size).toBe(3);
  expect(new Set(limits(attributionFigure(mixed, { scale: "shared" }))).size).toBe(1);
});

test("a value of the accumulation that is not finite is counted once, not once per frame", () => {
  const view = digits();
  view.parts[0]!.values.data[3] = Number.NaN;
  expect(accumulation(withPath(view)).description.notes.join()).toContain("1 value is not finite");
});

test("what is left out or added up is said", () => {
  const left = "One of 3 examples: option example shows another.";
  expect(heatmap(digits(3), { max: 1 }).description.notes).toContain(left);
  const mixed = { ...digits(3), parts: [...digits(3).parts, ...table(undefined, 3).parts] };
  expect(attributionFigure(mixed).description.notes.filter((note) => note === left)).toHaveLength(1);
  expect(attributionFigure(mixed, { example: 1 }).description.notes).not.toContain(left);
  const one = bars(table(), { max: 1 });
  expect((one.description.rows[0]![0] as unknown as { values: number[] }).values).toHaveLength(1);
  expect(one.description.notes).toContain("Only the largest is shown: option max shows more.");
  expect(bars(table(["age"]), { max: 1 }).description.notes).toEqual([]);
  const values = { shape: [1, 5, 2, 2, 1], data: new Float32Array(20).fill(1) };
  const volume = { name: "x", at: "input" as const, values, axes: ["depth", "height", "width", "channel"] };
  expect(heatmap({ ...digits(), parts: [volume] }).description.notes).toContain(
    "Each cell is the signed sum of 5 values along depth.",
  );
  const single = { ...comparison(), views: [digits()], labels: ["saliency"], checks: [], magnitudes: [1] };
  expect(compare(single).description.title).toMatch(/^1 method ·/);
});

test("positive values have the warm end of every colour map", () => {
  const warm = { RdBu: "#c43c3c", PuOr: "#ca6d0d", BrBG: "#a6691c", PRGn: "#884d97" };
  for (const [colormap, colour] of Object.entries(warm)) {
    const { colours } = heatmap(digits(), { colormap: colormap as keyof typeof warm }).description;
    expect(colours["map"]!.stops.at(-1)).toBe(colour);
  }
});

test("compare puts maps of one unit on one scale and the checks under their map", () => {
  const figure = compare(comparison());
  expect(Object.keys(figure.description.colours)).toEqual(["map", "input", "agreement"]);
  const texts = figure.description.rows[1]!.map((panel) => (panel as { lines: string[] }).lines);
  expect(texts).toEqual([
    ["Σ attr − Δf", "SNR"],
    ["−8.31", "2.9"],
    ["−0.02", "5.2"],
    ["−7.95", "3.8"],
    ["n/a", "2.1"],
  ]);
  expect(() => compare({ ...comparison(), labels: ["one"] })).toThrow(
    new RangeError("compare(): expected 4 labels, one per map, got 1"),
  );
});

test("compare gives each unit a scale, a mean of gradients that of gradients, and each map its legend", () => {
  const times = (view: MapView, factor: number, quantity: string): MapView => {
    const [part] = view.parts;
    const values = { ...part!.values, data: part!.values.data.map((value) => value * factor) };
    return { ...view, quantity, parts: [{ ...part!, values }] };
  };
  const views = [
    times(digits(), 100, "gradient of"),
    times(digits(), 1, "attribution to"),
    times(digits(), 50, "mean gradient of"),
    times(digits(), 1e-6, "attribution to"),
  ];
  const { rows, colours } = compare({ ...comparison(), views }).description;
  const [, ...maps] = rows[0] as GridPanel[];
  const largest = Math.max(...digits().parts[0]!.values.data.map(Math.abs));
  expect(maps.map((panel) => colours[panel.layers[0]!.colour]!.high / largest)).toEqual(
    [100, 1, 100, 1].map((high) => expect.closeTo(high, 4)),
  );
  expect(maps.map((panel) => panel.legend)).toEqual([true, true, true, true]);
  expect(maps.map((panel) => colours[panel.layers[0]!.colour]!.legendTitle)).toEqual([
    "gradient of the logit",
    "attribution to the logit",
    "gradient of the logit",
    "attribution to the logit",
  ]);
  // Both renderers draw four legends, two of which share a scale.
  const figure = compare({ ...comparison(), views });
  const { layout } = figure.toPlotly();
  const bars = Object.entries(layout).filter(
    ([name, axis]) => name.startsWith("coloraxis") && (axis as { showscale: boolean }).showscale,
  );
  expect(bars).toHaveLength(5);
});

test("compare ranks the cells of every two maps, a coarser one interpolated, and magnitudes on demand", () => {
  const { rows } = compare(comparison()).description;
  const agreement = rows.flat().find((panel) => panel.kind === "matrix")!;
  expect(agreement.rowNames).toEqual(comparison().labels);
  expect(agreement.values[0]).toBe(1);
  // The first two views are the same map.
  expect(agreement.values[1]).toBeCloseTo(1, 12);
  expect(agreement.values[3]).toBe(agreement.values[12]);
  expect(Math.abs(agreement.values[3]!)).toBeLessThan(0.5);
  expect(rows.flat().some((panel) => panel.kind === "bars")).toBe(false);
  const asked = compare(comparison(), { magnitudes: true }).description.rows.flat();
  expect(asked.find((panel) => panel.kind === "bars")!.values).toEqual(comparison().magnitudes);
  expect(() => compare(comparison(), { magnitudes: 1 as never })).toThrow(
    "compare(): expected magnitudes to be true or false, got 1",
  );
});

test("compare subtracts shares of the magnitude, which have no unit, where that is asked for", () => {
  const [part] = digits().parts;
  const values = [...part!.values.data];
  // A hundred times the map, but for one cell that is doubled.
  const changed = values.map((value, i) => 100 * value * (i === 9 ? 2 : 1));
  const other = {
    ...digits(),
    parts: [{ ...part!, values: { ...part!.values, data: Float32Array.from(changed) } }],
  };
  const views = [digits(), digits(), other];
  const given = { ...comparison(), views, labels: ["a", "b", "c"], checks: [], magnitudes: [1, 1, 1] };
  const asked = compare(given, { differences: true }).description;
  const [same, differing] = asked.rows
    .flat()
    .filter((panel): panel is GridPanel => panel.kind === "grid")
    .filter((panel) => panel.layers[0]!.colour === "difference");
  expect([same!.title, differing!.title]).toEqual(["b − a", "c − a"]);
  expect(same!.fields["map"]!.every((value) => value === 0)).toBe(true);
  const sum = (of: number[]): number => of.reduce((all, value) => all + Math.abs(value), 0);
  expect(values[9]).not.toBe(0);
  for (const cell of [9, 10, 20])
    expect(differing!.fields["map"]![cell]).toBeCloseTo(
      changed[cell]! / sum(changed) - values[cell]! / sum(values),
      6,
    );
  expect(asked.colours["difference"]!.legendTitle).toBe("difference of shares of magnitude");
  expect(compare(comparison()).description.colours["difference"]).toBeUndefined();
  expect(() => compare(comparison(), { differences: "yes" as never })).toThrow(
    'compare(): expected differences to be true or false, got "yes"',
  );
});

test.each([
  [[1, 2, 3, 4], [10, 20, 30, 1000], 1],
  [[1, 2, 3, 4], [4, 3, 2, 1], -1],
  // By hand: ranks 0, 1.5, 1.5, 3 and 0, 2, 1, 3.
  [[1, 2, 2, 3], [1, 5, 4, 9], 4.5 / Math.sqrt(4.5 * 5)],
])("the rank correlation of %j and %j is %d", (a, b, expected) => {
  expect(rankCorrelation(a, b)).toBeCloseTo(expected, 12);
  expect(rankCorrelation(a, [1, 1, 1, 1])).toBeNaN();
  expect(rankCorrelation(a, [1, Number.NaN, 1, 2])).toBeNaN();
});

test("the figure follows the axes, and stacks inputs of different kinds", () => {
  const kindOf = (view: Parameters<typeof attributionFigure>[0]) =>
    attributionFigure(view).description.rows.map((row) => row.at(-1)!.kind);
  expect(kindOf(digits())).toEqual(["grid"]);
  expect(kindOf(table())).toEqual(["bars"]);
  expect(kindOf(signal(1))).toEqual(["series"]);
  expect(kindOf(sentence())).toEqual(["strip"]);
  const mixed = { ...digits(), parts: [...digits().parts, ...table().parts] };
  expect(kindOf(mixed)).toEqual(["grid", "bars"]);
});

test("a batch shows eight, says how many more, and example picks one", () => {
  const figure = heatmap(digits(11));
  expect(figure.description.title).toBe("integratedGradients · 8 of 11 examples");
  expect(figure.description.notes[0]).toMatch(/^3 more not shown/);
  expect(heatmap(digits(11), { example: 10 }).description.title).toBe(
    'integratedGradients · target "7" · example 10',
  );
});

test("one line says what the map is", () => {
  expect(mapText(digits())).toBe('integratedGradients · target "7" · F(x) 12.31 · Σ 2.017 · δ −0.02 · 8×8×1');
  expect(mapText(digits(3))).toBe("integratedGradients · 3 examples · largest |δ| 0.02 · 8×8×1");
  expect(mapText(digits(1, { target: ["\u001b[31mred"] }))).not.toContain("\u001b");
});

test.each([
  [{ scal: "raw" }, 'heatmap(): expected a known option, got "scal" (nearest: "scale")'],
  [
    { scale: "share" },
    'heatmap(): expected option scale to be "panel" or "shared" or "raw", got "share"; did you mean "shared"?',
  ],
  [null, "heatmap(): expected one options object, got null"],
  [{ toString: 1 }, 'heatmap(): expected a known option, got "toString"'],
  [{ example: 1 }, "heatmap(): expected option example to be an integer in [0, 0], got 1"],
  [{ limit: 0 }, "heatmap(): expected option limit to be a positive number, got 0"],
])("%j is refused", (options, message) => {
  expect(() => heatmap(digits(), options as object)).toThrow(message);
});

test("axes that do not fit are refused by name", () => {
  expect(() => heatmap(table())).toThrow("heatmap(): expected axes height and width, got [feature]");
  expect(() => line(table())).toThrow("line(): expected the axis time first, got [feature]");
  expect(() => accumulation(digits())).toThrow("accumulation(): expected a map made with keepPath: true");
});

test("Plotly's little HTML gets no tags from names", () => {
  const figures = [
    bars(table(HOSTILE)),
    heatmap(digits(1, { target: [HOSTILE[0]!], warnings: [HOSTILE[1]!] })),
    tokens(sentence(HOSTILE)),
  ];
  for (const figure of figures) {
    const text = JSON.stringify(figure.toPlotly());
    expect(text).not.toMatch(/<(script|img|\/script)/);
    expect(text).toContain("&lt;");
  }
});

test("outputs stay small, whatever the batch and the length of a sequence", () => {
  const large: Record<string, () => Figure> = {
    "one picture of 64": () => heatmap(photograph(64)),
    "eight pictures of 28": () => heatmap(photograph(28, 8)),
    "eight pictures of 64": () => heatmap(photograph(64, 8)),
    "eight pictures of 100": () => heatmap(photograph(100, 8)),
    "eight overlays of 64": () => overlay(photograph(64, 8)),
    "a long sequence": () => line(signal(1, 1500)),
    "a very long sequence of many channels": () => line(signal(12, 5000)),
  };
  for (const [name, make] of Object.entries(large)) {
    const drawn = { "vega-lite": make().toVegaLite(), plotly: make().toPlotly() };
    for (const [renderer, json] of Object.entries(drawn)) {
      const bytes = JSON.stringify(json).length;
      expect(bytes, `${name}, ${renderer}`).toBeLessThan(250_000);
    }
  }
});

test("a Plotly line stores each number once for the pointer, and else as finely as the eye sees", () => {
  const view = signal(4, 512);
  const plotly = line(view, { renderer: "plotly" }).toPlotly();
  expect(JSON.stringify(plotly).length).toBeLessThan(75_000);
  const values = view.parts[0]!.values.data;
  const bar = plotly.data.find(({ type }) => type === "bar") as unknown as {
    x0: number;
    dx: number;
    y: number[];
    marker: { color: number[] };
  };
  expect([bar.x0, bar.dx]).toEqual([0, 1]);
  expect(bar.y[7]).toBe(Number(values[7 * 4]!.toPrecision(5)));
  for (const [t, colour] of bar.marker.color.entries())
    expect(Math.abs(colour - values[4 * t]!)).toBeLessThan(1 / 60);
});

test("a long sequence is drawn by means, which a note says", () => {
  const view = signal(1, 1025);
  const { description } = line(view);
  const panel = description.rows[0]![0] as unknown as { attribution: number[]; positions: number[] };
  const values = view.parts[0]!.values.data;
  expect(panel.attribution).toHaveLength(342);
  expect(panel.attribution[1]).toBeCloseTo((values[3]! + values[4]! + values[5]!) / 3, 6);
  expect(panel.attribution[341]).toBeCloseTo((values[1023]! + values[1024]!) / 2, 6);
  expect(panel.positions.slice(0, 2)).toEqual([1, 4]);
  expect(description.notes).toContain("Each step shown is the mean of 3 time steps.");
  expect(line(signal(1, 512)).description.notes.join()).not.toContain("mean of");
});
