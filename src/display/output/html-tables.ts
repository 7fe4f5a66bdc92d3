/** Tables of a stand-alone page: shown on demand, reached by keyboard. */

import type { FigureDescription } from "../figure-description";
import { tabled } from "../figure-tables";
import type { PanelTable } from "../panels/panel-drawing";
import { htmlText, readable } from "../text";

/** Rows of a panel's table; a page with all cells of a photograph would be slow to open. */
const MOST_ROWS = 200;

/** The numbers of a figure behind a line to open: a table per panel. */
export function htmlTables(figure: FigureDescription): string {
  const all = tabled(figure);
  if (all.length === 0) return "";
  return `<details class="gradlens-tables"><summary>Numbers as ${all.length === 1 ? "a table" : "tables"}</summary>
${all.map(({ title, table }, i) => htmlTable(title || (all.length > 1 ? `Panel ${i + 1}` : figure.title), table)).join("\n")}
</details>`;
}

function htmlTable(title: string, rows: PanelTable): string {
  const names = Object.keys(rows[0]);
  const shown = rows.slice(0, MOST_ROWS);
  const rest =
    rows.length > shown.length
      ? ` (the first ${MOST_ROWS} of ${rows.length.toLocaleString("en-US")} rows)`
      : "";
  const cell = (value: string | number | undefined): string =>
    typeof value === "number"
      ? `<td class="number">${readable(value, 5)}</td>`
      : `<td>${htmlText(value ?? "")}</td>`;
  return `<table><caption>${htmlText(title)}${rest}</caption>
<thead><tr>${names.map((name) => `<th scope="col">${htmlText(name)}</th>`).join("")}</tr></thead>
<tbody>${shown.map((row) => `<tr>${names.map((name) => cell(row[name])).join("")}</tr>`).join("")}</tbody>
</table>`;
}
