/** Figures of an exported page: their data, and the libraries that draw them, each inlined once if needed at all. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { escapeMarkup } from "../display/tags";

export type FigureKind = "plotly" | "vega-lite" | "vega";

const VEGA = [
  "vega/build/vega.min.js",
  "vega-lite/build/vega-lite.min.js",
  "vega-embed/build/vega-embed.min.js",
];
const LIBRARIES: Record<FigureKind, string[]> = {
  plotly: ["plotly.js-cartesian-dist-min/plotly-cartesian.min.js"],
  "vega-lite": VEGA,
  vega: VEGA,
};

/** A file of an installed package, also one that the package's exports do not name. */
function installedFile(file: string): string {
  const folders = require.resolve.paths(file) ?? [];
  const found = folders.map((folder) => path.join(folder, file)).find((candidate) => existsSync(candidate));
  if (found === undefined) throw new Error(`installedFile(): expected ${file} to be installed, got nothing`);
  return found;
}

/** Inside a script element, these would end it or start a comment. */
function inScript(code: string): string {
  return code.replace(/<\/(script)/gi, "<\\/$1").replace(/<!--/g, "<\\!--");
}

function libraryScript(file: string): string {
  const code = readFileSync(installedFile(file), "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "");
  // Without a module loader in sight, which the page may have, the bundle puts itself on window.
  return `<script>(function (define, module, exports) {${inScript(code)}\n}).call(window);</script>`;
}

/** Draws every figure of the page, again when the colour scheme changes. */
const DRAW = `
(function () {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const clear = "rgba(0,0,0,0)";
  function plotlyTheme(layout) {
    const ink = dark.matches ? "#e3e7ee" : "#1c2330";
    const line = dark.matches ? "#3a4250" : "#e4e7ec";
    const themed = Object.assign({ paper_bgcolor: clear, plot_bgcolor: clear }, layout);
    themed.font = Object.assign({ color: ink }, layout.font);
    for (const key of Object.keys(themed))
      if (/^[xy]axis/.test(key)) themed[key] = Object.assign({ gridcolor: line, zerolinecolor: line, linecolor: line }, themed[key]);
    const panel = dark.matches ? "#1a202a" : "#f7f8fa";
    if (Array.isArray(layout.updatemenus))
      themed.updatemenus = layout.updatemenus.map((menu) => Object.assign({ bgcolor: panel, bordercolor: line }, menu));
    return themed;
  }
  async function drawPlotly(place, figure) {
    const copy = structuredClone(figure);
    const config = Object.assign({ responsive: true, displaylogo: false }, copy.config);
    await Plotly.newPlot(place, { data: copy.data, layout: plotlyTheme(copy.layout || {}), frames: copy.frames || [], config });
    // Let go while Plotly redraws, a slider would be held as dragged for ever and no longer follow Play.
    place.on("plotly_sliderend", () => {
      for (const slider of place._fullLayout.sliders) slider._dragging = false;
    });
  }
  function drawVega(place, spec, mode) {
    const options = { mode, actions: false, renderer: "svg", config: { background: "transparent" } };
    if (dark.matches) options.theme = "dark";
    return vegaEmbed(place, spec, options);
  }
  async function draw() {
    for (const data of document.querySelectorAll("script[data-figure]")) {
      const place = data.previousElementSibling;
      try {
        const figure = JSON.parse(data.textContent);
        if (data.dataset.figure === "plotly") await drawPlotly(place, figure);
        else await drawVega(place, figure, data.dataset.figure);
        place.dataset.drawn = "";
      } catch (error) {
        place.textContent = "This figure could not be drawn: " + error;
      }
    }
  }
  dark.addEventListener("change", draw);
  draw();
})();
`;

/** Collects what the figures of one page need. */
export class PageFigures {
  readonly #needed: Set<string> = new Set();

  /** The element of a figure; `fallback` is shown where scripts do not run. */
  add(kind: FigureKind, figure: unknown, fallback: string): string {
    for (const file of LIBRARIES[kind]) this.#needed.add(file);
    const json = JSON.stringify(figure).replace(/</g, "\\u003c");
    return (
      `<div class="figure"></div><script type="application/json" data-figure="${escapeMarkup(kind)}">${json}</script>` +
      `<noscript>${fallback}</noscript>`
    );
  }

  scripts(): string {
    if (this.#needed.size === 0) return "";
    return `${[...this.#needed].map(libraryScript).join("\n")}\n<script>${inScript(DRAW)}</script>`;
  }
}
