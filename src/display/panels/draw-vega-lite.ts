/** Draws a figure with Vega-Lite: rows of panels under a title, over notes. */

import { DARK_PAGE } from "../colour";
import type { FigureDescription, Panel, ScaleSwitch } from "../figure-description";
import { shown, wrap } from "../text";
import { figureWidth, PANEL_GAP } from "./figure-width";
import { firstFrame, sliderName } from "./frames";
import { drawingOf } from "./index";
import { labelled } from "./labelled";
import { slotWidth } from "./panel-size";
import { CHOSEN, linesOfText, type VegaLite } from "./vega-lite-parts";

const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif";
const TITLE = { anchor: "start", frame: "bounds", offset: 14 };
const INDEPENDENT = { scale: { color: "independent" } };

/** The figure as a Vega-Lite 5 specification. Page colours are left to the host unless `theme` is given. */
export function drawVegaLite(description: FigureDescription, theme?: "light" | "dark"): VegaLite {
  const figure: FigureDescription = { ...description, ...(theme && { page: theme }) };
  const width = figureWidth(figure);
  const rows = figure.rows.map((row) => ({
    hconcat: row.map((panel) => drawn(panel, figure)),
    bounds: "flush",
    // One spacing for the whole row: its panels have one size.
    spacing: PANEL_GAP + Math.max(...row.map((panel) => slotWidth(panel) - panel.width)),
    resolve: INDEPENDENT,
  }));
  const notes = figure.notes.flatMap((note) => wrap(note, width));
  const title = wrap(figure.title, width, 14);
  const subtitle = figure.subtitle.flatMap((line) => wrap(line, width));
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    description: shown([figure.title, ...figure.subtitle].filter(Boolean).join(". ")),
    ...(title.length > 0 && {
      title: {
        text: title,
        ...(subtitle.length > 0 && { subtitle }),
        ...TITLE,
        fontSize: 14,
        subtitleFontSize: 11,
        subtitlePadding: 4,
      },
    }),
    // Without a title its place would stay empty over the subtitle.
    ...(title.length === 0 &&
      subtitle.length > 0 && {
        title: { text: subtitle, ...TITLE, fontSize: 11, fontWeight: "normal" },
      }),
    ...(figure.frames && {
      params: [
        {
          name: "frame",
          value: firstFrame(figure.frames),
          bind: {
            input: "range",
            min: 0,
            max: figure.frames.readouts.length - 1,
            step: 1,
            name: sliderName(figure.frames),
          },
        },
      ],
    }),
    ...(figure.choice && { params: [chooser(figure.choice)] }),
    spacing: 18,
    resolve: INDEPENDENT,
    vconcat: [...rows, ...(notes.length > 0 ? [linesOfText(notes, width, "left")] : [])],
    config: config(theme),
    // What bears the mark is drawn anew by gradlens's extension of JupyterLab when the theme changes. On a canvas a screen
    // reader would find nothing.
    usermeta: { gradlens: true, embedOptions: { renderer: "svg" } },
  };
}

/** The page's own list of rules: it has the page's colours, Tab reaches it, and a screen reader says its name. */
function chooser({ name, options, labels, start }: ScaleSwitch): VegaLite {
  return { name: CHOSEN, value: start, bind: { input: "select", options, labels, name: `${name} ` } };
}

/** A panel with its words for those who do not see it; lines of text are words themselves. */
function drawn(panel: Panel, figure: FigureDescription): VegaLite {
  const { vegaLite, inWords } = drawingOf(panel);
  return labelled(vegaLite(panel, figure), panel, panel.kind === "text" ? "" : inWords(panel, figure));
}

function config(theme: "light" | "dark" | undefined): VegaLite {
  const page = theme && pageConfig(theme);
  return {
    background: "transparent",
    ...page,
    font: FONT,
    view: { stroke: null },
    title: { ...page?.title, fontWeight: 600, subtitleFontWeight: "normal" },
    // Labels moved inwards at the ends would run into their neighbours.
    axis: {
      ...page?.axis,
      grid: false,
      labelFlush: false,
      labelFontSize: 11,
      titleFontSize: 11,
      titleFontWeight: "normal",
    },
    // All legends lie under their panels.
    legend: {
      orient: "bottom",
      direction: "horizontal",
      offset: 8,
      gradientThickness: 8,
      labelFontSize: 10,
      labelOverlap: false,
      titleFontSize: 10,
      titleFontWeight: "normal",
      titleLimit: 0,
    },
  };
}

/** Page colours as a Vega-Lite configuration. */
export function pageConfig(theme: "light" | "dark"): {
  title: VegaLite;
  axis: VegaLite;
  [section: string]: unknown;
} {
  const ink = theme === "dark" ? "#e8e8e8" : "#222222";
  return {
    background: theme === "dark" ? DARK_PAGE : "#ffffff",
    title: { color: ink, subtitleColor: ink },
    axis: { domainColor: ink, tickColor: ink },
    style: { "guide-label": { fill: ink }, "guide-title": { fill: ink } },
  };
}
