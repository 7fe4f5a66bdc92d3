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

/**
 * A stand-alone HTML page: the figure, its words for those who do not see it, and its tables; no network, light or dark as the reader prefers unless `theme` is given.
 */
export function standAlonePage(
  content: PageContent,
  title: string,
  { words, tables, theme }: { words: string; tables: string; theme?: "light" | "dark" },
): string {
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
.gradlens-dark .gradlens-figure, .gradlens-figure.gradlens-dark { color: #e8e8e8; }
.gradlens-figure.gradlens-dark .vega-bindings { color-scheme: dark; }
.gradlens-dark .updatemenu-item-rect { fill: #2a2f36 !important; stroke: #666666 !important; }
.gradlens-dark .updatemenu-item-rect[style*="244, 250, 255"] { fill: #4a5565 !important; }
.gradlens-dark .updatemenu-item-text { fill: #e8e8e8 !important; }
.gradlens-unseen { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.gradlens-figure .vega-bindings { margin-top: 8px; }
.gradlens-figure .vega-bind { display: block; margin: 4px 0; }
.gradlens-figure .vega-bind input { vertical-align: middle; }
.gradlens-figure .vega-bind input[type="range"] { width: 240px; }
.gradlens-figure .vega-bind .vega-bind-name { display: inline-block; min-width: 56px; }
.gradlens-tables { margin-top: 12px; font: 12px system-ui, sans-serif; color: #222222; max-height: 60vh; overflow: auto; }
.gradlens-dark .gradlens-tables { color: #e8e8e8; }
.gradlens-tables summary { cursor: pointer; }
.gradlens-tables table { border-collapse: collapse; margin: 8px 0; }
.gradlens-tables caption { text-align: left; font-weight: 600; padding: 4px 0; }
.gradlens-tables th, .gradlens-tables td { text-align: left; padding: 2px 8px; border-bottom: 1px solid #88888855; font-weight: normal; }
.gradlens-tables th { border-bottom-color: #888888; }
.gradlens-tables .number { text-align: right; font-variant-numeric: tabular-nums; }
</style>
</head>
<body class="gradlens-page">
<main>
<h1 class="gradlens-unseen">${htmlText(title)}</h1>
<p class="gradlens-unseen" id="gradlens-${key}">${htmlText(words)}</p>
<div class="gradlens-figure" data-gradlens="${key}" role="figure" aria-label="${htmlText(title)}" aria-describedby="gradlens-${key}"></div>
${tables}
</main>
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
      if (content.frames.length > 1) byKeyboard();
      else host.on("plotly_afterplot", buttonsByKeyboard), buttonsByKeyboard();
      return Plotly.addFrames(host, content.frames);
    });
  }
  // Plotly's own buttons take no keys, and are made anew by every press.
  function buttonsByKeyboard() {
    host.querySelectorAll(".updatemenu-button:not([tabindex])").forEach(function (button) {
      button.setAttribute("tabindex", "0");
      button.setAttribute("role", "button");
      button.setAttribute("aria-label", button.textContent);
      button.addEventListener("keydown", function (event) {
        if (event.key !== "Enter" && event.key !== " ") return;
        button.dispatchEvent(new MouseEvent("click", { bubbles: true }));
        event.preventDefault();
      });
    });
  }
  // Plotly's own slider and Play take no keys.
  function byKeyboard() {
    var last = content.frames.length - 1, playing = false;
    var moves = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -last, End: last };
    function show(names, duration) {
      return Plotly.animate(host, names, { mode: "immediate", frame: { duration: duration, redraw: true }, transition: { duration: 0 } });
    }
    host.tabIndex = 0;
    host.setAttribute("aria-keyshortcuts", "Space ArrowLeft ArrowRight Home End");
    host.addEventListener("keydown", function (event) {
      var at = host._fullLayout.sliders[0].active;
      if (event.key in moves) {
        playing = false;
        show([String(Math.min(last, Math.max(0, at + moves[event.key])))], 0);
      } else if (event.key === " ") {
        var from = at === last ? 0 : at;
        playing = !playing;
        // A list of none ends what plays.
        show(playing ? content.frames.slice(from).map(function (frame) { return frame.name; }) : [null], 450)
          .then(function () { playing = false; });
      } else return;
      event.preventDefault();
    });
  }`;

// In a page with require.js the libraries would register as anonymous modules instead of globals.
function inlineLibrary(source: string): string {
  const safe = source.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  return `<script>(function (define, module, exports) {\n${safe}\n}).call(window);</script>`;
}
