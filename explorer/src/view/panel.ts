/** Panel: a titled grid of cells with its legend; it can be enlarged, and some can be painted on. */
import {
  type ColourScale,
  colourAt,
  divergingScale,
  largestMagnitude,
  legendValues,
  onPage,
} from "../../../src/display/colour";
import { readable, signed } from "../../../src/display/text";
import type { NdArray } from "../../../src/tensor";
import type { ExplorerNet } from "../nets";
import type { Store } from "../store";
import { cellAt, drawCells, INPUT_SCALE, inCell } from "./cells";
import { element, type View, write } from "./element";
import type { Zoom } from "./zoom";

/** What a panel shows. */
export interface PanelContent {
  readonly title: string;
  readonly subtitle: string;
  readonly values: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
  /** "grey" for inputs, "signed" for maps. */
  readonly colours: "grey" | "signed";
  /** Value at full colour. Default: the largest magnitude. */
  readonly limit?: number | undefined;
  /** The unit of the numbers, for the legend. */
  readonly unit: string;
}

/** Numbers of an array as a grid: that of the net's input where they are as many, else their own two axes; the sum over channels. */
export function gridOf(
  { data, shape }: NdArray,
  net: ExplorerNet,
): Pick<PanelContent, "values" | "rows" | "columns"> {
  if (data.length === net.rows * net.columns) return { values: data, rows: net.rows, columns: net.columns };
  const own = net.batched ? shape.slice(1) : shape;
  const [rows = 1, columns = data.length] = own.length === 1 ? [1, own[0]] : own;
  const channels = data.length / (rows * columns);
  const values = Float64Array.from({ length: rows * columns }, (_, i) =>
    data.subarray(i * channels, (i + 1) * channels).reduce((sum, value) => sum + value, 0),
  );
  return { values, rows, columns };
}

/** The page's theme, as the root element says. */
export function themeOf(node: Element): "light" | "dark" {
  return node.closest("[data-theme]")?.getAttribute("data-theme") === "dark" ? "dark" : "light";
}

/** The colours of a panel's content. */
export function scaleOf(content: PanelContent, theme: "light" | "dark"): ColourScale {
  if (content.colours === "grey") return INPUT_SCALE;
  const limit = content.limit ?? largestMagnitude(Array.from(content.values));
  return onPage(divergingScale(limit, content.unit), theme);
}

/** A panel in words, for those who do not see it. */
export function inWords({ title, values, columns, colours, unit }: PanelContent): string {
  const numbers = Array.from(values);
  const best = numbers.reduce((at, value, i) => (Math.abs(value) > Math.abs(numbers[at]) ? i : at), 0);
  const place = `row ${Math.floor(best / columns)}, column ${best % columns}`;
  if (colours === "grey") return `${title}: ${numbers.length} pixels, the lightest at ${place}.`;
  if (numbers.every((value) => value === 0)) return `${title}: zero everywhere.`;
  return `${title}: ${numbers.length} cells, the strongest at ${place} with ${signed(numbers[best])} ${unit}.`;
}

/** Makes a panel that follows what `read` gives; while that is undefined, it says "…". */
export function panel(
  store: Store,
  zoom: Zoom,
  read: () => PanelContent | undefined,
  canvas: HTMLCanvasElement = element("canvas", { role: "img" }),
  cursor: () => number | undefined = () => undefined,
): View {
  const title = element("span", { class: "panel-title" });
  const subtitle = element("span", { class: "panel-subtitle" });
  const legend = element("div", { class: "legend" });
  const bar = element("div", { class: "legend-bar" });
  const ends = element("div", { class: "legend-ends" });
  const enlarge = element(
    "button",
    { class: "enlarge", type: "button", onclick: () => zoom.open(read) },
    "⤢",
  );
  legend.append(bar, ends);
  const node = element(
    "figure",
    { class: "panel" },
    element("figcaption", {}, element("span", { class: "panel-head" }, title, enlarge), subtitle),
    element("div", { class: "canvas" }, canvas),
    legend,
  );
  canvas.addEventListener("pointermove", (event) => {
    const content = read();
    const at = content && cellAt(canvas, content, event);
    store.hover(at === undefined || !content ? undefined : sameCell(at, content, store.net));
  });
  canvas.addEventListener("pointerleave", () => store.hover(undefined));
  return {
    node,
    update() {
      const content = read();
      node.classList.toggle("waiting", !content);
      if (!content) return;
      const { rows, columns, values, colours } = content;
      const scale = scaleOf(content, themeOf(node));
      const hovered = store.hovered === undefined ? undefined : sameCell(store.hovered, store.net, content);
      canvas.style.aspectRatio = `${columns} / ${rows}`;
      drawCells(canvas, {
        values,
        rows,
        columns,
        scale,
        hovered,
        cursor: cursor(),
        ...(colours === "signed" && { label: inCell }),
      });
      write(title, content.title);
      write(subtitle, content.subtitle);
      if (enlarge.title !== `Enlarge: ${content.title}`) {
        enlarge.title = `Enlarge: ${content.title}`;
        enlarge.setAttribute("aria-label", enlarge.title);
      }
      const words = inWords(content);
      if (canvas.getAttribute("role") === "img" && canvas.getAttribute("aria-label") !== words)
        canvas.setAttribute("aria-label", words);
      drawLegend(bar, ends, content, scale, hovered);
    },
  };
}

/** A cell of one grid as the cell at the same place of another. */
function sameCell(
  cell: number,
  from: Pick<PanelContent, "rows" | "columns">,
  to: Pick<PanelContent, "rows" | "columns">,
): number {
  const row = Math.floor(((Math.floor(cell / from.columns) + 0.5) / from.rows) * to.rows);
  const column = Math.floor((((cell % from.columns) + 0.5) / from.columns) * to.columns);
  return row * to.columns + column;
}

function drawLegend(
  bar: HTMLElement,
  ends: HTMLElement,
  { values, columns, colours, unit }: PanelContent,
  scale: ColourScale,
  hovered: number | undefined,
): void {
  const stops = Array.from({ length: 9 }, (_, i) => {
    const [r, g, b] = colourAt(scale, scale.low + (i / 8) * (scale.high - scale.low));
    return `rgb(${r} ${g} ${b})`;
  });
  const background = `linear-gradient(to right, ${stops.join(", ")})`;
  if (bar.dataset["background"] !== background) {
    bar.dataset["background"] = background;
    bar.style.background = background;
  }
  const all =
    scale.constant !== undefined
      ? ["all", readable(scale.constant)]
      : legendValues(scale).map((v) => readable(v, 2));
  const text =
    hovered === undefined
      ? colours === "grey"
        ? ["0 black", "1 white"]
        : [...all.slice(0, -1), `${all.at(-1)} ${unit}`]
      : [
          `(${Math.floor(hovered / columns)}, ${hovered % columns})`,
          colours === "grey" ? readable(values[hovered], 3) : `${signed(values[hovered])} ${unit}`,
        ];
  const key = text.join("|");
  if (ends.dataset["text"] === key) return;
  ends.dataset["text"] = key;
  ends.classList.toggle("hovered", hovered !== undefined);
  ends.replaceChildren(...text.map((each) => element("span", {}, each)));
}
