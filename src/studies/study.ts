/** A study: the record of a question made of several maps or metrics, as tables whose columns have units. */

import { checkName, checkOptions } from "../check";
import {
  DISPLAY,
  Figure,
  type FigureDescription,
  INSPECT,
  type MimeBundle,
  type Panel,
  type RendererName,
} from "../display";
import type {
  StudyContents,
  StudyCurves,
  StudyDrawing,
  StudyMap,
  StudyMatrix,
  StudyTable,
} from "./study-contents";
import { curvePanel, mapPanels, matrixPanels, tablePanels } from "./study-panels";

const RENDERERS: readonly RendererName[] = ["vega-lite", "vega", "plotly"];

/** An immutable record; in a notebook it shows itself as curves, matrices, maps and tables, in a terminal as its findings. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the display methods are set on the prototype
export class Study implements StudyContents {
  readonly kind: string;
  readonly tables: readonly StudyTable[];
  readonly findings: readonly string[];
  readonly curves: readonly StudyCurves[];
  readonly matrices: readonly StudyMatrix[];
  readonly maps: readonly StudyMap[];
  readonly #drawing: StudyDrawing | undefined;

  constructor({ kind, tables, findings, curves = [], matrices = [], maps = [], drawing }: StudyContents) {
    this.kind = kind;
    this.tables = tables;
    this.findings = findings;
    this.curves = curves;
    this.matrices = matrices;
    this.maps = maps;
    this.#drawing = drawing;
    // A study of a kind of its own has more to set.
    if (new.target === Study) Object.freeze(this);
  }

  /** A table by its name. */
  table(name: string): StudyTable {
    const names = this.tables.map((table) => table.name);
    return this.tables[names.indexOf(checkName("table", "name", name, names))];
  }

  /** Curves, matrices, maps and tables as a figure. */
  figure(options: { readonly renderer?: RendererName; readonly theme?: "light" | "dark" } = {}): Figure {
    checkOptions("figure", options, ["renderer", "theme"]);
    const { renderer = "vega-lite", theme } = options;
    checkName("figure", "renderer", renderer, RENDERERS);
    const [matrices, maps] = [matrixPanels(this.matrices), mapPanels(this.maps)];
    const description: FigureDescription = {
      title: `${this.kind.slice(0, 1).toUpperCase()}${this.kind.slice(1)}`,
      subtitle: [],
      notes: [...this.findings],
      rows: [
        ...(this.#drawing?.rows ?? []),
        ...this.curves.map((curves): Panel[] => [curvePanel(curves)]),
        ...matrices.rows,
        ...maps.rows,
        ...this.tables.map((table) => tablePanels(table, this.tables.length > 1)),
      ],
      colours: { ...this.#drawing?.colours, ...matrices.colours, ...maps.colours },
    };
    return new Figure(description, { renderer, text: this.toString(), ...(theme && { theme }) });
  }

  /** Plain data. */
  toJSON(): Omit<StudyContents, "drawing"> {
    const { kind, tables, findings, curves, matrices, maps } = this;
    return { kind, tables, findings, curves, matrices, maps };
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
