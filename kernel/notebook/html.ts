/** A notebook with its outputs as one page. */
import { metadataOf, withMetadata } from "../display/bundle";
import { escapeMarkup } from "../display/tags";
import { ansiToHtml } from "./ansi";
import { highlightTypeScript } from "./highlight";
import { formula, markdownToHtml } from "./markdown";
import { type Cell, type MultilineText, type Notebook, type Output, textOf } from "./notebook";
import { PageFigures } from "./page-scripts";
import { PAGE_STYLE } from "./page-style";

type Bundle = Record<string, unknown>;
type Renderer = (value: unknown, bundle: Bundle, figures: PageFigures) => string;

const text = (value: unknown): string => textOf(value as MultilineText);

/** A picture with the words that the notebook stores beside it, or the first line of what stands for it in a terminal. */
function image(mime: string, content: string, bundle: Bundle): string {
  const source = `data:${mime};base64,${content}`;
  const said = metadataOf(bundle)[mime];
  const words = typeof said === "object" && said !== null && "alt" in said ? said.alt : undefined;
  const alt = typeof words === "string" ? words : (text(bundle["text/plain"]).split("\n")[0] ?? "");
  return `<img src="${source}" alt="${escapeMarkup(alt)}">`;
}

const bitmap =
  (mime: string): Renderer =>
  (value, bundle) =>
    image(mime, text(value).replace(/\s/g, ""), bundle);

const preformatted = (value: string): string => `<pre>${ansiToHtml(value)}</pre>`;

/** MIME types that a page can show, the richest first. */
const RENDERERS: readonly (readonly [mime: string, render: Renderer])[] = [
  ["application/vnd.plotly.v1+json", (value, bundle, figures) => figures.add("plotly", value, still(bundle))],
  [
    "application/vnd.vegalite.v5+json",
    (value, bundle, figures) => figures.add("vega-lite", value, still(bundle)),
  ],
  ["application/vnd.vega.v5+json", (value, bundle, figures) => figures.add("vega", value, still(bundle))],
  ["text/html", (value) => text(value)],
  [
    "image/svg+xml",
    (value, bundle) => image("image/svg+xml", Buffer.from(text(value)).toString("base64"), bundle),
  ],
  ["image/png", bitmap("image/png")],
  ["image/jpeg", bitmap("image/jpeg")],
  ["image/gif", bitmap("image/gif")],
  ["text/markdown", (value) => `<div class="markdown">${markdownToHtml(text(value))}</div>`],
  ["text/latex", (value) => formula(text(value).replace(/^\s*\$+|\$+\s*$/g, ""), true)],
  ["application/json", (value) => preformatted(JSON.stringify(value, null, 2))],
  ["text/plain", (value) => preformatted(text(value))],
];

/** The bundle without what needs a script. */
function still(bundle: Bundle): string {
  const found = RENDERERS.find(([mime]) => !mime.startsWith("application/vnd.") && mime in bundle);
  return found ? found[1](bundle[found[0]], bundle, new PageFigures()) : "";
}

function outputHtml(output: Output, figures: PageFigures): string {
  if (output.output_type === "stream")
    return `<div class="output ${output.name === "stderr" ? "stderr" : "stdout"}">${preformatted(text(output.text))}</div>`;
  if (output.output_type === "error")
    return `<div class="output error">${preformatted((output.traceback ?? []).join("\n"))}</div>`;
  const bundle = withMetadata(output.data ?? {}, output.metadata ?? {});
  const found = RENDERERS.find(([mime]) => mime in bundle);
  return found ? `<div class="output">${found[1](bundle[found[0]], bundle, figures)}</div>` : "";
}

function markdownHtml(cell: Cell): string {
  let source = textOf(cell.source);
  for (const [name, bundle] of Object.entries(cell.attachments ?? {}))
    for (const [mime, data] of Object.entries(bundle))
      source = source.replaceAll(
        `attachment:${name}`,
        `data:${mime};base64,${textOf(data).replace(/\s/g, "")}`,
      );
  return `<section class="cell markdown">${markdownToHtml(source)}</section>`;
}

function codeHtml(cell: Cell, figures: PageFigures): string {
  const count = cell.execution_count == null ? "" : `<span class="count">[${cell.execution_count}]</span>`;
  const source = textOf(cell.source);
  if (source.trim() === "") return "";
  const code = `<div class="source">${count}<pre><code>${highlightTypeScript(source)}</code></pre></div>`;
  const outputs = (cell.outputs ?? []).map((output) => outputHtml(output, figures)).join("\n");
  return `<section class="cell code">${code}${outputs}</section>`;
}

function titleOf(notebook: Notebook): string | undefined {
  for (const cell of notebook.cells) {
    const heading = cell.cell_type === "markdown" ? /^#\s+(.+)$/m.exec(textOf(cell.source)) : undefined;
    if (heading) return heading[1]!.replace(/[*_`$]/g, "");
  }
  return undefined;
}

/** A notebook with its outputs as one page that needs nothing else, not even a network. */
export function notebookToHtml(notebook: Notebook, name: string): string {
  const figures = new PageFigures();
  const body = notebook.cells
    .map((cell) => {
      if (cell.cell_type === "markdown") return markdownHtml(cell);
      return cell.cell_type === "code" ? codeHtml(cell, figures) : "";
    })
    .join("\n");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeMarkup(titleOf(notebook) ?? name)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${body}
</main>
${figures.scripts()}
</body>
</html>
`;
}
