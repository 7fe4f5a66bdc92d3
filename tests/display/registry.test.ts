/** Laws of every registered figure: drawn by every renderer from real results, and never running a name. */
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import { describe, expect, it } from "vitest";
import * as gradlens from "../../src";
import { checkInteger } from "../../src/check";
import {
  type AnyFigure,
  type BarPanel,
  type DefinedFigure,
  DISPLAY,
  defineFigure,
  exampleOf,
  FIGURES,
  type Figure,
  type MapView,
  type TextPanel,
  waterfall,
} from "../../src/display";
import { readable } from "../../src/display/text";
import { RESULTS, resultsFor } from "./results";
import { HOSTILE } from "./views";

const RENDERERS = ["vega-lite", "plotly"] as const;

const schema = JSON.parse(readFileSync(require.resolve("vega-lite/build/vega-lite-schema.json"), "utf8"));
// strict: false because the schema uses keywords of JSON Schema draft 7 that ajv only knows by plugins ("format").
const validate = new Ajv({ strict: false, allErrors: false, validateFormats: false }).compile(schema);

/** Each figure with each result that it can show. */
const DRAWN = FIGURES.flatMap((figure) =>
  resultsFor(figure).map(([modality, make]) => [`${figure.meta.name} of ${modality}`, figure, make] as const),
);

const drawn = async (figure: AnyFigure, make: () => Promise<never>, options = {}): Promise<Figure> =>
  figure(await make(), options);

describe("the registry of figures", () => {
  it("holds each figure under its own name, in one namespace with their functions", () => {
    for (const figure of FIGURES) {
      const members: Record<string, unknown> = { ...gradlens.display };
      expect(members[figure.meta.name]).toBe(figure);
    }
    expect(FIGURES.length).toBeGreaterThanOrEqual(8);
  });

  it.each(FIGURES.map((figure) => [figure.meta.name, figure] as const))(
    "says what %s is, shows and cannot show, and has a result to be tested on",
    (name, figure) => {
      const { title, shows, cannotShow } = figure.meta;
      expect(title).toMatch(/^[A-Z]/);
      expect(title).not.toBe(name);
      for (const sentence of [shows, cannotShow]) expect(sentence).toMatch(/^[A-Z].*[.]$/s);
      expect(resultsFor(figure)).not.toEqual([]);
    },
  );

  it.each(Object.keys(RESULTS.map) as (keyof typeof RESULTS.map)[])(
    "has one default for %s, with its path and without",
    async (modality) => {
      const view = await RESULTS.map[modality]();
      const { path: _, ...still } = view;
      const chosen = {
        volume: "slices",
        picture: "heatmap",
        table: "bars",
        text: "tokens",
        sequence: "line",
      }[modality];
      const competing = FIGURES.filter(
        ({ meta }) => meta.of === "map" && meta.needs.length === 0 && meta.modalities.includes(modality),
      ).filter(({ meta }) => still.parts.every(meta.byDefaultFor));
      expect(competing.map(({ meta }) => meta.name)).toEqual([chosen]);
      const same = FIGURES.find(({ meta }) => meta.name === chosen) as DefinedFigure;
      expect(gradlens.display.attributionFigure(still).toJSON()).toEqual(same(still).toJSON());
      expect(gradlens.display.attributionFigure(view).toJSON()).toEqual(
        gradlens.display.accumulation(view).toJSON(),
      );
    },
    60_000,
  );
});

describe.each(DRAWN)("%s", (_, figure, make) => {
  it("is valid Vega-Lite 5 and complete Plotly, of the renderer that was asked for", async () => {
    for (const renderer of RENDERERS)
      expect((await drawn(figure, make, { renderer })).renderer).toBe(renderer);
    const made = await drawn(figure, make);
    validate(JSON.parse(JSON.stringify(made.toVegaLite())));
    expect(validate.errors ?? []).toEqual([]);
    const plotly = JSON.parse(JSON.stringify(made.toPlotly())) as { data: unknown[]; layout: object };
    expect(plotly.data.length).toBeGreaterThan(0);
    expect(JSON.stringify([made.toVegaLite(), plotly])).not.toMatch(/NaN|undefined|\[object/);
  });

  it("is a static picture with its title, in light and dark", async () => {
    const [light, dark] = await Promise.all(
      (["light", "dark"] as const).map(async (theme) => (await drawn(figure, make, { theme })).toSVG()),
    );
    for (const svg of [light!, dark!]) {
      expect(svg).toMatch(/^<svg/);
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
    expect(light).toContain("#ffffff");
    expect(dark).toContain("#1c1c1c");
  });

  it("takes a title, names an unknown option, and writes what it is in one line", async () => {
    const made = await drawn(figure, make, { title: "mine" });
    expect(made.description.title).toBe("mine");
    expect(String(made)).not.toContain("\n");
    await expect(drawn(figure, make, { rendrer: "plotly" })).rejects.toThrow(
      `${figure.meta.name}(): expected a known option, got "rendrer" (nearest: "renderer")`,
    );
  });
});

describe.each(FIGURES.filter(({ meta }) => meta.of === "map").map((f) => [f.meta.name, f] as const))(
  "%s",
  (name, defined) => {
    const figure = defined as DefinedFigure;

    it("shows hostile names as text", async () => {
      for (const [, make] of resultsFor(figure)) {
        const view: MapView = await make();
        const hostile = {
          ...view,
          target: [HOSTILE[0]!],
          warnings: [HOSTILE[1]!],
          parts: view.parts.map((part) => ({
            ...part,
            name: HOSTILE[2]!,
            ...(part.labels && { labels: part.labels.map((_, i) => HOSTILE[i % HOSTILE.length]!) }),
          })),
        };
        const made = figure(hostile);
        expect(JSON.stringify(made.toPlotly())).not.toMatch(/<(script|img|\/script)/);
        expect(await made.toSVG()).not.toMatch(/<(script|img|b)\b/);
      }
    });

    it("refuses what it cannot show, before anything is drawn", async () => {
      for (const [modality, make] of Object.entries(RESULTS.map)) {
        const view = await make();
        if (!figure.meta.modalities.some((known) => known === modality))
          expect(() => figure(view)).toThrow(new RegExp(`^${name}\\(\\): expected .*, got \\[`));
        const { path: _, baselineScore: __, convergenceDelta: ___, ...bare } = view;
        if (figure.meta.needs.length > 0)
          expect(() => figure(bare)).toThrow(
            new RegExp(`^${name}\\(\\): expected a map .*integratedGradients`),
          );
      }
    });
  },
);

describe("a figure of one's own", () => {
  const shares = defineFigure<{ digits: number }>(
    {
      name: "shares",
      modalities: ["table"],
      options: {
        digits: {
          default: 1,
          check: (fn, value) => checkInteger(fn, "digits", value, 0, 4),
          says: "digits after the point",
        },
      },
    },
    ({ parts, example, options }) => ({
      rows: parts.map((part): TextPanel[] => [
        {
          kind: "text",
          title: "",
          caption: [],
          width: 200,
          height: 20,
          lines: [exampleOf(part.values, example)[0]!.toFixed(options.digits)],
          lineHeight: 15,
          align: "left",
        },
      ]),
      notes: ["One number."],
    }),
  );

  it("is drawn, shows itself, and has its own options beside those of all", async () => {
    const view = await RESULTS.map.table();
    const figure = shares(view, { digits: 3 });
    const [[panel]] = figure.description.rows as [[TextPanel]];
    expect(panel.lines).toEqual([view.parts[0]!.values.data[0]!.toFixed(3)]);
    expect(figure.description.title).toBe('integratedGradients · target "output"');
    expect(figure.description.notes).toContain("One number.");
    expect(Object.keys(await figure[DISPLAY]())).toContain("application/vnd.vegalite.v5+json");
    expect((shares(view).description.rows[0]![0] as TextPanel).lines[0]).toMatch(/^[−-]?\d+\.\d$/);
    expect(() => shares(view, { digits: 9 })).toThrow(
      "shares(): expected digits to be a whole number from 0 to 4, got 9",
    );
    const picture = await RESULTS.map.picture();
    expect(() => shares(picture)).toThrow(
      "shares(): expected an axis of features, got [height, width, channel]",
    );
  });

  it("needs a name and a function, and nothing that is unknown", () => {
    const nothing = () => ({ rows: [] });
    expect(() => defineFigure({} as never, nothing)).toThrow("defineFigure(): expected meta with a name");
    expect(() => defineFigure({ name: "x" }, undefined as never)).toThrow(
      "defineFigure(): expected a function of the scene, got undefined",
    );
    expect(() => defineFigure({ name: "x", need: [] } as never, nothing)).toThrow(/nearest: "needs"/);
  });
});

describe("map.figure(name)", () => {
  it("draws the figure of that name, with its options, and names the nearest for another", async () => {
    const map = await gradlens.integratedGradients((x) => x.square().sum(1, true), [[1, 2, 3]], {
      target: 0,
    });
    expect(map.figure("waterfall", { max: 2 }).toJSON()).toEqual(
      gradlens.display.waterfall(map, { max: 2 }).toJSON(),
    );
    expect(map.figure().toJSON()).toEqual(gradlens.display.bars(map).toJSON());
    expect(map.figure({ max: 2 }).toJSON()).toEqual(gradlens.display.bars(map, { max: 2 }).toJSON());
    expect(() => map.figure("waterfal" as never)).toThrow(
      'figure(): expected the name of a figure, got "waterfal" (nearest: "waterfall")',
    );
    expect(() => map.figure("compare" as never)).toThrow(/expected the name of a figure/);
  });
});

describe("waterfall", () => {
  const panelOf = (view: MapView, options = {}) =>
    waterfall(view, options).description.rows[0]![0] as BarPanel;

  it("goes from F(x′) to F(x), the largest contribution first, the small ones summed", async () => {
    const view = await RESULTS.map.table();
    const { labels, values, starts, texts } = panelOf(view, { max: 5 });
    expect([labels[0], labels.at(-1)]).toEqual(["baseline F(x′)", "input F(x)"]);
    expect(labels).toHaveLength(7);
    expect(labels[5]).toBe("sum of 10 others");
    expect(starts![0]).toBe(view.baselineScore![0]);
    expect(starts!.at(-1)).toBe(view.score[0]);
    expect(texts!.at(-1)).toBe(readable(view.score[0]!));
    const magnitudes = values.slice(1, 5).map(Math.abs);
    expect([...magnitudes].sort((a, b) => b - a)).toEqual(magnitudes);
    for (let i = 1; i < starts!.length; i++)
      expect(starts![i]).toBeCloseTo(starts![i - 1]! + values[i - 1]!, 3);
  });

  it("draws the convergence delta in grey where it can be seen, and what other inputs add", async () => {
    const view = await RESULTS.map.table();
    const off = panelOf({ ...view, convergenceDelta: [15], score: [view.score[0]! - 15] });
    const at = off.labels.indexOf("convergence delta");
    expect(off.values[at]).toBe(-15);
    expect(off.starts![at]! + off.values[at]!).toBeCloseTo(view.score[0]! - 15, 3);
    expect(off.fills[at]).toBe("#8a8a8a");
    expect(panelOf(view).labels).not.toContain("convergence delta");
    const [picture] = (await RESULTS.map.picture()).parts;
    const both = panelOf({ ...view, parts: [...view.parts, picture!] });
    const sum = picture!.values.data.reduce((total, value) => total + value, 0);
    expect(both.values[both.labels.indexOf("other inputs")]).toBeCloseTo(sum, 5);
  });

  it("has bars from start to end in both renderers", async () => {
    const view = await RESULTS.map.table();
    const panel = panelOf(view);
    const plotly = waterfall(view)
      .toPlotly()
      .data.find(({ type }) => type === "bar") as {
      base: number[];
      x: number[];
    };
    for (const [i, base] of plotly.base.entries()) {
      expect(base).toBeCloseTo(panel.starts![i]!, 1);
      expect(plotly.x[i]).toBeCloseTo(panel.values[i]!, 1);
    }
    const { layer } = (waterfall(view).toVegaLite()["vconcat"] as never)[0]["hconcat"][0] as {
      layer: { encoding: Record<string, { field: string }> }[];
    };
    const bar = layer.find(({ encoding }) => encoding["x2"])!;
    expect([bar.encoding["x"]!.field, bar.encoding["x2"]!.field]).toEqual(["start", "end"]);
  });

  it("refuses a map without a baseline, and scores that are no numbers", async () => {
    const { baselineScore: _, ...bare } = await RESULTS.map.table();
    expect(() => waterfall({ ...bare, method: "saliency" })).toThrow(
      "waterfall(): expected a map that adds up to F(x) − F(x′), got one of saliency which has no score of a baseline",
    );
    const view = { ...(await RESULTS.map.table()), score: [Number.NaN] };
    expect(() => waterfall(view)).toThrow(
      "waterfall(): expected finite scores of input and baseline, got 40 and NaN",
    );
  });
});
