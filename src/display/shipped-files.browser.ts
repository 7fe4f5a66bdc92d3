/** Stands in for shipped-files in browsers, which have no files: package.json's `browser` field swaps it in. */

function inNode(fn: string): TypeError {
  return new TypeError(
    `${fn}(): expected Node, got a browser; there, draw toVegaLite() or toPlotly() by their libraries`,
  );
}

/** Read from disk, in Node. */
export function readFont(): Uint8Array {
  throw inNode("toPNG");
}

/** Read from disk, in Node. */
export function readFontWidths(): Record<string, number> {
  throw inNode("toSVG");
}

/** Read from disk, in Node. */
export function readResvgModule(): Uint8Array {
  throw inNode("toPNG");
}

/** Read from disk, in Node. */
export function readRendererSource(_renderer: "vega-lite" | "plotly"): string[] {
  throw inNode("toHTML");
}

/** Written to disk, in Node. */
export function writeBytes(_path: string, _content: string | Uint8Array): void {
  throw inNode("save");
}
