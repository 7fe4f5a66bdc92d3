/** Tables read from CSV files. */

import { checkBoolean, checkOptions, failure, outOfRange, shown, unknownName, wrongType } from "../check";
import type { NdArray } from "../tensor";
import { bytesOf, type FileSource } from "./file-bytes";

/** Numbers of a table, of shape [rows, columns], with the names of their columns, and what stands there in words. */
export interface Table extends NdArray {
  /** names of the columns of numbers: the `features` of a model that reads them */
  readonly columns: readonly string[];
  /** the other columns by their names, an entry per row */
  readonly texts: Readonly<Record<string, readonly string[]>>;
}

/** How a table is read. */
export interface TableOptions {
  /** names of the columns of numbers, in the order wanted; default: all that hold numbers only */
  readonly columns?: readonly string[];
  /** true when the first row holds names; default: when something in it is no number */
  readonly header?: boolean;
  /** the number that stands for an empty cell, "NA" or "NaN"; default: none, and such a cell is an error */
  readonly missing?: number;
}

/**
 * Read a CSV file (RFC 4180; commas, semicolons, tabs or bars, told by its content) as an array of shape [rows, columns].
 *
 * Columns that hold anything but numbers are in `texts`. Columns without a name are called `feature 0`, `feature 1` ….
 *
 * @param source A path, a `file://` URL, or bytes.
 * @throws Error when there is no such file, a row has too few or too many cells, or a number is missing; RangeError for
 *   a column that is not there.
 */
export async function readTable(source: FileSource, options: TableOptions = {}): Promise<Table> {
  const fn = "readTable";
  checkOptions(fn, options, ["columns", "header", "missing"]);
  const { columns, missing } = options;
  if (options.header !== undefined) checkBoolean(fn, "header", options.header);
  if (missing !== undefined && typeof missing !== "number")
    throw wrongType(fn, "missing to be a number", shown(missing));
  if (columns !== undefined && !(Array.isArray(columns) && columns.every((name) => typeof name === "string")))
    throw wrongType(fn, "columns to be names of columns", shown(columns));

  const rows = rowsOf(fn, await bytesOf(fn, source));
  const header = options.header ?? rows[0].some((cell) => !isNumber(cell) && !isMissing(cell));
  const names = checkNames(fn, namesOf(rows[0], header));
  const cells = header ? rows.slice(1) : rows;
  const first = header ? 2 : 1;
  for (const name of columns ?? []) if (!names.includes(name)) throw unknownName(fn, "a column", name, names);

  const numeric = names.map(
    (_, c) =>
      cells.every((row) => isNumber(row[c]) || isMissing(row[c])) && cells.some((row) => isNumber(row[c])),
  );
  const chosen = columns
    ? columns.map((name) => names.indexOf(name))
    : names.flatMap((_, c) => (numeric[c] ? [c] : []));
  const data = new Float32Array(cells.length * chosen.length);
  cells.forEach((row, r) => {
    chosen.forEach((c, at) => {
      if (isNumber(row[c])) data[r * chosen.length + at] = Number(row[c]);
      else if (isMissing(row[c]) && missing !== undefined) data[r * chosen.length + at] = missing;
      else throw noNumber(fn, row[c], `row ${r + first} of column ${shown(names[c])}`);
    });
  });
  const texts = names.flatMap((name, c) =>
    chosen.includes(c) || numeric[c] ? [] : [[name, cells.map((row) => row[c])]],
  );
  return {
    data,
    shape: [cells.length, chosen.length],
    columns: chosen.map((c) => names[c]),
    texts: Object.fromEntries(texts),
  };
}

function isNumber(cell: string): boolean {
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$/.test(cell);
}

function isMissing(cell: string): boolean {
  return /^\s*(|na|n\/a|nan|null)\s*$/i.test(cell);
}

function noNumber(fn: string, cell: string, place: string): Error {
  return isMissing(cell)
    ? failure(
        fn,
        `a number in ${place}`,
        `${shown(cell)}; missing: 0 (or another number, or NaN) would stand there`,
      )
    : failure(fn, `a number in ${place}`, shown(cell));
}

function rowsOf(fn: string, bytes: Uint8Array): string[][] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw failure(fn, "a text in UTF-8", "bytes that are none", { cause });
  }
  const { parse }: typeof import("papaparse") = require("papaparse");
  const { data: rows, errors } = parse<string[]>(text, { skipEmptyLines: "greedy" });
  const [error] = errors.filter(({ type }) => type === "Quotes");
  if (error) throw failure(fn, "closed quotes", `${error.message} (row ${(error.row ?? 0) + 1})`);
  if (rows.length === 0) throw failure(fn, "a table", "an empty file");
  const ragged = rows.findIndex((row) => row.length !== rows[0].length);
  if (ragged !== -1)
    throw failure(fn, `${rows[0].length} cells in each row`, `${rows[ragged].length} in row ${ragged + 1}`);
  return rows;
}

function namesOf(row: readonly string[], header: boolean): string[] {
  return row.map((cell, c) => (header && cell.trim() !== "" ? cell.trim() : `feature ${c}`));
}

function checkNames(fn: string, names: string[]): string[] {
  const twice = names.find((name, c) => names.indexOf(name) !== c);
  if (twice !== undefined)
    throw outOfRange(fn, "each column to have a name of its own", `${shown(twice)} twice`);
  return names;
}
