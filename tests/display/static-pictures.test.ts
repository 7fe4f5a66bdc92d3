import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { inflateSync } from "node:zlib";
import { decode } from "fast-png";
import { afterAll, expect, test } from "vitest";
import { format } from "../../kernel/display/format";
import {
  accumulation,
  bars,
  compare,
  DISPLAY,
  type Figure,
  heatmap,
  line,
  overlay,
  tokens,
} from "../../src/display";
import { metadataOf } from "../../src/display/displayed";
import { pngOfSvg } from "../../src/display/output/static-picture";
import { coarse, comparison, digits, HOSTILE, sentence, signal, table, withPath } from "./views";

const folder = mkdtempSync(join(tmpdir(), "gradlens-figures-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FIGURES: Record<string, () => Figure> = {
  heatmap: () => heatmap(digits()),
  overlay: () => overlay(coarse()),
  bars: () => bars(table()),
  line: () => line(signal()),
  tokens: () => tokens(sentence()),
  accumulation: () => accumulation(withPath()),
  compare: () => compare(comparison()),
};

test.each(Object.keys(FIGURES))("%s as SVG and PNG", async (name) => {
  const figure = FIGURES[name]!();
  const svg = await figure.toSVG();
  expect(svg).toMatch(/^<svg/);
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg).toContain(figure.description.title.replaceAll('"', "&quot;").slice(0, 8));
  const { width, height } = sizeOf(svg);
  const once = decode(await figure.toPNG());
  const twice = decode(await figure.toPNG({ scale: 2 }));
  expect([once.width, once.height]).toEqual([width, height]);
  expect([twice.width, twice.height]).toEqual([2 * width, 2 * height]);
  const colours = new Set<string>();
  for (let i = 0; i < once.data.length; i += once.channels) colours.add(once.data.slice(i, i + 3).join());
  expect(colours.size).toBeGreaterThan(20);
});

function sizeOf(svg: string): { width: number; height: number } {
  const [, width, height] = /width="([\d.]+)" height="([\d.]+)"/.exec(svg)!;
  return { width: Math.round(Number(width)), height: Math.round(Number(height)) };
}

test("the map's colours reach the picture: blue below zero, red above, equally far", async () => {
  const view = digits();
  const data = view.parts[0]!.values.data as Float32Array;
  data.fill(0);
  data[0] = -2;
  data[7] = 2;
  const svg = await heatmap(view).toSVG();
  expect(svg).toContain("rgb(50, 125, 184)");
  expect(svg).toContain("rgb(196, 60, 60)");
  expect(svg).toContain("rgb(247, 247, 247)");
});

test("text is set in the shipped font, with Greek and mathematics", async () => {
  const draw = async (title: string) =>
    Buffer.from(await heatmap(digits(), { title }).toPNG()).toString("base64");
  const letters = await Promise.all(["δ", "Σ", "′", "−", "α", "∫", "×"].map(draw));
  expect(new Set(letters).size).toBe(7);
});

test("characters that the font lacks become boxes and do not vanish", async () => {
  const named = (name: string) => heatmap(digits(), { title: `x${name}` }).toPNG();
  const [empty, ...pictures] = await Promise.all(["", "電影", "שלום", "مرحبا", "👍🏽🎉"].map(named));
  for (const picture of pictures) expect(inkOf(picture)).toBeGreaterThan(inkOf(empty!) + 20);
  // One box for what a reader takes for one character, and none for accents.
  expect(Buffer.from(await named("👩‍👩‍👧‍👦")).equals(Buffer.from(await named("電")))).toBe(true);
  expect(Buffer.from(await named("e\u0331")).equals(Buffer.from(await named("▯")))).toBe(false);
});

/** Dark pixels of the title. */
function inkOf(png: Uint8Array): number {
  const { width, data, channels } = decode(png);
  let ink = 0;
  for (let y = 0; y < 20; y++)
    for (let x = 0; x < 90; x++)
      if (data.slice((y * width + x) * channels, (y * width + x) * channels + 3).every((c) => c < 90)) ink++;
  return ink;
}

test("dark and light pictures have the same hues in the same order, and the page's colour at zero", async () => {
  const light = await heatmap(digits()).toSVG();
  const dark = await heatmap(digits(), { theme: "dark" }).toSVG();
  const cells = (svg: string) =>
    [...svg.matchAll(/fill="rgb\((\d+), (\d+), (\d+)\)"/g)].map(([, ...rgb]) => rgb.map(Number)).slice(64);
  const [onLight, onDark] = [cells(light), cells(dark)];
  expect(onDark).toHaveLength(64);
  const far = (colour: number[], page: number) => Math.max(...colour.map((c) => Math.abs(c - page)));
  const values = [...digits().parts[0]!.values.data];
  const order = values.map((_, i) => i).sort((a, b) => Math.abs(values[a]!) - Math.abs(values[b]!));
  for (const [k, i] of order.entries()) {
    const [r, , b] = onDark[i]!;
    if (values[i] === 0) {
      expect(far(onDark[i]!, 28)).toBeLessThanOrEqual(2);
      continue;
    }
    if (far(onLight[i]!, 247) > 16)
      expect(Math.sign(r! - b!)).toBe(Math.sign(onLight[i]![0]! - onLight[i]![2]!));
    const weaker = order
      .slice(0, k)
      .filter((j) => values[j]! * values[i]! > 0)
      .at(-1);
    if (weaker !== undefined)
      expect(far(onDark[i]!, 28)).toBeGreaterThanOrEqual(far(onDark[weaker]!, 28) - 1);
  }
  // The strongest cell is the same in both.
  expect(onDark[order.at(-1)!]).toEqual(onLight[order.at(-1)!]);
  expect(dark).toContain("#1c1c1c");
  expect(light).not.toContain("#1c1c1c");
});

test.each([
  ["light", "#222222"],
  ["dark", "#e8e8e8"],
] as const)("numbers beside bars have the ink of axis labels, in %s", async (theme, ink) => {
  const svg = await bars(table(), { theme }).toSVG();
  const inkOfText = (text: string) =>
    new RegExp(`<text[^>]* fill="([^"]*)"[^>]*>${text}</text>`).exec(svg)?.[1];
  expect([inkOfText("feature 0 = 8.1"), inkOfText("−0.16"), inkOfText("0.0744")]).toEqual([ink, ink, ink]);
  expect(svg).not.toMatch(/<text[^>]* stroke="(?!transparent)/);
});

test("a notebook's picture is twice as fine as the page, whose pixels it takes, and says itself in words", async () => {
  const figure = heatmap(digits());
  const bundle = await figure[DISPLAY]();
  const svg = sizeOf(await figure.toSVG());
  const picture = decode(Buffer.from(bundle["image/png"] as string, "base64"));
  expect([picture.width, picture.height]).toEqual([2 * svg.width, 2 * svg.height]);
  const strongest = digits().parts[0]!.values.data.map(Math.abs);
  const at = strongest.indexOf(Math.max(...strongest));
  const said = metadataOf(bundle)["image/png"] as { width: number; height: number; alt: string };
  expect(said).toMatchObject(svg);
  expect(said.alt).toContain(`strongest: row ${Math.floor(at / 8)}, column ${at % 8} (+0.634)`);
  expect(said.alt).toContain('target "7". logit F(x) = 12.31');
  // Not among the contents, where front-ends would look for a type of that name.
  expect(Object.keys(bundle)).toHaveLength(3);
  // The kernel hands it on with the contents.
  const published = await format(figure);
  expect(metadataOf(published)).toEqual(metadataOf(bundle));
});

test("titles are set in bold", async () => {
  const svg = await heatmap(digits(), { title: "Wide title" }).toSVG();
  expect(svg).toMatch(/font-weight="600"[^>]*>Wide title|font-weight="bold"[^>]*>Wide title/);
  const light = svg.replaceAll(/font-weight="(600|bold)"/g, 'font-weight="normal"');
  const draw = (text: string) => pngOfSvg(text, { scale: 1, background: "#ffffff" });
  expect(inkOf(await draw(svg))).toBeGreaterThan(1.2 * inkOf(await draw(light)));
});

test("hostile names are text in SVG", async () => {
  const svg = await bars(table(HOSTILE)).toSVG();
  expect(svg).not.toMatch(/<(script|img|b)\b/);
  expect(svg).toContain("&lt;");
});

test("save chooses by the path's ending and refuses others before writing", async () => {
  const figure = heatmap(digits());
  for (const ending of ["svg", "png", "pdf", "html", "json"])
    await figure.save(join(folder, `map.${ending}`));
  const read = (ending: string) => readFileSync(join(folder, `map.${ending}`));
  expect(read("svg").toString()).toMatch(/^<svg/);
  expect(read("png").subarray(1, 4).toString()).toBe("PNG");
  expect(read("pdf").subarray(0, 5).toString()).toBe("%PDF-");
  expect(read("html").toString()).toMatch(/^<!doctype html>/);
  expect(JSON.parse(read("json").toString())).toEqual(JSON.parse(JSON.stringify(figure.toVegaLite())));
  await expect(figure.save(join(folder, "map.jpg"))).rejects.toThrow(
    "save(): expected a path ending in .svg, .png, .pdf, .html or .json",
  );
  await expect(figure.toPNG({ scale: 0 })).rejects.toThrow(RangeError);
  await expect(figure.toPNG({ size: 2 } as object)).rejects.toThrow(
    'toPNG(): expected the option scale, got "size"',
  );
});

test("a PDF holds the picture for print, its title and its words", async () => {
  const figure = heatmap(digits(), { title: "Łódź (7) → \\) 😀" });
  const pdf = Buffer.from(await figure.toPDF());
  const text = pdf.toString("latin1");
  // Readers find objects by where the table says that they begin.
  const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1]);
  const starts = Array.from(text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm), ([, start]) =>
    Number(start),
  );
  expect(starts).toHaveLength(8);
  starts.forEach((start, i) => {
    expect(text.slice(start, start + 8)).toBe(`${i + 1} 0 obj\n`);
  });
  const utf16 = (name: string): string =>
    Buffer.from(new RegExp(`/${name} <feff([0-9a-f]*)>`).exec(text)?.[1] ?? "", "hex")
      .swap16()
      .toString("utf16le");
  expect(utf16("Title")).toBe("Łódź (7) → \\) 😀");
  expect(utf16("Alt")).toBe(figure.toAltText());
  const [, width, height, length] =
    /\/Width (\d+) \/Height (\d+) .*\/Length (\d+)>>\nstream\n/.exec(text) ?? [];
  const from = text.indexOf("stream\n", text.indexOf("/Subtype /Image")) + 7;
  const rows = inflateSync(pdf.subarray(from, from + Number(length)));
  const wanted = decode(await figure.toPNG({ scale: 4 }));
  expect([Number(width), Number(height)]).toEqual([wanted.width, wanted.height]);
  // Each row begins with the number of its filter: of none.
  const stride = 1 + 3 * wanted.width;
  expect(rows.length).toBe(stride * wanted.height);
  for (let row = 0; row < wanted.height; row += 97) {
    const given = rows.subarray(row * stride, (row + 1) * stride);
    const pixels = wanted.data.subarray(4 * row * wanted.width, 4 * (row + 1) * wanted.width);
    expect(given[0]).toBe(0);
    expect(given.subarray(1)).toEqual(Buffer.from(pixels.filter((_, i) => i % 4 !== 3)));
  }
});

test("node prints one line", () => {
  expect(inspect(heatmap(digits()))).toBe(
    'integratedGradients · target "7" · F(x) 12.31 · Σ 2.017 · δ −0.02 · 8×8×1',
  );
});
