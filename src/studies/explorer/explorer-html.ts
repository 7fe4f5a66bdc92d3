/** HTML of an explorer: its picture, and the page in its place wherever scripts run. */

import { hash } from "../../display/output/hash";
import { base64 } from "../../display/output/raster";
import { readExplorerModule } from "../../display/output/shipped-files";
import { htmlText, scriptJson } from "../../display/text";

/** What stands there until the page does, and where scripts do not run. */
export interface Still {
  readonly png: string;
  readonly width: number;
  readonly alt: string;
}

let squeezed: { readonly text: string; readonly key: string } | undefined;

/** The module, compressed, in base 64: the same for every explorer of a process. */
function moduleText(): { readonly text: string; readonly key: string } {
  if (squeezed) return squeezed;
  const { gzipSync } = require("fflate") as typeof import("fflate");
  const text = base64(gzipSync(readExplorerModule(), { level: 9, mtime: 0 }));
  squeezed = { text, key: hash(text) };
  return squeezed;
}

/** The explorer as a part of a page: without a network, and without a kernel where the net travels. */
export function explorerPart(data: object, { png, width, alt }: Still): string {
  const json = scriptJson(data);
  const { text, key } = moduleText();
  const own = hash(json);
  return `<div data-gradlens-explorer="${own}">
<img src="data:image/png;base64,${png}" width="${Math.round(width)}" alt="${htmlText(alt)}">
<p>This is a picture of an explorer. It plays where scripts may run: in a notebook that you trust, or in its page.</p>
</div>
<script>
(function () {
  // Several copies of one explorer may share a page: each script fills the first that is still a picture.
  var el = document.querySelector('[data-gradlens-explorer="${own}"]:not([data-open])');
  if (!el) return;
  el.setAttribute("data-open", "");
  var place = Symbol.for("gradlens.explorer.${key}");
  // Unpacked once for all explorers of a page.
  globalThis[place] = globalThis[place] || new Response(
    new Blob([Uint8Array.from(atob("${text}"), function (c) { return c.charCodeAt(0); })]).stream().pipeThrough(new DecompressionStream("gzip"))
  ).text().then(function (source) {
    return import(URL.createObjectURL(new Blob([source], { type: "text/javascript" })));
  });
  globalThis[place].then(function (module) { return module.open(el, ${json}); }).catch(function (error) {
    el.querySelector("p").textContent = "This explorer could not be opened: " + error.message;
  });
})();
</script>`;
}

/** The explorer as a page of its own. */
export function explorerPage(title: string, part: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style>
html { background: #fbfaf7; color: #1f2328; }
@media (prefers-color-scheme: dark) { html { background: #1c1c1c; color: #eceae4; } }
body { margin: 0 auto; max-width: 1560px; font: 15px/1.5 system-ui, sans-serif; }
</style>
</head>
<body>
${part}
</body>
</html>
`;
}

/** The module as it is, for hosts of anywidget. */
export function moduleSource(): string {
  return new TextDecoder().decode(readExplorerModule());
}
