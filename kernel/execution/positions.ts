/** Positions in compiled code, traced back to the cell. */
import { SourceMap, type SourceMapPayload } from "node:module";

export interface Position {
  /** One-based. */
  line: number;
  /** One-based. */
  column: number;
}

/** The source maps of a cell's two compilation passes, applied one after the other. */
export class PositionMap {
  readonly #maps: SourceMap[];

  /** `maps`: the last pass first; `extraLines`: lines the converter puts before the cell. */
  readonly #extraLines: number;

  constructor(maps: readonly SourceMapPayload[], extraLines: number) {
    this.#extraLines = extraLines;

    this.#maps = maps.map((map) => new SourceMap(map));
  }

  /** Where in the source a position of the generated code comes from. */
  original(generated: Position): Position | undefined {
    let line = generated.line - 1;
    let column = generated.column - 1;
    for (const map of this.#maps) {
      const entry = map.findEntry(line, column);
      if (!("originalLine" in entry)) return undefined;
      line = entry.originalLine;
      column = entry.originalColumn;
    }
    line -= this.#extraLines;
    return line < 0 ? undefined : { line: line + 1, column: column + 1 };
  }
}

const INLINE_MAP = /\n?\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/;

/** Splits code into itself and the source map at its end. */
export function splitInlineMap(code: string): { code: string; map: SourceMapPayload | undefined } {
  const match = INLINE_MAP.exec(code);
  if (!match) return { code, map: undefined };
  const map = JSON.parse(Buffer.from(match[1]!, "base64").toString("utf8")) as SourceMapPayload;
  return { code: code.slice(0, match.index), map };
}
