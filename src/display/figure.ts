/** The figure: immutable, drawn by either renderer, shown in notebooks, saved to files. */

import { outOfRange, wrongType } from "../check";
import { DARK_PAGE } from "./colour";
import { DISPLAY, type Displayed, INSPECT, type MimeBundle, withMetadata } from "./displayed";
import type { FigureDescription } from "./figure-description";
import type { RendererName } from "./figure-options";
import { tablesOf } from "./figure-tables";
import { figureInWords } from "./figure-words";
import { htmlTables } from "./output/html-tables";
import { pdfOf } from "./output/pdf";
import { base64 } from "./output/raster";
import { writeBytes } from "./output/shipped-files";
import { standAlonePage } from "./output/stand-alone-page";
import { pagePngOfSvg, pngOfSvg, preparePng, printedPicture, svgOfVegaLite } from "./output/static-picture";
import { drawPlotly, type PlotlyFigure } from "./panels/draw-plotly";
import { drawVega, type Vega } from "./panels/draw-vega";
import { drawVegaLite } from "./panels/draw-vega-lite";
import type { PanelTable } from "./panels/panel-drawing";
import type { VegaLite } from "./panels/vega-lite-parts";
import { shown } from "./text";

/** Settings of a drawing. */
export interface FigureSettings {
  renderer: RendererName;
  /** fixes the page colours; without it they are those of the host */
  theme?: "light" | "dark";
  /** one line for terminals */
  text: string;
  /** drawn instead of the description where nothing can move: SVG, PNG */
  still?: FigureDescription;
}

/** Types under which front-ends draw the interactive forms. */
const MIME: Readonly<Record<RendererName, string>> = {
  "vega-lite": "application/vnd.vegalite.v5+json",
  vega: "application/vnd.vega.v5+json",
  plotly: "application/vnd.plotly.v1+json",
};

/** A picture as immutable plain data, drawn by Vega-Lite, Vega or Plotly; shows itself in notebooks. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the two names of the interface are assigned right below
export class Figure {
  readonly description: FigureDescription;
  readonly renderer: RendererName;
  readonly #settings: FigureSettings;

  constructor(description: FigureDescription, settings: FigureSettings) {
    // Copies: what the caller passed in must stay theirs to change, and changes must not reach the figure.
    this.description = deepFreeze(structuredClone(description));
    this.#settings = deepFreeze(structuredClone(settings));
    this.renderer = settings.renderer;
    Object.freeze(this);
  }

  /** Vega-Lite 5 specification. */
  toVegaLite(): VegaLite {
    return drawVegaLite(this.description, this.#settings.theme);
  }

  /** Vega 5 specification; where the figure moves, it plays by itself. */
  toVega(): Vega {
    return drawVega(this.description, this.#settings.theme);
  }

  /** Plotly figure, valid for plotly.js 3. */
  toPlotly(): PlotlyFigure {
    return drawPlotly(this.description, this.#settings.theme);
  }

  /** The interactive specification, ready for the tools of its renderer. */
  toJSON(): VegaLite | Vega | PlotlyFigure {
    switch (this.renderer) {
      case "plotly":
        return this.toPlotly();
      case "vega":
        return this.toVega();
      default:
        return this.toVegaLite();
    }
  }

  /** SVG text, drawn by Vega. */
  async toSVG(): Promise<string> {
    const description = this.#settings.still ?? this.description;
    return svgOfVegaLite(
      drawVegaLite({ ...description, photographs: "whole" }, this.#settings.theme ?? "light"),
    );
  }

  /** PNG bytes; `scale` multiplies the size in pixels (1). */
  async toPNG(options: { scale?: number } = {}): Promise<Uint8Array> {
    const { scale = 1, ...others } = options;
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) throw wrongType("toPNG", "the option scale", `"${unknown}"`);
    if (!(Number.isFinite(scale) && scale > 0 && scale <= 10))
      throw outOfRange("toPNG", "scale to be a number in (0, 10]", `${scale}`);
    return pngOfSvg(await this.toSVG(), { scale, background: this.#background() });
  }

  /** PDF of one page as large as the figure: its picture at 384 dots per inch, and its text alternative. */
  async toPDF(): Promise<Uint8Array> {
    return pdfOf(await printedPicture(await this.toSVG(), this.#background()), {
      title: shown(this.description.title || this.toString()),
      alt: shown(this.toAltText()),
    });
  }

  /** Stand-alone interactive page: needs no network, follows the reader's light or dark preference. */
  async toHTML(): Promise<string> {
    const content =
      this.renderer === "plotly"
        ? { renderer: this.renderer, figure: this.toPlotly() }
        : { renderer: this.renderer, spec: this.toJSON() as VegaLite | Vega };
    return standAlonePage(content, this.description.title || this.toString(), {
      words: this.toAltText(),
      tables: htmlTables(this.description),
      ...(this.#settings.theme && { theme: this.#settings.theme }),
    });
  }

  /** Writes `.svg`, `.png`, `.pdf`, `.html` or `.json`, chosen by the path's ending. */
  async save(path: string): Promise<void> {
    writeBytes(path, await this.#contentFor(path));
  }

  #background(): string {
    return this.#settings.theme === "dark" ? DARK_PAGE : "#ffffff";
  }

  async #contentFor(path: string): Promise<string | Uint8Array> {
    const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
    switch (ending) {
      case "svg":
        return this.toSVG();
      case "png":
        return this.toPNG({ scale: 2 });
      case "pdf":
        return this.toPDF();
      case "html":
        return this.toHTML();
      case "json":
        return JSON.stringify(this);
      default:
        throw wrongType("save", "a path ending in .svg, .png, .pdf, .html or .json", `"${path}"`);
    }
  }

  /** One interactive specification, a PNG for where scripts do not run, and a line of text. */
  async toMimeBundle(): Promise<MimeBundle> {
    preparePng();
    const { png, width, height } = await pagePngOfSvg(await this.toSVG(), this.#background());
    return withMetadata(
      {
        [MIME[this.renderer]]: this.toJSON(),
        "image/png": base64(png),
        "text/plain": this.toString(),
      },
      {
        "image/png": {
          width: Math.round(width),
          height: Math.round(height),
          alt: this.toAltText(),
        },
      },
    );
  }

  /** The figure in words, made of its numbers: what a screen reader says of its picture. */
  toAltText(): string {
    return figureInWords(this.description);
  }

  /**
   * The numbers of each panel as a table: what the picture shows, to be read, sorted or copied.
   *
   * A list of tables, a record per row; a notebook shows one as a table: `figure.toTables()[0]`.
   */
  toTables(): PanelTable[] {
    return tablesOf(this.description);
  }

  toString(): string {
    return shown(this.#settings.text);
  }
}

// A class body cannot declare these two names under isolatedDeclarations.
export interface Figure extends Displayed {}

Object.assign(Figure.prototype, {
  [DISPLAY](this: Figure): Promise<MimeBundle> {
    return this.toMimeBundle();
  },
  [INSPECT](this: Figure): string {
    return this.toString();
  },
});

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
