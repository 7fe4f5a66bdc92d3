/** Contents of a study: tables, curves, matrices and maps, as plain data. */
import type { FigureDescription } from "../display";
import type { Axis } from "../model/model";

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

/** Numbers between named rows and named columns, row by row. */
export interface StudyMatrix {
  readonly title: string;
  readonly rowNames: readonly string[];
  readonly columnNames: readonly string[];
  readonly values: readonly number[];
  /** What a row and a column are, and what a value means. */
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly unit: string;
}

/** A map in the shape of an input or a layer. */
export interface StudyMap {
  readonly title: string;
  /** Input or layer that it is of. */
  readonly part: string;
  /** Meaning of its values, in words. */
  readonly unit: string;
  readonly axes: readonly Axis[];
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Panels above the curves and tables, of the same numbers, and their colour scales. */
export type StudyDrawing = Pick<FigureDescription, "rows" | "colours">;

/** What a study is made of. */
export interface StudyContents {
  readonly kind: string;
  readonly tables: readonly StudyTable[];
  /** Sentences: what was found, with names and numbers. */
  readonly findings: readonly string[];
  readonly curves?: readonly StudyCurves[];
  readonly matrices?: readonly StudyMatrix[];
  readonly maps?: readonly StudyMap[];
  readonly drawing?: StudyDrawing;
}
