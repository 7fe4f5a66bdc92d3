/** Static pictures: SVG by Vega's headless renderer, PNG by resvg with the shipped font. */

import type { VegaLite } from "../panels/vega-lite-parts";
import { characters, isWide } from "../text-width";
import { hash } from "./hash";
import { pngOfIndexedColours } from "./raster";
import { readFont, readFontWidths, readResvgModule } from "./shipped-files";

/** SVG of a Vega-Lite specification, by Vega's own headless renderer. */
export async function svgOfVegaLite(spec: VegaLite): Promise<string> {
  const vega = require("vega") as VegaModule;
  const vegaLite = require("vega-lite") as VegaLiteModule;
  const silent = {
    level: () => silent,
    error: () => silent,
    warn: () => silent,
    info: () => silent,
    debug: () => silent,
  };
  const compiled = vegaLite.compile(spec, { logger: silent }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logger: silent });
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
  const ofCharacter = fontWidths();
  metrics.width = (item, text) => {
    let width = 0;
    for (const character of characters(String(text ?? "")))
      width += ofCharacter[character] ?? ofCharacter[missing(character)];
    return width * metrics.height(item);
  };
  return () => {
    metrics.width = original;
  };
}

let widths: Record<string, number> | undefined;

function fontWidths(): Record<string, number> {
  widths ??= readFontWidths();
  return widths;
}

// resvg draws nothing for a character that the font lacks, so that a name would vanish without a word.
function withBoxes(svg: string): string {
  const has = fontWidths();
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

/** PNG of an SVG, set in the shipped font. `compact` allows 256 colours at most, a third of the size. */
export async function pngOfSvg(
  svg: string,
  options: { scale: number; background: string; compact?: boolean },
): Promise<Uint8Array> {
  const { Resvg } = await resvg();
  const picture = new Resvg(withBoxes(svg), {
    background: options.background,
    fitTo: { mode: "zoom", value: options.scale },
    imageRendering: 1,
    font: {
      fontBuffers: [readFont()],
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  const rendered = picture.render();
  try {
    const { width, height, pixels } = rendered;
    return options.compact ? pngOfIndexedColours(width, height, pixels) : rendered.asPng();
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

interface VegaLiteModule {
  compile(spec: unknown, options: unknown): { spec: unknown };
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
