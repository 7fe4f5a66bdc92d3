import type { VegaLite } from "./draw-vega-lite";
import { readFont, readResvgModule } from "./shipped-files";

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
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** PNG of an SVG, set in the shipped font. */
export async function pngOfSvg(svg: string, scale: number, background: string): Promise<Uint8Array> {
  const { Resvg } = await resvg();
  const picture = new Resvg(svg, {
    background,
    fitTo: { mode: "zoom", value: scale },
    imageRendering: 1,
    font: {
      fontBuffers: [readFont()],
      defaultFontFamily: "DejaVu Sans",
      sansSerifFamily: "DejaVu Sans",
    },
  });
  const rendered = picture.render();
  try {
    return rendered.asPng();
  } finally {
    rendered.free();
    picture.free();
  }
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
interface VegaModule {
  parse(spec: unknown): unknown;
  View: new (runtime: unknown, options: unknown) => { toSVG(): Promise<string>; finalize(): void };
}

interface VegaLiteModule {
  compile(spec: unknown, options: unknown): { spec: unknown };
}

interface ResvgModule {
  initWasm(module: Uint8Array): Promise<void>;
  Resvg: new (
    svg: string,
    options: unknown,
  ) => { render(): { asPng(): Uint8Array; free(): void }; free(): void };
}
