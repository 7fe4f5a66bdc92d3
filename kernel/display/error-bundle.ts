/** Errors that are the value of a cell, not thrown. */
import { inspect } from "node:util";
import type { MimeBundle } from "./bundle";
import { escapeMarkup } from "./tags";

/** An error that is a value, not thrown. */
export function errorBundle(value: object): MimeBundle | undefined {
  if (!(value instanceof Error)) return undefined;
  const text = inspect(value);
  const end = text.search(/\n {4}at /);
  const [head, rest] = end < 0 ? [text, ""] : [text.slice(0, end), text.slice(end)];
  const html = `<pre><b style="color:var(--jp-error-color1,var(--red,#d64545))">${escapeMarkup(head)}</b><span style="opacity:.7">${escapeMarkup(rest)}</span></pre>`;
  return { "text/html": html, "text/plain": text };
}
