/** A study: the record of a question made of several maps or metrics, as tables whose columns have units. */

import { checkName, checkOptions } from "../check";
import {
  type CurvePanel,
  DISPLAY,
  Figure,
  type FigureDescription,
  INSPECT,
  type MimeBundle,
  type Panel,
  type RendererName,
  type TextPanel,
} from "../display";
import { textWidth } from "../display/text-width";

/** A column of a table. */
export interface StudyColumn {
  readonly name: string;
  readonly unit?: string;
  readonly values: readonly (number | string | undefined)[];
}

/** A table: columns of one length. */
export interface StudyTable {
  readonly name: string;
  readonly columns: readonly StudyColumn[];
}

/** Lines in a plane that a study draws. */
export interface StudyCurves {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly {
    readonly name: string;
    readonly x: readonly number[];
    readonly y: readonly number[];
  }[];
}

/** What a study is made of. */
export interface StudyContents {
  readonly kind: string;
  readonly tables: readonly StudyTable[];
  /** Sentences: what was found, with names and numbers. */
  readonly findings: readonly string[];
  readonly curves?: readonly StudyCurves[];
}

const FONT_SIZE = 11;
const NARROWEST = 60;
const LINE = 18;
const MOST_LINES = 40;
const RENDERERS: readonly RendererName[] = ["vega-lite", "vega", "plotly"];

/** An immutable record; in a notebook it shows itself as tables and curves, in a terminal as its findings. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the display methods are set on the prototype
export class Study implements StudyContents {
  readonly kind: string;
  readonly tables: readonly StudyTable[];
  readonly findings: readonly string[];
  readonly curves: readonly StudyCurves[];

  constructor({ kind, tables, findings, curves = [] }: StudyContents) {
    this.kind = kind;
    this.tables = tables;
    this.findings = findings;
    this.curves = curves;
    Object.freeze(this);
  }

  /** A table by its name. */
  table(name: string): StudyTable {
    const names = this.tables.map((table) => table.name);
    return this.tables[names.indexOf(checkName("table", "name", name, names))];
  }

  /** Tables and curves as a figure. */
  figure(options: { readonly renderer?: RendererName; readonly theme?: "light" | "dark" } = {}): Figure {
    checkOptions("figure", options, ["renderer", "theme"]);
    const { renderer = "vega-lite", theme } = options;
    checkName("figure", "renderer", renderer, RENDERERS);
    const description: FigureDescription = {
      title: `${this.kind.slice(0, 1).toUpperCase()}${this.kind.slice(1)}`,
      subtitle: [],
      notes: [...this.findings],
      rows: [
        ...this.curves.map((curves): Panel[] => [curvePanel(curves)]),
        ...this.tables.map((table) => tablePanels(table, this.tables.length > 1)),
      ],
      colours: {},
    };
    return new Figure(description, { renderer, text: this.toString(), ...(theme && { theme }) });
  }

  /** Plain data. */
  toJSON(): StudyContents {
    const { kind, tables, findings, curves } = this;
    return { kind, tables, findings, curves };
  }

  /** Its findings, in one line each. */
  toString(): string {
    return [`${this.kind} · ${this.tables.map(({ name }) => name).join(", ")}`, ...this.findings].join("\n");
  }

  static {
    Object.defineProperties(Study.prototype, {
      [INSPECT]: { value: Study.prototype.toString },
      [DISPLAY]: {
        value(this: Study): Promise<MimeBundle> {
          return this.figure()[DISPLAY]();
        },
      },
    });
  }
}

export interface Study {
  /** Output in a notebook. */
  [DISPLAY](): Promise<MimeBundle>;
  /** Text in a terminal. */
  [INSPECT](): string;
}

function curvePanel({ title, xLabel, yLabel, series }: StudyCurves): CurvePanel {
  return {
    kind: "curve",
    title,
    caption: [],
    width: 420,
    height: 200,
    xLabel,
    yLabel,
    series: series.map(({ name, x, y }) => ({ name, x: [...x], y: [...y] })),
    references: [],
  };
}

/** A table as texts beside each other, a column each, under its name; a long one is cut off, and says so. */
function tablePanels({ name, columns }: StudyTable, isNamed: boolean): TextPanel[] {
  const heading = `${name.slice(0, 1).toUpperCase()}${name.slice(1)}:`;
  return columns.map((column, i) => {
    const texts = column.values.slice(0, MOST_LINES).map(cell);
    const more = column.values.length > MOST_LINES ? [`… ${column.values.length - MOST_LINES} more`] : [];
    const over = isNamed ? [i === 0 ? heading : ""] : [];
    const named = column.unit ? `${column.name} (${column.unit})` : column.name;
    const lines = [...over, named, ...texts, ...more];
    return textColumn(lines, i === 0 ? "left" : "right");
  });
}

/** Lines as wide as the longest of them. */
function textColumn(lines: string[], align: TextPanel["align"]): TextPanel {
  const width = Math.ceil(Math.max(NARROWEST, ...lines.map((line) => textWidth(line, FONT_SIZE))));
  const height = lines.length * LINE;
  return { kind: "text", title: "", caption: [], width, height, lines, lineHeight: LINE, align };
}

function cell(value: number | string | undefined): string {
  if (value === undefined) return "—";
  return typeof value === "string" ? value : Number(value.toPrecision(3)).toString().replace(/-/g, "−");
}
