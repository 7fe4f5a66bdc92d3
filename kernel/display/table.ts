/** Tables as text and as HTML. */
import type { MimeBundle } from "./bundle";
import { entryText } from "./cell-text";
import { escapeMarkup } from "./tags";

const MOST_ROWS = 20;
const MOST_COLUMNS = 20;

/** Contents of a table: texts already bounded, in rows of equal length. */
export interface Table {
  columns: readonly string[];
  /** The leading entry of each row. */
  index: readonly string[];
  rows: readonly (readonly string[])[];
  /** Columns of numbers stand to the right. */
  numeric: readonly boolean[];
  /** Notes on what was left out. */
  more: readonly string[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function isScalar(value: unknown): boolean {
  return typeof value !== "object" || value === null || value instanceof Date;
}

/** Records whose fields are mostly plain values; deeper things read better as text. */
function isTabular(rows: unknown[]): rows is Record<string, unknown>[] {
  if (rows.length === 0 || !rows.every(isRecord)) return false;
  const entries = rows.flatMap((row) => Object.values(row));
  return entries.length > 0 && 2 * entries.filter(isScalar).length > entries.length;
}

const count = (number: number): string => number.toLocaleString("en-US");

/** Note on those not shown: "… 3 more rows". */
export function leftOut(total: number, shown: number, what: string): string[] {
  const more = total - shown;
  return more > 0 ? [`… ${count(more)} more ${what}${more === 1 ? "" : "s"}`] : [];
}

function tableText({ columns, index, rows, numeric, more }: Table): string {
  const width = (texts: readonly string[]) => Math.max(...texts.map((text) => [...text].length));
  const pad = (text: string, to: number, right: boolean) => {
    const space = " ".repeat(to - [...text].length);
    return right ? space + text : text + space;
  };
  const indexWidth = width(["", ...index]);
  const widths = columns.map((name, column) => width([name, ...rows.map((row) => row[column]!)]));
  const line = (lead: string, entries: readonly string[]) =>
    [
      pad(lead, indexWidth, true),
      ...entries.map((entry, column) => pad(entry, widths[column]!, numeric[column]!)),
    ]
      .join("  ")
      .trimEnd();
  return [line("", columns), ...rows.map((row, at) => line(index[at]!, row)), ...more].join("\n");
}

export function tableHtml({ columns, index, rows, numeric, more }: Table): string {
  const align = (column: number) => ` style="text-align:${numeric[column] ? "right" : "left"}"`;
  const head = columns.map((name, column) => `<th${align(column)}>${escapeMarkup(name)}</th>`).join("");
  const body = rows
    .map((row, at) => {
      const entries = row.map((entry, column) => `<td${align(column)}>${escapeMarkup(entry)}</td>`).join("");
      return `<tr><th>${escapeMarkup(index[at]!)}</th>${entries}</tr>`;
    })
    .join("");
  const note =
    more.length === 0 ? "" : `<p style="opacity:.7;margin:.2em 0">${more.map(escapeMarkup).join(" · ")}</p>`;
  return `<table style="font-variant-numeric:tabular-nums"><thead><tr><th></th>${head}</tr></thead><tbody>${body}</tbody></table>${note}`;
}

/** An array of records as a table. */
export function recordsBundle(value: object): MimeBundle | undefined {
  if (!Array.isArray(value)) return undefined;
  const shown: unknown[] = value.slice(0, MOST_ROWS);
  // Not only the first rows: a table would hide what is different about the others.
  if (!isTabular(shown) || !value.every((row) => typeof row === "object" && row !== null)) return undefined;
  const all = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const keys = all.slice(0, MOST_COLUMNS);
  const table: Table = {
    columns: keys.map(entryText),
    index: shown.map((_, at) => String(at)),
    rows: shown.map((row) => keys.map((key) => entryText(row[key]))),
    numeric: keys.map((key) =>
      shown.every(
        (row) => row[key] === undefined || typeof row[key] === "number" || typeof row[key] === "bigint",
      ),
    ),
    more: [...leftOut(value.length, shown.length, "row"), ...leftOut(all.length, keys.length, "column")],
  };
  return { "text/html": tableHtml(table), "text/plain": tableText(table) };
}
