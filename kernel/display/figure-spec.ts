/** Vega, Vega-Lite and Plotly figures written down as plain objects. */
import type { MimeBundle } from "./bundle";

type Fields = Record<string, unknown>;

function isPlain(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** As the front-end gets it: typed arrays are lists there. */
function asJson(spec: Fields): unknown {
  return JSON.parse(
    JSON.stringify(spec, (_, value) =>
      ArrayBuffer.isView(value) && !(value instanceof DataView)
        ? Array.from(value as unknown as ArrayLike<number | bigint>, Number)
        : value,
    ),
  );
}

function markOf(spec: Fields): string {
  const mark = isPlain(spec.mark) ? spec.mark.type : spec.mark;
  const encoded = isPlain(spec.encoding) ? Object.keys(spec.encoding) : [];
  const parts = [
    ...(typeof mark === "string" ? [mark] : []),
    ...["layer", "concat", "hconcat", "vconcat", "facet", "repeat"].filter((kind) => kind in spec),
    ...(encoded.length > 0 ? [encoded.join(", ")] : []),
  ];
  return parts.length === 0 ? "" : `: ${parts.join(" · ")}`;
}

function vega(spec: Fields): MimeBundle | undefined {
  const [, kind] = /\/schema\/(vega(?:-lite)?)\/v\d/.exec(String(spec.$schema ?? "")) ?? [];
  if (kind === undefined) return undefined;
  // Front-ends know no newer MIME types; they draw newer specs under these.
  return kind === "vega"
    ? { "application/vnd.vega.v5+json": asJson(spec), "text/plain": "Vega figure" }
    : {
        "application/vnd.vegalite.v5+json": asJson(spec),
        "text/plain": `Vega-Lite figure${markOf(spec)}`,
      };
}

const PLOTLY_FIELDS = new Set(["data", "layout", "frames", "config"]);

function plotly(spec: Fields): MimeBundle | undefined {
  const { data, layout, frames } = spec;
  if (!Array.isArray(data) || !isPlain(layout) || !data.every(isPlain)) return undefined;
  if (!Object.keys(spec).every((field) => PLOTLY_FIELDS.has(field))) return undefined;
  const kinds = [...new Set(data.map(({ type }) => (typeof type === "string" ? type : "scatter")))];
  const traces = `${data.length} trace${data.length === 1 ? "" : "s"}`;
  const moving = Array.isArray(frames) && frames.length > 0 ? `, ${frames.length} frames` : "";
  const of = kinds.length > 0 ? ` (${kinds.join(", ")})` : "";
  return {
    "application/vnd.plotly.v1+json": asJson(spec),
    "text/plain": `Plotly figure: ${traces}${of}${moving}`,
  };
}

/** The figure that an object describes. */
export function figureBundle(value: object): MimeBundle | undefined {
  return isPlain(value) ? (vega(value) ?? plotly(value)) : undefined;
}
