/** plotly.js: what this extension uses of it, and how it comes into the page. */

export type PlotlyObject = Record<string, unknown>;

export interface PlotlyFigure {
  data: PlotlyObject[];
  layout: PlotlyObject;
  frames: PlotlyObject[];
  config: PlotlyObject;
}

/** The element that a figure has been drawn into; what Plotly keeps to itself of it has underscores. */
export interface PlotlyElement extends HTMLElement {
  on(event: "plotly_sliderend", listener: () => void): void;
  _fullLayout: { sliders?: { _dragging?: boolean }[] };
}

export interface PlotlyLibrary {
  newPlot(host: HTMLElement, figure: PlotlyFigure): Promise<PlotlyElement>;
  relayout(host: HTMLElement, changes: PlotlyObject): Promise<unknown>;
  purge(host: HTMLElement): void;
  Plots: { resize(host: HTMLElement): Promise<unknown> };
  PlotSchema: { get(): { traces: Record<string, unknown> } };
}

/** The file name of the chunk with plotly.js; the build puts it here. */
declare const PLOTLY_FILE: string;

// Known only while the entry itself runs.
const folder = (document.currentScript as HTMLScriptElement).src;
let loading: Promise<PlotlyLibrary> | undefined;

/** plotly.js, fetched from the server of the page on first use. */
export function loadPlotly(): Promise<PlotlyLibrary> {
  loading ??= import(new URL(PLOTLY_FILE, folder).href).then(
    (module: { default: PlotlyLibrary }) => module.default,
    (error: unknown) => {
      // The next figure tries again.
      loading = undefined;
      throw error;
    },
  );
  return loading;
}
