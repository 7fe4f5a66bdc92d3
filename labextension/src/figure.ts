import type { PlotlyFigure, PlotlyLibrary, PlotlyObject } from "./plotly";

/** From an output's data to a figure that Plotly may keep and change. */

function isRecord(value: unknown): value is PlotlyObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kind(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

/** A copy: Plotly writes into what it draws, and the output's data is what the notebook saves. */
export function readFigure(value: unknown): PlotlyFigure {
  if (!isRecord(value)) throw new TypeError(`expected a figure { data, layout }, got ${kind(value)}`);
  const { data = [], layout = {}, frames = [], config = {} } = structuredClone(value);
  if (!Array.isArray(data) || !data.every(isRecord))
    throw new TypeError(`expected data to be an array of traces, got ${kind(data)}`);
  if (!isRecord(layout ?? {})) throw new TypeError(`expected layout to be an object, got ${kind(layout)}`);
  if (!Array.isArray(frames ?? []))
    throw new TypeError(`expected frames to be an array, got ${kind(frames)}`);
  return {
    data,
    layout: (layout ?? {}) as PlotlyObject,
    frames: (frames ?? []) as PlotlyObject[],
    config: { displaylogo: false, responsive: false, ...(isRecord(config) ? config : {}) },
  };
}

/** Plotly would draw a trace of an unknown kind as lines without a word. */
export function checkTraces(figure: PlotlyFigure, plotly: PlotlyLibrary): void {
  const known = plotly.PlotSchema.get().traces;
  const unknown = figure.data
    .map((trace) => trace["type"] ?? "scatter")
    .filter((type) => !(String(type) in known));
  if (unknown.length > 0)
    throw new RangeError(
      `expected traces of the kinds ${Object.keys(known).sort().join(", ")}, got ${[...new Set(unknown)].join(", ")}; ` +
        "JupyterLab's extension of the Python package plotly draws all kinds",
    );
}
