/** Stand-alone pages: one figure with the library that draws it. */

import { type PlotlyFigure, plotlyTheme } from "../panels/draw-plotly";
import type { Vega } from "../panels/draw-vega";
import { pageConfig } from "../panels/draw-vega-lite";
import type { VegaLite } from "../panels/vega-lite-parts";
import { htmlText, scriptJson } from "../text";
import { hash } from "./hash";
import { readRendererSource } from "./shipped-files";

/** Content of a page: one specification, drawn by the library inlined beside it. */
export type PageContent =
  | { renderer: "vega-lite" | "vega"; spec: VegaLite | Vega }
  | { renderer: "plotly"; figure: PlotlyFigure };

/** A stand-alone HTML page: no network, light or dark as the reader prefers unless `theme` is given. */
export function standAlonePage(content: PageContent, title: string, theme?: "light" | "dark"): string {
  const json = scriptJson(content.renderer === "plotly" ? content.figure : content.spec);
  const key = hash(json);
  const dark =
    theme === undefined ? "matchMedia('(prefers-color-scheme: dark)').matches" : `${theme === "dark"}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${htmlText(title)}</title>
<style>
body.gradlens-page { margin: 16px; background: #ffffff; }
body.gradlens-page.gradlens-dark { background: #1c1c1c; }
.gradlens-figure { overflow-x: auto; font: 12px system-ui, sans-serif; }
.gradlens-dark > .gradlens-figure, .gradlens-figure.gradlens-dark { color: #e8e8e8; }
.gradlens-figure .vega-bindings { margin-top: 8px; }
.gradlens-figure .vega-bind { display: block; margin: 4px 0; }
.gradlens-figure .vega-bind input { vertical-align: middle; }
.gradlens-figure .vega-bind input[type="range"] { width: 240px; }
.gradlens-figure .vega-bind .vega-bind-name { display: inline-block; min-width: 56px; }
</style>
</head>
<body class="gradlens-page">
<div class="gradlens-figure" data-gradlens="${key}" role="figure" aria-label="${htmlText(title)}"></div>
${readRendererSource(content.renderer).map(inlineLibrary).join("\n")}
<script>
(function () {
  // Several copies of one figure may share a page: each script draws the first that is still empty.
  var host = document.querySelector('[data-gradlens="${key}"]:not([data-drawn])');
  if (!host) return;
  host.setAttribute("data-drawn", "");
  var content = ${json};
  function isDark() { return ${dark}; }
  ${content.renderer === "plotly" ? PLOTLY_SCRIPT : VEGA_SCRIPT}
  function paint() {
    host.classList.toggle("gradlens-dark", isDark());
    if (document.body.classList.contains("gradlens-page")) document.body.classList.toggle("gradlens-dark", isDark());
    draw();
  }
  paint();
  ${theme === undefined ? "matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint);" : ""}
})();
</script>
</body>
</html>
`;
}

const VEGA_SCRIPT = `var configs = ${scriptJson({ light: pageConfig("light"), dark: pageConfig("dark") })};
  function draw() {
    var options = { actions: false, renderer: "svg", config: configs[isDark() ? "dark" : "light"] };
    if (isDark()) options.tooltip = { theme: "dark" };
    vegaEmbed(host, content, options);
  }`;

const PLOTLY_SCRIPT = `var themes = ${scriptJson({ light: plotlyTheme("light"), dark: plotlyTheme("dark") })};
  // Plotly rejects a promise of its own, without a reason, when Pause or the slider interrupts Play.
  window.addEventListener("unhandledrejection", function (event) {
    if (event.reason === undefined) event.preventDefault();
  });
  var shown = false;
  function draw() {
    var layout = Object.assign({}, content.layout, { template: { layout: themes[isDark() ? "dark" : "light"] } });
    if (shown) return Plotly.relayout(host, { template: layout.template });
    shown = true;
    return Plotly.newPlot(host, content.data, layout, content.config).then(function () {
      // Let go while Plotly redraws, a slider would be held as dragged for ever and no longer follow Play.
      host.on("plotly_sliderend", function () {
        host._fullLayout.sliders.forEach(function (slider) { slider._dragging = false; });
      });
      return Plotly.addFrames(host, content.frames);
    });
  }`;

// In a page with require.js the libraries would register as anonymous modules instead of globals.
function inlineLibrary(source: string): string {
  const safe = source.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  return `<script>(function (define, module, exports) {\n${safe}\n}).call(window);</script>`;
}
