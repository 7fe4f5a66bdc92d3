/** Static pictures: SVG by Vega's headless renderer, PNG by resvg with the shipped font. */

import { compileVegaLite, SILENT } from "../panels/draw-vega";
import type { VegaLite } from "../panels/vega-lite-parts";
import { characters, isWide } from "../text-width";
import { hash } from "./hash";
import { COMPACT_BYTES, compactPng, fullPng, MOST_BYTES, palettePng } from "./raster";
import { type FontWeight, readFont, readFontWidths, readResvgModule } from "./shipped-files";

/** SVG of a Vega-Lite specification, by Vega's own headless renderer. */
export async function svgOfVegaLite(spec: VegaLite): Promise<string> {
  const vega = require("vega") as VegaModule;
  const parsed = vega.parse(compileVegaLite(spec));
  const view = new vega.View(parsed, { renderer: "none", logger: SILENT });
  const restore = measureWithShippedFont(vega.textMetrics);
  try {
    return withOwnNames(await view.toSVG(), hash(JSON.stringify(spec)));
  } finally {
    restore();
    view.finalize();
  }
}

// Vega counts gradients and clips over all pictures of a process: the same picture would differ from call to call, and
// two of different processes in one page would take each other's colours.
function withOwnNames(svg: string, prefix: string): string {
  const names = new Map<string, string>();
  return svg.replace(/( id="|url\(#)((?:gradient_|clip)\d+)/g, (_, before: string, name: string) => {
    if (!names.has(name)) names.set(name, `g${prefix}-${names.size}`);
    return before + names.get(name);
  });
}

// Without a canvas Vega takes every character for 0.8 of the font size, and leaves wide gaps.
function measureWithShippedFont(metrics: TextMetrics): () => void {
  const original = metrics.width;
  if (original !== metrics.estimateWidth) return () => {};
  metrics.width = (item, text) => {
    const ofCharacter = fontWidths(isBold(item) ? "bold" : "regular");
    let width = 0;
    for (const character of characters(String(text ?? "")))
      width += ofCharacter[character] ?? ofCharacter[missing(character)];
    return width * metrics.height(item);
  };
  return () => {
    metrics.width = original;
  };
}

const WEIGHTS = ["regular", "bold"] as const;

/** The weight that the renderer takes for a text, of the two that are shipped. */
function isBold(item: unknown): boolean {
  const { fontWeight } = item as { fontWeight?: unknown };
  return fontWeight === "bold" || Number(fontWeight) >= 600;
}

const widths: Partial<Record<FontWeight, Record<string, number>>> = {};

function fontWidths(weight: FontWeight): Record<string, number> {
  widths[weight] ??= readFontWidths(weight);
  return widths[weight];
}

// resvg draws nothing for a character that the font lacks, so that a name would vanish without a word.
function withBoxes(svg: string): string {
  const has = fontWidths("regular");
  return svg.replace(/>[^<]*\P{ASCII}[^<]*</gu, (text) =>
    characters(text)
      .map((character) => {
        if (character < "\x80" || has[character] !== undefined) return character;
        const [first, ...marks] = character;
        // An accent that the font lacks costs the accent alone.
        return has[first] === undefined
          ? missing(character)
          : [first, ...marks.filter((m) => has[m])].join("");
      })
      .join(""),
  );
}

/** The box drawn for a character that the font lacks. */
function missing(character: string): string {
  return isWide(character) ? "□" : "▯";
}

/** A PNG and its size in pixels of the page, of which it may have several per pixel. */
export interface PagePicture {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/**
 * PNG of an SVG for a notebook: twice as fine as the page, but for a grainy photograph, which would be the heaviest part
 * of the output.
 */
export async function pagePngOfSvg(svg: string, background: string): Promise<PagePicture> {
  const fine = await drawn(svg, { scale: 2, background }, compactPng);
  let { content } = fine;
  const smaller = [
    [COMPACT_BYTES, compactPng],
    [MOST_BYTES, palettePng],
  ] as const;
  for (const [room, encode] of smaller)
    if (content.length > room) content = (await drawn(svg, { scale: 1, background }, encode)).content;
  return { png: content, width: fine.width / 2, height: fine.height / 2 };
}

/** Dots of a printed picture per pixel of the page: 384 to an inch. */
const PRINT_SCALE = 4;

/** An SVG as a picture for print. */
export async function printedPicture(svg: string, background: string): Promise<PagePicture> {
  const { content, width, height } = await drawn(svg, { scale: PRINT_SCALE, background }, fullPng);
  return { png: content, width: width / PRINT_SCALE, height: height / PRINT_SCALE };
}

/** PNG of an SVG, set in the shipped font. */
export async function pngOfSvg(
  svg: string,
  options: { scale: number; background: string },
): Promise<Uint8Array> {
  const { content } = await drawn(svg, options);
  return content;
}

/** An SVG drawn in pixels, as the PNG that `encode` makes of them, or the renderer. */
async function drawn(
  svg: string,
  options: { scale: number; background: string },
  encode?: (width: number, height: number, pixels: Uint8Array) => Uint8Array,
): Promise<{ content: Uint8Array; width: number; height: number }> {
  const { Resvg } = await resvg();
  const picture = new Resvg(withBoxes(svg), {
    background: options.background,
    fitTo: { mode: "zoom", value: options.scale },
    imageRendering: 1,
    font: {
      fontBuffers: WEIGHTS.map(readFont),
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  const rendered = picture.render();
  try {
    const { width, height, pixels } = rendered;
    return { content: encode?.(width, height, pixels) ?? rendered.asPng(), width, height };
  } finally {
    rendered.free();
    picture.free();
  }
}

/** Lets the renderer of PNGs be loaded and compiled beside what is done first. */
export function preparePng(): void {
  // An error is told to whoever draws the picture.
  resvg().catch(() => {});
}

let loading: Promise<ResvgModule> | undefined;

// The module can be initialised only once in a process.
function resvg(): Promise<ResvgModule> {
  loading ??= (async () => {
    const module = require("@resvg/resvg-wasm") as ResvgModule;
    await module.initWasm(readResvgModule());
    return module;
  })();
  return loading;
}

// Vega's own types need the DOM's, which this library does not load: only what is used is declared.
interface TextMetrics {
  width(item: unknown, text: unknown): number;
  estimateWidth(item: unknown, text: unknown): number;
  height(item: unknown): number;
}

interface VegaModule {
  textMetrics: TextMetrics;
  parse(spec: unknown): unknown;
  View: new (runtime: unknown, options: unknown) => { toSVG(): Promise<string>; finalize(): void };
}

interface RenderedPicture {
  width: number;
  height: number;
  /** red, green, blue, alpha */
  pixels: Uint8Array;
  asPng(): Uint8Array;
  free(): void;
}

interface ResvgModule {
  initWasm(module: Uint8Array): Promise<void>;
  Resvg: new (svg: string, options: unknown) => { render(): RenderedPicture; free(): void };
}
